"""Starts for each node, batches by epochs and of two sizes: against the papers' listings, and over ranks."""

from pathlib import Path

import drawn_runs
import numpy as np
import pytest
from agreement import agree
from dense_nodes import DenseNodes, drawn, one_each, ring
from drawn_runs import FIRST, LOWER, NODES, STEP_SIZES, STEPS, TERMS, UPPER, L, problem, run, starts
from listings import gao2023, kong2024

from p2pbo.algorithms import Sampler
from p2pbo.problems.node_data import BatchSizes

SIZES = BatchSizes(UPPER, LOWER)


def by_the_listing(method):
    dense, (X, Y, Z) = problem(), starts()
    sampler = Sampler(7, range(NODES), dense.host(range(NODES), np.dtype(float)), "epochs")
    nodes, W = DenseNodes(dense, L, TERMS), ring(NODES)
    if method == "vrdbo":
        draws = [drawn(sampler, t, SIZES if t else FIRST, TERMS) for t in range(STEPS)]
        return gao2023.vrdbo(nodes, W, X, Y, draws, **STEP_SIZES[method])
    draws = [one_each(sampler, t, SIZES) for t in range(STEPS)]
    return kong2024.d_soba(nodes, W, X, Y, Z, draws, radius=np.inf, **STEP_SIZES[method])


@pytest.mark.parametrize("method", STEP_SIZES)
def test_forty_steps_are_those_of_the_listing(method):
    final = run(method).final
    for found, expected in zip((final.x, final.y, final.z), by_the_listing(method), strict=False):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize(
    "other",
    [
        {"sampling": "independent"},
        {"settings": {**STEP_SIZES["d-soba"], "batch": UPPER, "radius": "off"}},
    ],
)
def test_what_is_set_changes_the_run(other):
    assert (run("d-soba", **other).final.x != run("d-soba").final.x).any()


def test_ranks_give_the_same_runs(first_build, tmp_path):
    for method in STEP_SIZES:
        run(method, tmp_path / f"{method}-alone.h5")
    first_build.program(3, Path(drawn_runs.__file__), tmp_path)
    for method in STEP_SIZES:
        agree(tmp_path / f"{method}-alone.h5", tmp_path / f"{method}.h5")


def test_a_node_is_judged_by_its_own_start():
    """Nodes that start far from zero, on different sides, have not diverged."""
    made, (X, Y, Z) = problem(), starts()
    far = X + 1e3 * np.array([[1], [-1], [1], [-1], [1]])
    apart = type(made)(made.upper, made.lower, nodes=made.nodes, x0=far, y0=Y, z0=Z)
    assert run("d-soba", problem=apart, steps=1, log_every=1, divergence_factor=2.0).status == "completed"
