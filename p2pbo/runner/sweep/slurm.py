"""The Slurm job array of a sweep: a script in its folder, whose tasks run the points that are missing."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from p2pbo.config.sweep import SweepPoint
from p2pbo.errors import InputError
from p2pbo.runner.mpi_world import fitting_pmi

SCRIPT = "sweep.sh"
MOST_TASKS = 1000
"""The most tasks of an array: Slurm's MaxArraySize, which their numbers stay below, is 1,001 where nobody sets it."""

TEMPLATE = """\
#!/bin/bash
# The sweep in this folder, a task for each point. Adapt what your cluster asks for, then: sbatch THIS
# p2pbo sweep FOLDER --slurm chooses the tasks anew, for the points that are missing then, and keeps the other lines.
#SBATCH --job-name=p2pbo-{name}
#SBATCH --array=0%16
#SBATCH --ntasks={tasks}
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={folder}/slurm-%a.out

set -euo pipefail
# module load openmpi                # what your cluster calls the MPI that mpi4py was built with
export PATH={programs}:"$PATH"
export SRUN_CPUS_PER_TASK="${{SLURM_CPUS_PER_TASK:-1}}"  # srun has not taken it from sbatch since Slurm 22.05
cd {home}

last=0
ended=0
for point in $(seq "$SLURM_ARRAY_TASK_ID" {most} "$last"); do
  code=0
  srun --mpi={pmi} p2pbo sweep {folder} --point "$point" || code=$?
  case $code in
    0) continue ;;
    1 | 2 | 3 | 74) ended=$code; continue ;;  # what another try would end with, too
    130) exit 130 ;;
  esac
  # 75: stopped two minutes before the time was over; any other code: an accident, such as the death of a host
  if [ "$code" = 75 ] || [ "${{SLURM_RESTART_COUNT:-0}}" -lt 10 ]; then
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
  fi
  exit "$code"
done
exit "$ended"
"""


def write_script(
    folder: Path,
    points: Sequence[SweepPoint],
    ranks: int | None = None,
    time: str | None = None,
    limit: int | None = None,
) -> Path:
    """Write ``sweep.sh`` into ``folder``, for these points of its sweep, which resolve; return its path.

    A script that is there keeps what is not given here: earlier options, and what its user has adapted.

    Args:
        folder: of the sweep, recorded.
        points: those to be run, in their order; a task runs every 1,000th of the sweep, mostly one.
        ranks: of each task; all have the nodes of the smallest point at most, and at first as many.
        time: what Slurm may spend on a task before it queues it again; at first 01:00:00.
        limit: how many tasks run at once; at first 16.

    Raises:
        InputError: ``time`` is none, a script that is there lacks a line that has to change, or there is no MPI.
    """
    if time is not None:
        check_time(time)
    path = folder / SCRIPT
    nodes = min(point.nodes for point in points)
    threads = max(point.description.threads or 1 for point in points)
    script = _ArrayScript(path, path.read_text("utf-8") if path.exists() else _new_text(folder, nodes))
    script.set_tasks({point.index % MOST_TASKS for point in points}, limit)
    script.set("last", f"{points[-1].index}")
    tasks = ranks or script.number("#SBATCH --ntasks", nodes)
    if ranks or tasks > nodes:
        script.set("#SBATCH --ntasks", f"{min(tasks, nodes)}")
    if threads > script.number("#SBATCH --cpus-per-task", 1):
        script.set("#SBATCH --cpus-per-task", f"{threads}")
    if time is not None:
        script.set("#SBATCH --time", time)
    path.write_text(script.text, encoding="utf-8")
    return path


def check_time(time: str) -> None:
    """Check that Slurm knows a text as a time.

    Raises:
        InputError: it does not.
    """
    if not re.fullmatch(r"(\d+-)?\d+(:\d+){0,2}", time):
        raise InputError(f"--time {time}", "is no time for Slurm", "write HH:MM:SS, or D-HH:MM:SS")


def _new_text(folder: Path, nodes: int) -> str:
    return TEMPLATE.format(
        name=re.sub(r"\W+", "-", folder.resolve().name),
        tasks=nodes,
        most=MOST_TASKS,
        pmi=fitting_pmi(),
        programs=shlex.quote(str(Path(sys.executable).parent)),
        home=shlex.quote(str(Path.cwd())),
        folder=shlex.quote(str(folder.resolve())),
    )


class _ArrayScript:
    """A script of a job array, whose lines ``KEY=VALUE`` can be changed one by one."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self.text = text

    def number(self, key: str, default: int) -> int:
        """Return the number in the line of ``key``, or the default where there is none."""
        found = re.search(rf"^{key}=(\d+)", self.text, re.MULTILINE)
        return int(found[1]) if found else default

    def set(self, key: str, value: str) -> None:
        """Change the value in the line of ``key``."""
        self._substitute(rf"^{key}=.*", f"{key}={value}")

    def set_tasks(self, numbers: Iterable[int], limit: int | None) -> None:
        """Change the numbers of the array's tasks, and how many run at once where ``limit`` is given."""
        key, tasks = "#SBATCH --array", array_ranges(sorted(numbers))
        if limit is None:
            self._substitute(rf"^{key}=[^%\n]*", f"{key}={tasks}")
        else:
            self.set(key, f"{tasks}%{limit}")

    def _substitute(self, pattern: str, line: str) -> None:
        self.text, count = re.subn(pattern, line, self.text, flags=re.MULTILINE)
        if not count:
            cause = f"has no line {line.partition('=')[0]}=…"
            raise InputError(f"{self._path}", cause, "put it back, or remove the script to have a new one")


def array_ranges(ascending: Iterable[int]) -> str:
    """Return numbers as Slurm writes those of an array: ``0-3,7``."""
    runs: list[list[int]] = []
    for number in ascending:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
