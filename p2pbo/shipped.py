"""The topologies and runs that come with p2pbo, by name: ``abilene``, ``gao2023-fig1-a9a``.

``shipped_files/`` holds links to the folders at the top of the repository; in a wheel it holds copies of their files.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "shipped_files"


def shipped_topologies() -> dict[str, Path]:
    """Return the graph files that come with p2pbo, by name."""
    return _files("topologies", ".graphml")


def shipped_runs() -> dict[str, Path]:
    """Return the run files that come with p2pbo, by name."""
    return _files("runs", ".toml")


@cache
def _files(folder: str, suffix: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((FOLDER / folder).glob(f"*{suffix}"))}
