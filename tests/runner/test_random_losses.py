"""Losses that draw at random: the seed says what, for every number of ranks, logging and resuming."""

import random
from pathlib import Path

import numpy as np
import pytest
import random_losses
import torch
from random_losses import noisy, penalised, problem, run

import p2pbo
from p2pbo.errors import Notice

NUMBERS = ("upper_loss", "lower_loss", "node_upper_loss", "final_x", "final_y")


def numbers(trace):
    return {name: trace.values(name) for name in NUMBERS}


def same(one, other):
    return all(np.array_equal(values, numbers(other)[name]) for name, values in numbers(one).items())


@pytest.mark.parametrize("algorithm", random_losses.OF_THE_PROBLEM)
def test_the_seed_says_all_numbers(algorithm):
    torch.manual_seed(0)
    one = run(algorithm, steps=2)
    torch.manual_seed(1)
    np.random.seed(1)
    assert same(one, run(algorithm, steps=2))
    assert one.attributes["random_losses"] == "lower upper"


@pytest.mark.parametrize("batch", [6, None])
def test_the_seed_says_them_where_all_else_is_the_same_too(batch):
    """All rows and no randomness of the method: only the losses draw."""
    given = {"algorithm": "ma-dsbo", "batch": batch, "topology": "complete"}
    assert same(run(**given), run(**given))
    assert not np.array_equal(run(**given).final.y, run(**given, seed=4).final.y)


def test_two_ranks_give_the_same_numbers(either_build, tmp_path):
    either_build.program(2, Path(random_losses.__file__), tmp_path, timeout=240)
    for name, given in random_losses.runs():
        here, there = numbers(run(**given)), numbers(p2pbo.open_trace(tmp_path / f"{name}.h5"))
        for values, others in zip(here.values(), there.values(), strict=True):
            np.testing.assert_allclose(others, values, rtol=1e-12, atol=1e-13, err_msg=name)


def test_what_is_logged_does_not_depend_on_how_often():
    often, seldom = (run(log_every=every) for every in (1, 4))
    np.testing.assert_array_equal(often.final.y, seldom.final.y)
    for name in NUMBERS[:3]:
        np.testing.assert_array_equal(often.values(name)[[0, -1]], seldom.values(name))


@pytest.mark.parametrize("algorithm", ["vrdbo", "ma-dsbo"])
def test_a_run_that_goes_on_draws_what_it_would_have(algorithm, tmp_path):
    out = tmp_path / "run.h5"
    run(algorithm, steps=4, checkpoint_every=4, out=out)
    assert same(run(algorithm, steps=8, checkpoint_every=4, out=out, resume=True), run(algorithm, steps=8))


class Heard:
    """The losses, and what of their noise each step heard: (side, rows) with its draws."""

    def __init__(self):
        self.heard = []

    def of(self, side):
        def loss(x, y, samples):
            a, b = samples
            draw = torch.rand(())
            self.heard.append((side, a.numpy().tobytes(), float(draw)))
            value = ((a @ y - b * (1 + draw)) ** 2).mean()
            return value + (x.exp() * y**2).sum() if side == "lower" else value

        return loss


def test_storm_looks_back_with_the_same_draws():
    """Each batch of the second step is seen twice, here and at the previous point; its noise is one."""
    ear = Heard()
    given = problem(ear.of("upper"), ear.of("lower"))
    run("vrdbo", given, steps=1, log_every=2, settings={"terms": 2})
    until = len(ear.heard)
    run("vrdbo", given, steps=2, log_every=2, settings={"terms": 2})
    step = ear.heard[2 * until :]  # the second run's second step and its last row
    draws = {}
    for side, rows, draw in step:
        draws.setdefault((side, rows), []).append(draw)
    assert {len(set(found)) for found in draws.values()} == {1}


@pytest.mark.parametrize("batch", [6, None])
def test_steps_batches_sides_and_nodes_draw_for_themselves(batch):
    ear = Heard()
    given = problem(ear.of("upper"), ear.of("lower"))
    run("dsbo", given, batch, steps=0)
    before = len(ear.heard)
    ear.heard.clear()
    run("dsbo", given, batch, steps=3, log_every=3, settings={"terms": 3})
    logged = 4 * random_losses.NODES  # f and g at the average and at the nodes' own points
    inside = ear.heard[before:-logged]
    assert len(inside) == 3 * random_losses.NODES * (1 + 4)  # one ξ; ζ for gy, hxy and two factors
    assert len({draw for _, _, draw in inside}) == len(inside)


def test_the_users_own_draws_go_on_as_if_nothing_had_run():
    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    expected = torch.rand(1).item(), np.random.random(), random.random()
    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    run()
    assert (torch.rand(1).item(), np.random.random(), random.random()) == expected


def pure(x, y, samples):
    return ((samples[0] @ y - samples[1]) ** 2).mean() + (x.exp() * y**2).sum()


@pytest.mark.parametrize(
    ("upper", "lower", "said"), [(pure, pure, "none"), (noisy, pure, "upper"), (pure, penalised, "lower")]
)
def test_the_trace_says_which_losses_draw(upper, lower, said):
    assert run(given=problem(upper, lower), steps=1).attributes["random_losses"] == said


def test_a_generator_of_its_own_is_worth_a_notice():
    own = torch.Generator().manual_seed(0)

    def loss(x, y, samples):
        return pure(x, y + 0.1 * torch.rand(3, generator=own, dtype=y.dtype), samples)

    with pytest.warns(
        Notice, match=r"the upper loss gives \S+ and \S+ for the same x, y and rows; draw from torch's"
    ):
        run(given=problem(loss, pure), steps=1)
