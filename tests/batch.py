"""Batch scripts as Slurm would run them: here srun starts one task, and scontrol takes notes."""

import os
import signal
import subprocess
from typing import NamedTuple

from p2pbo.runner.process import exit_codes

KILLED, UNKNOWN_TO_MPI = 128 + signal.SIGKILL, 14  # both as srun gives them where a host dies

ENDS = [
    (exit_codes.CRASHED, "0", False),
    (exit_codes.BAD_INPUT, "0", False),
    (exit_codes.DIVERGED, "0", False),
    (exit_codes.UNWRITABLE, "0", False),
    (exit_codes.INTERRUPTED, "0", False),
    (exit_codes.STOPPED, "0", True),
    (exit_codes.STOPPED, "99", True),
    (exit_codes.STALLED, "9", True),
    (UNKNOWN_TO_MPI, "0", True),
    (UNKNOWN_TO_MPI, "10", False),
    (KILLED, "0", True),
]
"""What a step ends with, how often its job has been restarted, and whether it is queued again."""

SRUN = '#!/bin/bash\necho "$*" >> "{folder}/srun"\n{instead}\nshift\nexec "$@"\n'
SCONTROL = '#!/bin/bash\necho "$*" >> "{folder}/scontrol"\n'


class Ended(NamedTuple):
    """What a script ended with and printed, the arguments of each srun, and those of each scontrol."""

    code: int
    out: str
    err: str
    steps: list[str]
    requests: list[str]


def run_script(script, folder, *, codes=None, **environment):
    """Run ``script`` as a job; ``codes`` are what its steps end with, one after another, instead of being run."""
    folder.mkdir(parents=True)
    instead = ""
    if codes is not None:
        (folder / "codes").write_text("".join(f"{code}\n" for code in codes))
        instead = f'exit "$(sed -n "$(wc -l < "{folder}/srun")p" "{folder}/codes")"'
    programs = folder / "bin"
    programs.mkdir()
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL), ("module", "#!/bin/sh\n")):
        (programs / name).write_text(text.format(folder=folder, instead=instead))
        (programs / name).chmod(0o755)
    done = subprocess.run(
        ["bash", script],
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(
        done.returncode, done.stdout, done.stderr, *(_lines(folder / name) for name in ("srun", "scontrol"))
    )


def _lines(path):
    return path.read_text().splitlines() if path.exists() else []
