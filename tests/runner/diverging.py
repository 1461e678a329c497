"""Runs that diverge, and what is said of them; as a rank program (FOLDER): the same on ranks that catch it.

Each run keeps its trace in memory, and the error hands it over.
"""

import json
import sys
from pathlib import Path

import numpy as np

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue.quadratic import QuadraticOracles

NODES, NODE = 6, 4
LARGE = {"alpha": 5, "beta": 5, "gamma": 5}
RUNS = {
    "grows": {"log_every": 4},
    "grows until the last step": {"log_every": 100},
    "is not finite in a logged step": {"log_every": 1, "breaks": 3},
    "is not finite between logged steps": {"log_every": 50, "breaks": 3},
    "grows through a codec": {"log_every": 2, "codec": "qsgd:8"},
}


class Breaking(QuadraticOracles):
    """Those of the quadratic problem, until fx of a node is NaN in a step."""

    breaks, row, calls = 0, 0, 0

    def upper(self, X, Y, batch):
        self.calls += 1
        fx, fy = super().upper(X, Y, batch)
        if self.calls == self.breaks:
            fx[self.row] = np.nan
        return fx, fy


def problem(breaks):
    """The quadratic problem, broken at NODE in step ``breaks``."""
    made = PROBLEMS.make("quadratic", ProblemContext(NODES))
    sound = made.closed_oracles

    def host(problem, nodes, dtype):
        oracles = sound(problem, nodes, dtype)
        if NODE in nodes:
            oracles.__class__, oracles.breaks, oracles.row = Breaking, breaks, NODE - nodes.start
        return oracles

    made.closed_oracles = host
    return made


def run(breaks=None, **given):
    grows = {"algorithm": "d-soba", "settings": LARGE}
    given = {**(grows if breaks is None else {"algorithm": "mdbo"}), "steps": 30, **given}
    return p2pbo.run(problem="quadratic" if breaks is None else problem(breaks), nodes=NODES, **given)


def told(**given):
    """The verdict, and what the trace says: nothing on ranks that have none."""
    try:
        run(**given)
    except p2pbo.Diverged as error:
        trace = error.trace
        if trace is None:
            return [str(error), error.everywhere]
        figures = trace.values("upper_loss").tolist()
        return [str(error), error.everywhere, trace.status, trace.values("step").tolist(), figures]
    raise AssertionError("it has come to its end")


if __name__ == "__main__":
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    folder = Path(sys.argv[1])
    answers = {name: comm.gather(told(**given)) for name, given in RUNS.items()}
    told(**RUNS["is not finite between logged steps"], out=folder / "run.h5", checkpoint_every=4)
    whole = p2pbo.run(problem="quadratic", nodes=NODES, steps=2)  # after all that
    if comm.rank == 0:
        assert whole.status == "completed"
        assert [path.name for path in folder.iterdir()] == ["run.h5"]  # no checkpoint of step 4
        (folder / "answers.json").write_text(json.dumps(answers))
    print(f"ok {comm.rank}\n", end="", flush=True)
