"""Every method runs through every codec, or refuses with a reason."""

from itertools import product

import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.compression import CODECS

ARGUMENTS = {
    "randk": "0.4",
    "randblock": "0.4",
    "topk": "0.4",
    "qsgd": "4",
    "cast": "f16",
    "lowrank": "1",
    "msc": "2:randk:0.4",
}
SPECS = [f"{name}:{ARGUMENTS[name]}" if name in ARGUMENTS else name for name in CODECS]
OF_THE_PROBLEM = [name for name in ALGORITHMS if ALGORITHMS.make(name).variant is None]
"""Methods that train the problem itself, not a variant of it."""
REASONS = {
    **dict.fromkeys(("fab", "sparkle-ed", "sparkle-extra"), "needs W itself"),
    **dict.fromkeys(("async-soba", "async-mdbo", "async-vrdbo"), "rounds running sums"),
    **dict.fromkeys(("cm-soba-msc", "ef-soba-msc"), "biased"),
}
OF_LOW_RANK = dict.fromkeys(("c-soba", "cm-soba", "ef-soba", "fednest"), "compressed directions")
"""Why methods that send more than states refuse low-rank edges."""


@pytest.mark.parametrize(("algorithm", "spec"), list(product(OF_THE_PROBLEM, SPECS)))
def test_it_runs_or_says_why_not(algorithm, spec):
    given = {"problem": {"name": "quadratic", "samples": 8}, "nodes": 4, "steps": 3, "log_every": 3}
    given |= {"compute_time": "10ms"}
    try:
        level = ALGORITHMS.make(algorithm).lower_level
        trace = p2pbo.run(**given, algorithm=algorithm, lower_level=level, settings={"batch": 4}, codec=spec)
    except InputError as refused:
        reasons = REASONS | (OF_LOW_RANK if spec.startswith("lowrank") else {})
        assert algorithm in reasons
        assert reasons[algorithm] in str(refused)
        return
    start, end = trace["lower_loss"].values
    assert np.isfinite(end)
    assert end != start
    assert set(trace["edge_codec"].values) == {"none" if spec == "identity" else spec}
