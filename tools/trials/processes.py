"""Jobs whose processes are found by a variable of their environment, whoever started them."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

MARK = "P2PBO_CHAOS"
LAUNCHERS = ("mpiexec", "mpirun", "prterun")
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_mpi_yield_when_idle": "1",  # more ranks than cores make progress only in turn
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}

_numbers = itertools.count()


class Job:
    """A command and all processes that it starts, until the ``with`` block ends; their output goes to ``log``."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        name = f"{os.getpid()}-{next(_numbers)}"
        self._mark = f"{MARK}={name}".encode()
        self._began = time.monotonic()
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **SETTINGS, MARK: name},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def code(self) -> int | None:
        """The exit code; None while the job runs."""
        return self._process.poll()

    @property
    def age(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self._began

    def living(self) -> dict[int, str]:
        """Return the processes that are alive, each with its kind: rank, launch, mpiexec or daemon."""
        self._process.poll()
        return {int(entry.name): _kind(entry) for entry in Path("/proc").glob("[0-9]*") if self._owns(entry)}

    def kill(self, victim: str, draw: random.Random) -> None:
        """Send SIGKILL to a process of the kind ``victim``, or any if there is none, or to all of the ``job``."""
        living = self.living()
        of_kind = [pid for pid, kind in living.items() if kind == victim] or list(living)
        _end(living if victim == "job" else of_kind and [draw.choice(of_kind)])

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *_: object) -> None:
        """Kill all processes that are left."""
        while living := self.living():
            _end(living)

    def gone(self, patience: float) -> bool:
        """Tell whether all processes are gone within ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while self.living():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _owns(self, entry: Path) -> bool:
        with suppress(OSError):
            return self._mark in (entry / "environ").read_bytes().split(b"\0")
        return False


def _kind(entry: Path) -> str:
    try:
        words = (entry / "cmdline").read_bytes().decode().split("\0")
    except OSError:
        return "daemon"
    if words[1:4] in (["-m", "p2pbo", "run"], ["-m", "p2pbo", "launch"]):
        return "rank" if words[3] == "run" else "launch"
    return "mpiexec" if any(Path(word).name.startswith(LAUNCHERS) for word in words[:2]) else "daemon"


def _end(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
