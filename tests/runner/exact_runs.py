"""Runs whose exact figures are solved for; as a rank program (FOLDER [FAILING NODE]) by all ranks together."""

import sys
from pathlib import Path

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue.quadratic import QuadraticOracles
from p2pbo.runner.mpi_world import launched_rank

NODES = 7
LOGREG = {"data": "synthetic", "data_options": {"samples": 300, "features": 5, "classes": 3}}


def problems():
    """By name: unequal shares, and the quadratic problem as if nobody knew its solution."""
    yield "logreg", PROBLEMS.make("logreg-hpo", ProblemContext(NODES, partition="size", **LOGREG))
    unknown = PROBLEMS.make("quadratic", ProblemContext(NODES))
    unknown.exact = None
    yield "quadratic", unknown


def run(problem, out, **given):
    return p2pbo.run(problem=problem, steps=6, log_every=2, exact="on", out=out, **given)


class FailingOracles(QuadraticOracles):
    """Those of the quadratic problem, but ∇_y g of all samples, which only a solve asks for, fails."""

    def lower(self, X, Y, batch):
        if batch is None:
            raise RuntimeError("an oracle that fails in a solve")
        return super().lower(X, Y, batch)


def run_failing(node, out):
    """A run that fails on the host of ``node`` at the first logged step."""
    _, (_, problem) = problems()
    sound = problem.closed_oracles

    def host(problem, nodes, dtype):
        oracles = sound(problem, nodes, dtype)
        if node in nodes:
            oracles.__class__ = FailingOracles
        return oracles

    problem.closed_oracles = host
    return run(problem, out, settings={"batch": 4})


if __name__ == "__main__":
    folder, *failing = sys.argv[1:]
    if failing:
        run_failing(int(failing[0]), Path(folder, "failing.h5"))
    for name, problem in problems():
        run(problem, Path(folder, f"{name}.h5"))
    print(f"ok {launched_rank()}\n", end="", flush=True)
