"""p2pbo's command line with steps of a hundredth of a second at least, so that a trial can come between."""

import time

from p2pbo.algorithms.composed_algorithm import ComposedAlgorithm
from p2pbo.cli import main

real = ComposedAlgorithm.step


def step(*arguments, **named):
    time.sleep(0.01)
    return real(*arguments, **named)


ComposedAlgorithm.step = step
main()
