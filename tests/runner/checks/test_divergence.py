"""Runs that diverge end where they do, with the rows before, on any number of ranks, and say what is at fault."""

import json
import re
from math import hypot
from pathlib import Path

import diverging
import mpi
import numpy as np
import pytest
import torch
from command import said_to
from resuming import asked_after
from surviving import __file__ as surviving

import p2pbo
from p2pbo.runner.process.exit_codes import DIVERGED

PROGRAM = Path(diverging.__file__)
NODES, STEPS, CURVATURE, STEP = 3, 40, 2.0, 1.5
RATIO = abs(1 - STEP * CURVATURE)  # y ← y − βλy doubles y in every step


def doubling(x0, y0):
    """A problem whose y alone moves, and doubles in every step: g = λ‖y‖²/2, f = 0."""
    nothing = (torch.zeros(1, 1, dtype=torch.float64),)
    return p2pbo.Problem(
        lambda x, y, batch: 0 * (x.sum() + y.sum()) + batch[0].sum(),
        lambda x, y, batch: CURVATURE / 2 * (y**2).sum() + 0 * x.sum() + batch[0].sum(),
        nodes=[p2pbo.NodeData(upper=nothing, lower=nothing)] * NODES,
        x0=np.asarray(x0, float),
        y0=np.asarray(y0, float),
    )


def run(x0=(0.0,), y0=(1.0, 0.0), **given):
    settings = {"alpha": 0, "beta": STEP, "gamma": 0, "theta": 1}
    given = {"steps": STEPS, "log_every": 1, "exact": "off", **given}
    return p2pbo.run(problem=doubling(x0, y0), algorithm="d-soba", settings=settings, **given)


def first_step(x0, y0, factor, log_every):
    """The first logged step at which ‖(x, y, z)‖ is ``factor`` times max(1, that of the start)."""
    x, y = hypot(*x0), hypot(*y0)
    for t in range(1, STEPS + 1):
        if hypot(x, y * RATIO**t) >= factor * max(1, hypot(x, y)) and (t % log_every == 0 or t == STEPS):
            return t
    return None


STARTS = {
    "small": ([0.0], [0.01, 0.0]),
    "of norm 1": ([0.0], [0.6, 0.8]),
    "large": ([0.0], [60.0, 80.0]),
    "x is large": ([5e3], [3.0, 4.0]),
    "huge": ([1e200], [1e200, -3e200]),
}


@pytest.mark.filterwarnings("ignore:the lower loss at the network's average is inf")
@pytest.mark.parametrize(("x0", "y0"), STARTS.values(), ids=STARTS)
@pytest.mark.parametrize(("factor", "log_every"), [(1e6, 1), (1e6, 7), (100.0, 3), (1.5, 1), (1e6, 1000)])
def test_a_run_ends_in_the_first_logged_step_whose_state_has_outgrown_the_start(x0, y0, factor, log_every):
    expected = first_step(x0, y0, factor, log_every)
    given = {"divergence_factor": factor, "log_every": log_every}
    if expected is None:
        assert run(x0, y0, **given).status == "completed"
        return
    with pytest.raises(
        p2pbo.Diverged, match=f"^node 0 diverged at step {expected}: the norm of its state"
    ) as caught:
        run(x0, y0, **given)
    logged = [t for t in range(expected) if t % log_every == 0]
    assert caught.value.trace.values("step").tolist() == [*logged, expected]


def test_the_limit_is_met_where_it_is_reached():
    grown = RATIO**5
    with pytest.raises(p2pbo.Diverged, match="at step 5:"):
        run(divergence_factor=grown, steps=5)
    assert run(divergence_factor=np.nextafter(grown, np.inf), steps=5).status == "completed"


def test_without_a_limit_a_run_goes_on():
    trace = run(divergence_factor=0)
    assert trace.status == "completed"
    np.testing.assert_allclose(trace.final.y[:, 0], RATIO**STEPS)


def test_a_run_without_steps_has_not_diverged():
    assert run(steps=0).status == "completed"


@pytest.mark.parametrize("factor", [0.5, 1, -1e6, float("inf"), float("nan")])
def test_limits_that_the_start_would_break_are_refused(factor):
    with pytest.raises(p2pbo.InputError, match="divergence_factor = "):
        run(divergence_factor=factor)


def test_a_run_that_goes_on_is_held_against_its_own_start(tmp_path):
    """Held against the state that it goes on from it would come to its end."""
    out, given = tmp_path / "run.h5", {"steps": 25, "log_every": 5}
    with asked_after(15), pytest.raises(p2pbo.Stopped):
        run(out=out, **given)
    with pytest.raises(p2pbo.Diverged) as resumed:
        run(out=out, resume=True, **given)
    with pytest.raises(p2pbo.Diverged) as undisturbed:
        run(**given)
    assert str(resumed.value) == str(undisturbed.value)
    assert "at step 20:" in str(resumed.value)
    assert p2pbo.open_trace(out).values("step").tolist() == [0, 5, 10, 15, 20]


