"""Blocks of nodes: they give what all nodes give at once, and runs on drawn batches have the same bits."""

import numpy as np
import pytest
from problem_examples import batch, hosted, rows_of

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext, blocked_oracles

DATA = {"samples": 240, "features": 7, "classes": 3, "test_fraction": 0.0}


@pytest.fixture
def make(monkeypatch):
    """Oracles of seven nodes in blocks of at most so many."""
    problem = PROBLEMS.make("logreg-hpo", ProblemContext(7, 0, "synthetic", DATA, "size"))

    def oracles(nodes, layout="dense"):
        monkeypatch.setattr(blocked_oracles, "BLOCK_BYTES", nodes * 8 * problem.dim_y)
        return problem, hosted(problem)

    return oracles


@pytest.mark.parametrize(("most", "sizes"), [(1, [1] * 7), (3, [2, 2, 3]), (4, [3, 4]), (7, [7])])
def test_blocks_follow_each_other_and_are_about_equal(make, most, sizes):
    _, oracles = make(most)
    found = [np.arange(7)[block.rows] for block in oracles.blocks]
    np.testing.assert_array_equal(np.concatenate(found), np.arange(7))
    assert [len(rows) for rows in found] == sizes
    assert [len(block.oracles.lower_samples) for block in oracles.blocks] == sizes


@pytest.mark.parametrize("drawn", [False, True])
def test_all_is_as_without_blocks(make, drawn):
    problem, whole = make(7)
    _, parts = make(2)
    X, Y, V = rows_of(problem)
    batches = [
        batch(counts, int(counts.min())) if drawn else None
        for counts in (whole.upper_samples, whole.lower_samples)
    ]

    def evaluated(oracles):
        at = oracles.at(X, Y)
        lower = at.lower(batches[1])
        figures = [oracles.upper_samples, oracles.lower_samples, *oracles.losses(X, Y)]
        figures += [*oracles.metrics(X, Y).values(), *at.upper(batches[0]), lower.gy, *lower.products(V)]
        figures += oracles.lower_gradients(X, Y, batches[1])
        return [*figures, lower.hyy(V), lower.hxy(V), oracles.lower(X, Y, batches[1]).gy]

    assert len(parts.blocks) > 1
    for value, same in zip(evaluated(whole), evaluated(parts), strict=True):
        np.testing.assert_allclose(value, same, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("method", ["mdbo", "vrdbo", "nc-soba", "fednest", "dsgda-gt"])
def test_runs_do_not_feel_blocks(monkeypatch, method):
    def final():
        trace = p2pbo.run(
            algorithm=method,
            problem="logreg-hpo",
            data="a9a",
            nodes=7,
            steps=5,
            settings={"batch": 4},
            exact="off",
        )
        return trace.final

    whole = final()
    monkeypatch.setattr(blocked_oracles, "BLOCK_BYTES", 5000)
    parts = final()
    for name in "xy":
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    assert np.ptp(whole.y) > 0
