"""The Slurm job array of a sweep: a script in its folder, one task for each point that is missing."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from p2pbo.config.sweep import SweepPoint
from p2pbo.errors import InputError

TEMPLATE = """\
#!/bin/bash
# One task for each point of the sweep in this folder. Adapt what your cluster asks for, then: sbatch THIS
#SBATCH --job-name=p2pbo-{name}
#SBATCH --array={array}%{limit}
#SBATCH --ntasks={tasks}
#SBATCH --cpus-per-task={threads}
#SBATCH --time={time}
#SBATCH --signal=USR1@120
#SBATCH --output={folder}/slurm-%a.out

set -euo pipefail
# module load openmpi                # what your cluster calls the MPI that mpi4py was built with
export PATH={programs}:"$PATH"
cd {home}

srun p2pbo sweep {folder} --point "$SLURM_ARRAY_TASK_ID"
"""


def write_script(
    folder: Path, points: Sequence[SweepPoint], ranks: int | None, time: str, limit: int
) -> Path:
    """Write ``sweep.sh`` into ``folder``, for these points of its sweep, which resolve; return its path.

    Args:
        folder: of the sweep, recorded.
        points: one task for each.
        ranks: of each task; all have the nodes of the smallest point at most, and as many where None is given.
        time: what Slurm may spend on a point, such as 01:00:00.
        limit: how many points run at once.

    Raises:
        InputError: ``time`` is none.
    """
    if not re.fullmatch(r"(\d+-)?\d+(:\d+){0,2}", time):
        raise InputError(f"--time {time}", "is no time for Slurm", "write HH:MM:SS, or D-HH:MM:SS")
    nodes = min(point.nodes for point in points)
    script = folder / "sweep.sh"
    text = TEMPLATE.format(
        name=re.sub(r"\W+", "-", folder.resolve().name),
        array=array_ranges(point.index for point in points),
        limit=limit,
        tasks=min(nodes, ranks or nodes),
        threads=max(point.description.threads or 1 for point in points),
        time=time,
        programs=shlex.quote(str(Path(sys.executable).parent)),
        home=shlex.quote(str(Path.cwd())),
        folder=shlex.quote(str(folder.resolve())),
    )
    script.write_text(text, encoding="utf-8")
    return script


def array_ranges(ascending: Iterable[int]) -> str:
    """Return numbers as Slurm writes those of an array: ``0-3,7``."""
    runs: list[list[int]] = []
    for number in ascending:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