def test_a_run_goes_on_with_another_limit(tmp_path):
    out = tmp_path / "run.h5"
    with pytest.raises(p2pbo.Diverged, match="at step 20:"):
        run(out=out, checkpoint_every=15)
    trace = run(out=out, divergence_factor=0, resume=True)
    assert trace.status == "completed"
    assert trace.values("step").tolist() == list(range(STEPS + 1))


def test_a_trace_says_that_its_run_has_diverged(tmp_path):
    with pytest.raises(p2pbo.Diverged) as caught:
        run(out=tmp_path / "run.h5", log_every=6)
    trace = p2pbo.open_trace(tmp_path / "run.h5")
    assert trace.status == f"failed: Diverged: {caught.value}"
    assert caught.value.trace.path == tmp_path / "run.h5"
    assert trace.values("step").tolist() == [0, 6, 12, 18, 24]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_whatever_ends_a_run_hands_over_what_was_logged(error):
    def fail(name, x, y):
        raise error

    problem = doubling([0.0], [1.0, 0.0])
    problem.test = lambda x, y: {"test_accuracy": 0.5} if y[0] < 100 else fail("test", x, y)
    with pytest.raises(error) as caught:
        p2pbo.run(
            problem=problem, algorithm="d-soba", settings={"alpha": 0, "beta": STEP}, steps=9, log_every=1
        )
    rows = caught.value.trace.values("step").tolist()
    assert rows == list(range(len(rows)))
    assert 3 < len(rows) < 9


VARIABLES = {  # which variable grows, and whose steps it is to be mended by
    "y of SOBA": ("d-soba", {"alpha": 0, "beta": 5}, "y", "beta"),
    "y of MDBO": (
        "mdbo",
        {"eta": 0.9, "alpha1": 1, "alpha2": 1, "beta1": 0, "beta2": 9},
        "y",
        "eta or beta2",
    ),
    "y of RABO": ("rabo", {"alpha": 0, "beta": 3}, "y", "beta"),
    "x of RABO": ("rabo", {"alpha": 1e3, "beta": 0}, "x", "alpha"),
    "x of GDSBO": (
        "gdsbo",
        {"eta": 0.9, "alpha1": 1, "alpha2": 1, "beta1": 1e3, "beta2": 0},
        "x",
        "eta or beta1",
    ),
}


@pytest.mark.parametrize(("algorithm", "settings", "variable", "steps"), VARIABLES.values(), ids=VARIABLES)
def test_the_step_size_at_fault_is_named(algorithm, settings, variable, steps):
    with pytest.raises(p2pbo.Diverged) as caught:
        p2pbo.run(problem="quadratic", nodes=3, algorithm=algorithm, settings=settings, log_every=1)
    assert f", most of it in {variable}; lower {steps}, or raise --divergence-factor 1e+06" in str(
        caught.value
    )


def test_overflow_of_single_precision_between_logged_steps_names_its_step():
    with pytest.raises(
        p2pbo.Diverged, match=r"^node 0 diverged at step 128: its y holds NaN or infinity; lower beta$"
    ):
        run(steps=200, log_every=1000, dtype="float32")


def in_process():
    return {name: diverging.told(**given) for name, given in diverging.RUNS.items()}


def test_all_ranks_are_told_alike_and_the_same_for_any_number_of_them(either_build, tmp_path):
    expected = in_process()
    assert expected["is not finite between logged steps"][0].startswith(
        "node 4 diverged at step 3: its x holds NaN"
    )
    either_build.program(3, PROGRAM, tmp_path)
    answers = json.loads((tmp_path / "answers.json").read_text())
    assert answers.keys() == expected.keys()
    for name, (first, *others) in answers.items():
        said, everywhere, status, steps, losses = expected[name]
        assert first[:4] == [said, everywhere, status, steps], name
        np.testing.assert_allclose(first[4], losses, rtol=1e-9)
        assert others == [[said, True]] * 2, name


FLAGS = (
    "--problem=quadratic",
    "--algorithm=d-soba",
    *(f"--set=algorithm.{name}=5" for name in diverging.LARGE),
)
SAID = "node 0 diverged at step 10: the norm of its state has grown from 0 at the start to 6.1e+07, most of it in z"


def test_the_command_line_ends_with_3_and_one_line(tmp_path):
    said = said_to("run", *FLAGS, "--quiet", "--out", tmp_path / "run.h5")
    assert (said.code, said.out) == (DIVERGED, "")
    assert said.err == f"p2pbo: {SAID}; lower gamma, or raise --divergence-factor 1e+06\n"
    assert said_to("run", *FLAGS, "--quiet", "--divergence-factor=0", "--steps=20") == (0, "", "")


