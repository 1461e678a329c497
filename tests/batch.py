"""Batch scripts as Slurm would run them: here srun starts one task, and scontrol takes notes."""

import os
import subprocess
from typing import NamedTuple

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
