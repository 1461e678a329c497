"""Tuning on Slurm: a job array of workers that share the studies of a folder."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from p2pbo.runner.sweep.slurm import check_time

SCRIPT = "tune.sh"

TEMPLATE = """\
#!/bin/bash
# Workers that tune in this folder, until all budgets are spent. Adapt what your cluster asks for, then: sbatch THIS
#SBATCH --job-name=p2pbo-{name}
#SBATCH --array=0-{last}
#SBATCH --nodes=1
#SBATCH --ntasks={tasks}
#SBATCH --cpus-per-task={threads}
#SBATCH --time={time}
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={folder}/slurm-%a.out

set -uo pipefail
export PATH={programs}:"$PATH"
cd {home}

p2pbo tune {folder}{ranks} &
worker=$!
trap 'kill -USR1 "$worker"' USR1  # two minutes before the time is over: the trial is left to another worker
wait "$worker"; code=$?
while kill -0 "$worker" 2> /dev/null; do wait "$worker"; code=$?; done
if [ "$code" = 75 ]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
"""


def write_script(folder: Path, workers: int, ranks: int | None, threads: int, time: str) -> Path:
    """Write ``tune.sh`` into the folder of a search, which is recorded; return its path.

    Args:
        folder: of the search.
        workers: the tasks of the array, each a process that tunes.
        ranks: that each worker starts for each trial; None: none.
        threads: of each rank.
        time: what Slurm may spend on a task before it queues it again.

    Raises:
        InputError: ``time`` is none.
    """
    check_time(time)
    script = TEMPLATE.format(
        name=re.sub(r"\W+", "-", folder.resolve().name),
        last=workers - 1,
        tasks=ranks or 1,
        threads=threads,
        time=time,
        programs=shlex.quote(str(Path(sys.executable).parent)),
        home=shlex.quote(str(Path.cwd())),
        folder=shlex.quote(str(folder.resolve())),
        ranks=f" -n {ranks}" if ranks else "",
    )
    path = folder / SCRIPT
    path.write_text(script, encoding="utf-8")
    return path
