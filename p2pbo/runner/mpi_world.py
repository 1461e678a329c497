"""The MPI world of this process: whether a launcher started it, as which rank, and with which library."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from p2pbo.errors import InputError
from p2pbo.extras import require
from p2pbo.runner.process.parent_death import end_with_parent

if TYPE_CHECKING:
    from mpi4py import MPI

_RANK = ("PMIX_RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK")
_SIZE = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")


def launched_rank(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the rank that a launcher gave this process; None if no launcher started it. Imports no MPI."""
    names = (*_RANK, "SLURM_PROCID") if "SLURM_STEP_ID" in environment else _RANK
    return next((int(environment[name]) for name in names if name in environment), None)


def ends_all_on_first_error(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the launcher ends all ranks, and drops what they print, as soon as one exits with an error.

    Open MPI's does; MPICH's and Slurm's wait for the others. Ranks that have started MPI meet in its end.
    """
    return "OMPI_COMM_WORLD_SIZE" in environment and "mpi4py.MPI" not in sys.modules


def world() -> MPI.Intracomm | None:
    """Return COMM_WORLD where a launcher started this process, else None.

    From then on the process ends with its launcher.

    Raises:
        InputError: the launcher started several ranks but MPI sees one, or would not start: they speak different PMIs.
    """
    if launched_rank() is None:
        return None
    require("mpi4py", extra="run")
    end_with_parent(signal.SIGKILL)
    MPI = _started_mpi()
    if _launched_size() > 1 and MPI.COMM_WORLD.Get_size() == 1:
        raise _foreign_launcher(f"each see a world of one in {mpi_library()}")
    return MPI.COMM_WORLD


def _started_mpi() -> ModuleType:
    """Return the module ``mpi4py.MPI``, started."""
    import mpi4py

    if "mpi4py.MPI" not in sys.modules:
        mpi4py.rc(initialize=False, finalize=True)
    from mpi4py import MPI

    if not MPI.Is_initialized():
        library = MPI.Get_library_version()
        if "OMPI_COMM_WORLD_SIZE" in os.environ and library.startswith("MPICH") and "pmix" not in library:
            raise _foreign_launcher(
                f"cannot be joined by {mpi_library()}"
            )  # its MPI_Init would end the process
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "suspicious MPI execution environment")  # world() says it
            MPI.Init_thread()
    return MPI


def _launched_size() -> int:
    """Return how many ranks the launcher says that it started."""
    return next((int(os.environ[name]) for name in _SIZE if name in os.environ), 1)


def _foreign_launcher(cause: str) -> InputError:
    return InputError(
        f"the launcher's {_launched_size()} ranks",
        cause,
        "start them with that library's own mpiexec, or with srun --mpi=pmix or --mpi=pmi2",
    )


def mpi_library() -> str:
    """Return name and version of the MPI library; imports it."""
    from mpi4py import MPI

    return " ".join(MPI.Get_library_version().partition("\n")[0].partition(",")[0].split())
