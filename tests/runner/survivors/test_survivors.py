"""Ranks die, and the others go on: with their own problem, on what is left of the network, to its exact solution."""

from dataclasses import fields, replace
from types import SimpleNamespace

import mpi
import numpy as np
import pytest
import surviving

import p2pbo
from p2pbo.errors import InputError
from p2pbo.network.wire.fault_tolerant import ENABLED
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.runner.survivors import setup
from p2pbo.trace.reading.multipart import part_path

NODES, STEPS, EVERY = 8, 400, 10
QUADRATIC = ("--problem=quadratic", f"--nodes={NODES}", f"--steps={STEPS}", f"--log-every={EVERY}", "--quiet")
EXACTLY = (
    "--algorithm=sparkle-gt",
    *(f"--set=algorithm.{name}" for name in ("alpha=0.5", "theta=1", "beta=0.3")),
)
SURVIVING = ("--on-failure=continue", *QUADRATIC, *EXACTLY, "--set=algorithm.gamma=0.3")
HOSTED = {0: [0], 1: [1, 2], 2: [3, 4], 3: [5], 4: [6, 7]}  # by five ranks


def start(build, deaths, out, ranks=5, flags=()):
    """A run in which ranks die: "1:20,0:60" are rank 1 in step 20 and rank 0 in step 60."""
    launcher = [build.mpiexec, "--with-ft", "ulfm", "-n", ranks, build.python, surviving.__file__, deaths]
    return mpi.finish([*launcher, "run", *SURVIVING, *flags, "--out", out])


def stationary(nodes, lower_level="shared"):
    """Where ∇Φ of these nodes' problem is zero."""
    of_all = PROBLEMS.make("quadratic", ProblemContext(NODES, lower_level=lower_level)).exact
    held = of_all.__self__
    parts = {f.name: getattr(held, f.name)[nodes] for f in fields(held) if f.name != "mu"}
    exact, dim = getattr(replace(held, **parts), of_all.__name__), held.e.shape[1]
    offset = exact(np.zeros(dim)).hypergradient
    slope = np.transpose([exact(unit).hypergradient - offset for unit in np.eye(dim)])
    return np.linalg.solve(slope, -offset)  # ∇Φ is affine in x


def gap_of_a_line(nodes):
    """Of a ring's Metropolis weights, 1/3 an edge, where the ring is cut: its ends get a third back."""
    W = np.diag(np.full(nodes - 1, 1 / 3), 1) + np.diag(np.full(nodes - 1, 1 / 3), -1)
    W += np.diag(1 - W.sum(axis=1))
    return 1 - np.sort(np.abs(np.linalg.eigvalsh(W)))[-2]


@pytest.fixture
def openmpi(build):
    """A build that can go on without a rank."""
    if build.name != "openmpi":
        pytest.skip(f"{build.name} ends the whole job when a rank dies")
    return build


def test_the_living_solve_their_own_problem(openmpi, tmp_path):
    out = tmp_path / "run.h5"
    finished = start(openmpi, "1:20,0:60", out)
    assert finished.code == 0, finished.err
    assert part_path(out, 2).exists()  # rank 0 wrote the first
    trace = p2pbo.open_trace(out)
    assert trace.status == "completed"
    assert trace.values("step").tolist() == list(range(0, STEPS + 1, EVERY))
    failed = {name: trace.dataset[f"failure_{name}"].values for name in ("step", "node", "gap")}
    assert failed["node"].tolist() == [1, 2, 0]
    assert ((failed["step"] - [20, 20, 60] >= 0) & (failed["step"] - [20, 20, 60] < 5)).all()
    np.testing.assert_allclose(failed["gap"], [gap_of_a_line(6)] * 2 + [gap_of_a_line(5)])
    living = [3, 4, 5, 6, 7]
    np.testing.assert_allclose(trace.final.x[living], [stationary(living)] * 5, atol=1e-4)
    assert np.isnan(trace.final.x[:3]).all()
    assert trace.values("consensus_x")[-1] < 1e-9
    np.testing.assert_array_equal(trace.values("consensus_norm_x"), np.sqrt(trace.values("consensus_x")))
    told = [line for line in finished.own_lines if "died in step" in line]
    assert {line.partition(" died")[0].rpartition("rank ")[2] for line in told} == {
        "1 with nodes 1–2",
        "0 with node 0",
    }


