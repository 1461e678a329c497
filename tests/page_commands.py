"""Blocks of shell, for the process that runs a page: it does p2pbo's own commands itself, with one import."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from p2pbo.cli import main

OWN = re.compile(r"p2pbo (?!launch)[^|;&<>$`()]*")
"""A command that needs no shell; ``launch`` replaces its process or starts others."""


def shell(block):
    """Run a block: by lines where all of them are p2pbo's own commands, else by bash."""
    lines = [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    if all(OWN.fullmatch(line.partition(" #")[0]) for line in lines):
        for line in lines:
            own(line)
    else:
        subprocess.run(["bash", "-euc", block], check=True)


def own(line):
    """Run a command of p2pbo as a shell would, in this process."""
    words = shlex.split(line, comments=True)
    found = [sorted(map(str, Path().glob(word))) if "*" in word else [word] for word in words]
    sys.argv = [word for words in found for word in words]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise subprocess.CalledProcessError(end.code, line) from None
