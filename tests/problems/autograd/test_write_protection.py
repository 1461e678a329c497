"""Losses may write into their batch: the nodes' data stay as they are, and nothing depends on who looked before."""

import copy

import numpy as np
import pytest
import torch
from problem_examples import batch, hosted, rows_of

import p2pbo
from p2pbo import InputError, NodeData, Problem
from p2pbo.problems import ClosedForm

COUNTS = {"one": [5], "equal": [5, 5, 5], "unequal": [5, 6, 7]}


def scaled(x, y, a):
    return ((a @ y - 1) ** 2).mean() + (x.exp() * y**2).sum()


def pure(x, y, samples):
    return scaled(x, y, samples["a"] / 255 + samples["shift"])


def in_place(x, y, samples):
    return scaled(x, y, samples["a"].div_(255).add_(samples["shift"]))


def by_rows(x, y, samples):
    for row in samples["a"]:
        row[:] = row / 255
    return scaled(x, y, samples["a"] + samples["shift"])


def detached(x, y, samples):
    samples["a"].detach().div_(255)
    return scaled(x, y, samples["a"] + samples["shift"])


def by_numpy(x, y, samples):
    samples["a"].numpy()[:] /= 255
    return scaled(x, y, samples["a"] + samples["shift"])


def in_the_dict(x, y, samples):
    samples["a"] = samples["a"] / 255
    samples["a"] = samples["a"] + samples.pop("shift")
    return scaled(x, y, samples["a"])


WRITING = [in_place, by_rows, detached, by_numpy, in_the_dict]


def data(counts):
    draw = torch.Generator().manual_seed(0)

    def rows(count):
        return {
            "a": 255 * torch.rand(count, 3, dtype=torch.float64, generator=draw),
            "shift": torch.rand(count, 1, dtype=torch.float64, generator=draw),
            "label": torch.arange(count) % 2 == 0,
        }

    return [NodeData(rows(count), rows(count)) for count in counts]


def problem(loss, nodes):
    return Problem(loss, loss, nodes=nodes, dim_x=3, dim_y=3, lipschitz=40.0)


@pytest.mark.parametrize("size", [3, None])
@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("loss", WRITING)
def test_what_a_loss_writes_is_gone_with_its_batch(loss, counts, size):
    given = data(counts)
    kept = copy.deepcopy(given)
    writes, reads = (hosted(problem(function, nodes)) for function, nodes in ((loss, given), (pure, kept)))
    X, Y, V = rows_of(problem(pure, kept), scale=0.5)
    drawn = None if size is None else batch(np.array(counts), size)
    for _ in range(2):
        values = [[*of.losses(X, Y), *of.upper(X, Y, drawn)] for of in (writes, reads)]
        lower = [of.lower(X, Y, drawn) for of in (writes, reads)]
        for own, at in zip(values, lower, strict=True):
            own += [at.gy, *at.products(V)]
        for value, expected in zip(*values, strict=True):
            np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-14)
    for node, before in zip(given, kept, strict=True):
        for side in ("upper", "lower"):
            assert getattr(node, side).keys() == getattr(before, side).keys()
            assert all(
                torch.equal(getattr(node, side)[name], value) for name, value in getattr(before, side).items()
            )


@pytest.mark.parametrize("loss", WRITING)
def test_a_run_does_not_depend_on_how_often_it_logs(loss):
    runs = [
        p2pbo.run(
            problem=problem(loss, data([8, 8])), steps=6, log_every=every, settings={"eta": 0.1, "batch": 8}
        )
        for every in (1, 6)
    ]
    np.testing.assert_array_equal(runs[0].final.y, runs[1].final.y)
    assert runs[0].values("upper_loss")[-1] == runs[1].values("upper_loss")[-1]


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
def test_a_loss_that_only_reads_gets_the_stored_rows_themselves(counts):
    places = []

    def seen(x, y, samples):
        places.append(
            samples["a"].data_ptr() if not torch._C._functorch.is_batchedtensor(samples["a"]) else 0
        )
        return pure(x, y, samples)

    given = problem(seen, data(counts))
    oracles = hosted(given)
    X, Y, _ = rows_of(given)
    for _ in range(3):
        oracles.losses(X, Y)
    first, second, third = np.reshape(places, (3, -1))
    np.testing.assert_array_equal(second, third)
    assert first[0] != second[0]  # a copy, to see what becomes of it
    np.testing.assert_array_equal(first[1 : len(counts)], second[1 : len(counts)])


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
def test_a_loss_that_begins_to_write_later_is_an_error(counts):
    calls = []

    def late(x, y, samples):
        calls.append(1)
        return (in_place if len(calls) > 20 else pure)(x, y, samples)

    oracles = hosted(problem(late, data(counts)))
    X, Y, _ = rows_of(problem(late, data(counts)))
    with pytest.raises(
        InputError, match="the upper loss wrote into a node's data, which it had left alone before; let"
    ):
        for _ in range(30):
            oracles.upper(X, Y, None)


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
def test_closed_forms_may_write_too(counts):
    def mean(X, Y, samples, *V):
        samples["a"] /= 255
        return samples["a"].mean(1)

    form = ClosedForm(fx=mean, fy=mean, gy=mean, hyy=mean, hxy=mean)
    nodes = data(counts)
    given = Problem(pure, pure, nodes=nodes, dim_x=3, dim_y=3, oracles=form)
    oracles = hosted(given)
    X, Y, _ = rows_of(given)
    expected = [node.lower["a"].mean(0).numpy() / 255 for node in nodes]
    for _ in range(2):
        np.testing.assert_allclose(oracles.lower(X, Y, None).gy, expected)


def test_logging_leaves_the_state_alone():
    def doubling(x, y, samples):
        return pure(x.mul_(2), y.mul_(2), samples)

    given = problem(doubling, data([5, 5]))
    X, Y, _ = rows_of(given)
    before = X.copy(), Y.copy()
    f, _ = hosted(given).losses(X, Y)
    expected, _ = hosted(problem(pure, data([5, 5]))).losses(2 * X, 2 * Y)
    np.testing.assert_array_equal(f, expected)
    np.testing.assert_array_equal((X, Y), before)