OF_THREE = [0, 1, 5, 6, 7]
"""The nodes that are left where rank 1 of three dies."""


def test_the_living_keep_lower_levels_of_their_own(openmpi, tmp_path):
    out = tmp_path / "run.h5"
    finished = start(openmpi, "1:20", out, ranks=3, flags=("--lower-level=local",))
    assert finished.code == 0, finished.err
    trace, x = p2pbo.open_trace(out), stationary(OF_THREE, "local")
    assert trace["failure_node"].values.tolist() == [2, 3, 4]
    np.testing.assert_allclose(trace.final.x[OF_THREE], [x] * 5, atol=1e-6)
    exact = PROBLEMS.make("quadratic", ProblemContext(NODES, lower_level="local")).exact(x)
    np.testing.assert_allclose(trace.final.y[OF_THREE], exact.y[OF_THREE], atol=1e-6)
    assert np.isnan(trace.final.y[2:5]).all()
    assert np.abs(x - stationary(range(NODES), "local")).max() > 0.01  # where all would have ended
    assert np.abs(x - stationary(OF_THREE)).max() > 0.01  # and those who agree on y


def test_the_living_go_on_over_low_rank_edges(openmpi, tmp_path):
    """The average over the living stays, and no edge between two of them loses its count."""
    out = tmp_path / "run.h5"
    finished = start(openmpi, "1:20", out, ranks=3, flags=("--codec=x=lowrank:2",))
    assert finished.code == 0, finished.err
    trace, x = p2pbo.open_trace(out), stationary(OF_THREE)
    assert trace["failure_node"].values.tolist() == [2, 3, 4]
    np.testing.assert_allclose(trace.final.x[OF_THREE], [x] * 5, atol=1e-4)
    assert trace.values("consensus_x")[-1] < 1e-8
    assert np.abs(x - stationary(range(NODES))).max() > 0.01


def test_an_error_ends_all_who_live(openmpi, tmp_path):
    out = tmp_path / "run.h5"
    finished = start(openmpi, "1:5,3:12:raises", out, ranks=4)
    assert finished.code == 1
    assert finished.err.count("Traceback (most recent call last)") == 1
    assert finished.err.count("RuntimeError: an error that nobody expected") == 1
    assert p2pbo.open_trace(out).status == "failed: Revoked: another rank has failed"


def test_a_build_that_cannot_go_on_says_so_at_the_start(build):
    finished = build.start(2, "-m", "p2pbo", "run", *SURVIVING)
    assert finished.code == 2
    (line,) = finished.own_lines
    reason = {"openmpi": "was started without it; use p2pbo launch, or mpiexec --with-ft ulfm"}
    otherwise = "ends the whole job when a rank dies; use Open MPI 5 or later"
    assert line.startswith("p2pbo: --on-failure continue needs an MPI with fault tolerance, and ")
    assert line.endswith(reason.get(build.name, otherwise))


def described(on_failure="continue", checkpoint_every=None):
    return SimpleNamespace(
        description=SimpleNamespace(on_failure=on_failure, checkpoint_every=checkpoint_every, time_limit=None)
    )


ALONE, TWO = SimpleNamespace(comm=None, size=1), SimpleNamespace(comm=object(), size=2)


def test_one_process_has_nobody_to_lose(monkeypatch):
    monkeypatch.setattr(setup, "mpi_library", lambda: "Open MPI v5.0.11")
    monkeypatch.setenv(ENABLED, "1")
    assert not setup.is_fault_tolerant(described(), ALONE)
    assert not setup.is_fault_tolerant(described("abort"), TWO)
    assert setup.is_fault_tolerant(described(), TWO)


def test_survivors_keep_no_checkpoints(monkeypatch):
    monkeypatch.setattr(setup, "mpi_library", lambda: "Open MPI v5.0.11")
    monkeypatch.setenv(ENABLED, "1")
    with pytest.raises(InputError, match="--on-failure continue and --checkpoint-every exclude each other"):
        setup.is_fault_tolerant(described(checkpoint_every="5"), TWO)
