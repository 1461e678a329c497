"""Runs that are asked to stop, and what of a trace must be the same had they not been.

As a rank program (FOLDER): an undisturbed run, one that rank 2 is asked to stop and that goes on, with what it left in
FOLDER/stopped, and at last, as on the command line, one that ends stopped.
"""

import shutil
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import h5py

import p2pbo
from p2pbo.cli import main
from p2pbo.runner.checks.divergence import DivergenceLimits
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process.signals import Stopped

TIMES = ("wall_time", "compute_time", "wait_time", "node_oracle_time", "rank_wait_time")
OTHER_TIMES = ("start_time", "resumed_at", "rank_wait_period")
RANKS, NODES, STEPS = 4, 6, 12
ASKED, STEP, STOPPED = 2, 5, 7
"""The rank that is asked to stop, after which step, and when all do: on a ring of four, two steps later."""
GIVEN = {
    "problem": {"name": "quadratic", "samples": 20},
    "algorithm": "cd-bsvrgd",
    "settings": {"batch": 8},
    "codec": "x=topk:0.4,y=qsgd:8",
    "links": {"drop": 0.2, "delay": 1},
    "nodes": NODES,
    "steps": STEPS,
    "log_every": 2,
}
FLAGS = ("--problem=quadratic", f"--nodes={NODES}", f"--steps={STEPS}", "--log-every=2", "--quiet")


@contextmanager
def asked_after(step, number=signal.SIGUSR1):
    """Inside, this process gets a signal when it has done ``step``."""
    with after(step, lambda: signal.raise_signal(number)):
        yield


@contextmanager
def after(step, act):
    """Inside, ``act`` is called in the loop's turn of ``step``."""
    really = DivergenceLimits.nonfinite

    def nonfinite(limits, state):
        if state.step == step:
            act()
        return really(limits, state)

    with mock.patch.object(DivergenceLimits, "nonfinite", nonfinite):
        yield


def everything(path):
    """(arrays, attributes) of a trace, without times of day and of the clock."""
    with h5py.File(path) as file:
        arrays = {name: values[...] for name, values in file.items() if name not in TIMES}
        return arrays, {name: value for name, value in file.attrs.items() if name not in OTHER_TIMES}


def run_and_stop(folder):
    rank = launched_rank()
    asks = {ASKED: STEP}.get(rank)
    p2pbo.run(**GIVEN, checkpoint_every="0.001s", out=folder / "undisturbed.h5")
    try:
        with asked_after(asks):
            p2pbo.run(**GIVEN, out=folder / "run.h5")
    except Stopped:
        if rank == 0:
            (folder / "stopped").mkdir()
            for kept in ("run.h5", "run.ckpt"):
                shutil.copy(folder / kept, folder / "stopped" / kept)
    p2pbo.run(**GIVEN, out=folder / "run.h5", resume=True)
    sys.argv = ["p2pbo", "run", *FLAGS, "--out", str(folder / "line.h5")]
    with asked_after(asks):
        main()


if __name__ == "__main__":
    run_and_stop(Path(sys.argv[1]))