def test_so_does_the_command_line_of_several_ranks(build, tmp_path):
    out = tmp_path / "run.h5"
    finished = build.start(2, "-m", "p2pbo", "run", *FLAGS, "--quiet", "--out", out)
    assert finished.code == DIVERGED
    (line,) = finished.own_lines
    assert line.startswith(f"p2pbo: {SAID};")
    assert "Traceback" not in finished.err
    assert p2pbo.open_trace(out).status.startswith(f"failed: Diverged: {SAID};")
    assert p2pbo.open_trace(out).values("step").tolist() == [0, 10]


@pytest.mark.parametrize("deaths", ["9:0", "2:4"])  # nobody; rank 2 in step 4
def test_ranks_that_may_die_end_behind_the_same_row(build, deaths, tmp_path):
    if build.name != "openmpi":
        pytest.skip(f"{build.name} ends the whole job when a rank dies")
    out = tmp_path / "run.h5"
    launcher = [build.mpiexec, "--with-ft", "ulfm", "-n", 4, build.python, surviving, deaths]
    finished = mpi.finish([*launcher, "run", *FLAGS, "--on-failure=continue", "--quiet", "--out", out])
    assert finished.code == DIVERGED, finished.err
    line = finished.own_lines[-1]
    assert line.startswith("p2pbo: node 0 diverged at step 10: the norm of its state has grown")
    assert p2pbo.open_trace(out).values("step").tolist() == [0, 10]
    assert p2pbo.open_trace(out).status.startswith("failed: Diverged: node 0 diverged at step 10")


UNSENDABLE = {  # through memories, replicas, replicas of parts, and as they are
    "states": {"algorithm": "mdbo", "codec": "cast:f16"},
    "innovations": {"algorithm": "c-soba", "codec": "qsgd:8"},
    "innovations with memories": {"algorithm": "ef-soba", "codec": "sign"},
    "parts": {
        "algorithm": "rabo",
        "settings": {"capacity": "1,1/2"},
        "codec": "cast:f16",
        "channel": "difference",
    },
}


@pytest.mark.parametrize("given", UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_a_codec_refuses_is_a_divergence_that_names_its_node(given):
    """fx of node 4 is NaN in step 3."""
    with pytest.raises(p2pbo.Diverged) as caught:
        diverging.run(breaks=3, log_every=1, **given)
    sent = "what it sends of x holds NaN or infinity, or is too large for its codec; lower .*, or use another codec"
    assert re.fullmatch(
        rf"node 4 diverged at step [34]: ({sent}|its x holds NaN or infinity; lower .*)", str(caught.value)
    )
    assert caught.value.trace.status == f"failed: Diverged: {caught.value}"


def test_what_is_too_large_for_a_codec_is_so_on_any_rank(either_build, tmp_path):
    """Half precision ends at 65,504."""
    flags = ("--algorithm=d-soba", "--set=algorithm.beta=3", "--codec=cast:f16", "--problem=quadratic")
    alone = said_to("run", *flags, "--divergence-factor=0", "--quiet")
    assert alone.code == DIVERGED
    assert re.match(
        r"p2pbo: node \d diverged at step \d+: what it sends of [yz] holds NaN or .* too large", alone.err
    )
    finished = either_build.start(2, "-m", "p2pbo", "run", *flags, "--divergence-factor=0", "--quiet")
    assert finished.code == DIVERGED
    assert "Traceback" not in finished.err


def root_of(x, y, batch):
    """NaN where y's first entry is below 0, with a gradient of 0 there."""
    return torch.where(y[0] < 0, torch.nan, 0.0) + 0 * x.sum() + batch[0].sum()


@pytest.mark.parametrize("side", ["upper", "lower"])
def test_a_loss_that_is_no_number_is_said_once(side):
    """y changes its sign in every step, from step 1 on, and grows too little to diverge."""
    problem = doubling([0.0], [1.0, 0.0])
    sound = getattr(problem, side)
    setattr(problem, side, lambda *given: sound(*given) + root_of(*given))
    settings = {"alpha": 0, "beta": STEP, "gamma": 0}
    line = (
        f"the {side} loss at the network's average is nan at step 3, though every node's x and y are finite;"
    )
    with pytest.warns(p2pbo.Notice, match=f"^{line}") as told:
        trace = p2pbo.run(problem=problem, algorithm="d-soba", settings=settings, steps=9, log_every=3)
    assert len(told) == 1
    assert trace.status == "completed"


def test_a_sweep_says_which_points_have_diverged(tmp_path):
    flags = (
        "--problem=quadratic",
        "--algorithm=d-soba",
        "--nodes=3",
        "--steps=20",
        "--set=algorithm.gamma=0.1,5",
    )
    said = said_to("sweep", *flags, "--seed=0,1", "--out", tmp_path / "sweep")
    assert said.code == 1
    assert said.err.count("failed: node 0 diverged at step") == 2
    rows = [line.split() for line in said.out.splitlines()]
    assert next(row[-3:] for row in rows if "diverged" in row) == ["0,", "2", "diverged"]
    assert "2 of 4 points: diverged" in said.out.splitlines()
    again = said_to("sweep", tmp_path / "sweep", "--summary")
    assert "2 of 4 points: diverged" in again.out.splitlines()
