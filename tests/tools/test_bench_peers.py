"""The loops by hand that p2pbo's speed is compared with: they give the same iterates, else the benchmark stops."""

import bench_peers
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr(bench_peers, "SOBA_STEPS", 20)
    monkeypatch.setattr(bench_peers, "NEUMANN_STEPS", 20)
    monkeypatch.setattr(bench_peers, "TURNS", 1)
    monkeypatch.delitem(bench_peers.LIBRARIES, "jax")  # which is not for the tests' own process


def test_all_sides_on_one_node_give_the_iterates_of_p2pbo():
    figures = bench_peers.on_one_node()
    for method in ("SOBA", "stocBiO"):
        assert {"p2pbo", "numpy", "torch"} <= figures[method].keys()
        assert all(seconds > 0 for seconds in figures[method].values())


def test_a_side_with_other_iterates_is_named():
    sides = {"p2pbo": lambda: (np.ones(3), 1.0), "other": lambda: (np.array([1, 1, 1 + 1e-6]), 1.0)}
    with pytest.raises(AssertionError, match="other"):
        bench_peers.in_turns(sides)
