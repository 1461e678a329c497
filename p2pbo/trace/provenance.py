"""The provenance of a trace: versions, the revision of the sources, host and start time."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from p2pbo.version import VERSION

PACKAGES = ("numpy", "networkx", "torch", "mpi4py")


def provenance() -> dict[str, str]:
    """Return the attributes that every trace has, ``git_revision`` only where p2pbo runs from a checkout.

    Versions are those of the installed packages, none of which is imported for that.
    """
    revision = _git_revision()
    return {
        "Conventions": "CF-1.11",
        "p2pbo_version": VERSION,
        "python_version": platform.python_version(),
        **_package_versions(),
        "host": os.uname().nodename,
        "start_time": datetime.now(UTC).isoformat(timespec="seconds"),
        **({"git_revision": revision} if revision else {}),
    }


@cache
def _package_versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[f"{name}_version"] = version(name)
    return found


@cache
def _git_revision() -> str:
    """Return the commit of p2pbo's own checkout, with ``-dirty`` if it has changes; empty without a checkout."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():  # an installed p2pbo may lie inside somebody else's checkout
        return ""
    git = ["git", "--no-optional-locks", "-C", str(root)]
    try:
        described = subprocess.run(
            [*git, "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):  # no git here, or not for this user
        return ""
    return described.stdout.strip()
