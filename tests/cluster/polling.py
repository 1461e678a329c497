"""Waiting for something that comes by itself."""

import time


def poll(ask, good=bool, seconds=60):
    """Ask again and again until the answer is good or the time is over, and return the last answer."""
    deadline = time.monotonic() + seconds
    while not good(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer
