"""Runs of ``p2pbo launch`` from the login host, in a folder of their own in the user's home."""

import os
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from cluster.etc import UID
from polling import poll

from p2pbo import InputError, open_trace
from p2pbo.runner.process.exit_codes import STOPPED

ENDLESS = (
    "--problem=quadratic",
    "--algorithm=mdbo",
    "--nodes=6",
    "--steps=100000000",
    "--log-every=10",
    "--quiet",
)
"""A run that ends when it is asked to."""

RANK = "p2pbo run"
"""What the command of a rank has in it."""

PATIENCE = 60
"""Seconds for what comes by itself, on a busy machine."""


class Launch:
    """One that runs.

    Attributes:
        process: ``p2pbo launch`` itself.
        folder: where it writes ``run.h5``.
    """

    def __init__(self, cluster, build, folder, arguments, within):
        self._cluster, self.folder = cluster, folder
        with (folder / "said").open("w") as said:
            self.process = cluster.start(
                "login",
                [*within, build.python, "-m", "p2pbo", "launch", *arguments, "--out", "run.h5"],
                env={"OMP_NUM_THREADS": "1", "OMPI_MCA_mpi_yield_when_idle": "1"},  # hosts share cores
                cwd=folder,
                stdout=said,
                stderr=said,
            )

    @property
    def trace(self):
        return self.folder / "run.h5"

    def ranks(self):
        """The process of each rank, by rank."""
        found = {
            rank_of(process.pid): process for process in self._cluster.processes() if RANK in process.command
        }
        return {rank: found[rank] for rank in sorted(found.keys() - {None})}

    def places(self):
        """The hosts of the ranks, in their order."""
        return [process.host for process in self.ranks().values()]

    def said(self):
        """What it has said so far, line by line."""
        lines = (self.folder / "said").read_text(errors="replace").splitlines()
        return [line.strip(" \0") for line in lines]

    def says(self, text, seconds=PATIENCE):
        """Whether it says a line that begins in this way."""
        return poll(lambda: any(line.startswith(f"p2pbo: {text}") for line in self.said()), seconds=seconds)

    def begins(self):
        """Whether rows come into the trace."""
        return poll(lambda: self.trace.exists() and last_step(self.trace) > 0, seconds=PATIENCE)

    def logs_rows(self):
        """Whether more rows come into the trace."""
        before = last_step(self.trace)
        return poll(lambda: last_step(self.trace) > before, seconds=PATIENCE)

    def keeps_state(self):
        """Whether another checkpoint comes."""
        checkpoint = self.folder / "run.ckpt"

        def written():
            return checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0

        before = written()
        return poll(lambda: written() > before, seconds=PATIENCE)

    def has_ended(self):
        """Whether it has ended."""
        return self.process.poll() is not None

    def end(self, seconds=PATIENCE):
        """Its exit code, when it has ended."""
        return self.process.wait(seconds)

    def stop(self):
        """Ask it to stop, and check that it does."""
        self.process.send_signal(signal.SIGTERM)
        assert self.end() == STOPPED, self.said()


@contextmanager
def launched(cluster, build, *arguments, within=()):
    """A launch, ended on the way out; ``within`` is a command that starts it."""
    with tempfile.TemporaryDirectory(dir=cluster.home, ignore_cleanup_errors=True) as folder:
        os.chown(folder, UID, UID)
        launch = Launch(cluster, build, Path(folder), arguments, within)
        try:
            yield launch
        except BaseException:
            print(*launch.said(), sep="\n")
            raise
        finally:
            launch.process.kill()
            launch.process.wait()


def last_step(trace):
    """The last logged step; −1: there is none that can be read."""
    with suppress(InputError, OSError):
        steps = open_trace(trace).values("step")
        return int(steps[-1]) if len(steps) else -1
    return -1


def rank_of(pid):
    """The rank of a process, as its launcher tells it; None: it has ended."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    values = dict(variable.partition(b"=")[::2] for variable in variables)
    rank = values.get(b"OMPI_COMM_WORLD_RANK", values.get(b"PMI_RANK"))
    return None if rank is None else int(rank)
