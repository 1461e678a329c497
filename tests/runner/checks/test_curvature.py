"""An L below the lower problems' curvature is said at the start, names the node, and changes nothing of the run."""

import re

import numpy as np
import pytest
import torch
from command import said_to

import p2pbo
from p2pbo.problems import PROBLEMS
from p2pbo.runner import prepared_run

CURVATURES = [2.0, 51.0, 7.0]


def lower(x, y, batch):
    (curvatures,) = batch
    return (curvatures @ y**2).mean() / 2 - (x * y).sum()


def upper(x, y, batch):
    return (y**2).sum() + (x**2).sum() + 0 * batch[0].sum()


def problem(**given):
    """g_i = ½ yᵀ diag(c_i, c_i/3, c_i/9) y − xᵀy."""
    rows = [torch.tensor([[c, c / 3, c / 9]] * 4, dtype=torch.float64) for c in CURVATURES]
    nodes = [p2pbo.NodeData(upper=(own,), lower=(own,)) for own in rows]
    return p2pbo.Problem(upper, lower, nodes=nodes, dim_x=3, dim_y=3, **given)


METHODS = {
    "a composition": {"algorithm": "mdbo"},
    "a batch": {"algorithm": "mdbo", "batch": 2},
    "a listing with a hypergradient": {"algorithm": "fedmbo"},
    "a listing with a series of its own": {"algorithm": "fednest"},
    "single precision": {"algorithm": "mdbo", "dtype": "float32"},
}


def run(algorithm="mdbo", dtype="float64", own=None, steps=1, **settings):
    return p2pbo.run(
        problem=own or problem(), algorithm=algorithm, dtype=dtype, settings=settings, steps=steps, flops="on"
    )


@pytest.mark.parametrize("given", METHODS.values(), ids=METHODS)
def test_an_l_that_is_too_small_is_told_with_the_node_that_curves_most(given):
    line = (
        r"lipschitz = 6 is below the curvature of the lower losses of 2 of 3 nodes at the start, (\S+) at node 1, "
        r"so that a Neumann series may diverge; set lipschitz=56 or more"
    )
    with pytest.warns(p2pbo.Notice) as told:
        run(**given, lipschitz=6.0)
    (said,) = [str(one.message) for one in told]
    (measured,) = re.fullmatch(line, said).groups()
    assert float(measured) == pytest.approx(51, rel=1e-3)


@pytest.mark.parametrize("given", METHODS.values(), ids=METHODS)
def test_an_l_that_covers_it_is_not(given):
    run(**given, lipschitz=51.0)


def test_the_problems_own_constant_is_held_against_it_too():
    with pytest.warns(
        p2pbo.Notice, match="^lipschitz = 50 is below the curvature of the lower losses of 1 of 3 nodes"
    ):
        run(own=problem(lipschitz=50.0))


@pytest.mark.parametrize("algorithm", ["d-soba", "rafbo"])
def test_methods_without_an_l_measure_nothing(algorithm, monkeypatch):
    monkeypatch.setattr("p2pbo.runner.checks.curvature.curvatures", None)
    run(algorithm)


NAMED = [
    name
    for name in PROBLEMS
    if name not in ("few-shot", "data-cleaning", "hyper-representation", "loss-tuning")
]


@pytest.mark.parametrize("batch", [1, 3, "all"])
@pytest.mark.parametrize("name", NAMED)
def test_what_problems_know_of_themselves_covers_it(name, batch):
    data = {"name": "synthetic", "samples": 60, "features": 5, "classes": 3}
    p2pbo.run(problem=name, data=data, nodes=3, settings={"batch": batch}, steps=0)


def test_measuring_changes_nothing_of_the_run(monkeypatch):
    """Nor does it count as work."""
    given = {"lipschitz": 60.0, "batch": 2, "steps": 3}
    measured = run(**given)
    monkeypatch.setattr(prepared_run, "exceeds_lipschitz", lambda assembly, network: False)
    bare = run(**given)
    for name in ("final_x", "final_y", "bytes_sent", "messages_sent", "node_flops", "upper_loss"):
        np.testing.assert_array_equal(measured.values(name), bare.values(name), name)
    assert bare.values("node_flops")[-1].min() > 0


def test_a_divergence_names_it():
    with pytest.warns(p2pbo.Notice, match=r"^lipschitz = 0\.5 "), pytest.raises(p2pbo.Diverged) as caught:
        p2pbo.run(problem="quadratic", settings={"lipschitz": 0.5, "terms": 50}, steps=100)
    assert "most of it in x; raise lipschitz, or lower eta or beta1" in str(caught.value)


def test_all_ranks_measure_the_same_and_one_says_it(either_build):
    flags = (
        "run",
        "--problem=quadratic",
        "--nodes=5",
        "--steps=1",
        "--set=algorithm.lipschitz=0.5",
        "--quiet",
    )
    with pytest.warns(p2pbo.Notice) as told:
        said_to(*flags)
    finished = either_build.start(3, "-W", "default", "-m", "p2pbo", *flags)
    assert finished.code == 0
    assert finished.own_lines == [f"p2pbo: warning: {told[0].message}"]
