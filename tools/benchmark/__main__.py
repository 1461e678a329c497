"""The benchmark of decentralized bilevel optimization, from the shell: `make benchmark`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = f"{Path(__file__).parents[1]}"  # where the package lies, not what is in it

import typer  # noqa: E402

from benchmark.commands import main  # noqa: E402

typer.run(main)
