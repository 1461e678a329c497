"""A cluster from the shell: `up` holds one until Ctrl-C, the other commands work on it from another shell.

usage: python tools/cluster up -n 3 [--slurm]; then exec HOST COMMAND…, kill, boot, unplug, plug HOST, down
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = f"{Path(__file__).parents[1]}"  # where the package lies, not what is in it

from cluster.commands import main  # noqa: E402

main()
