"""``p2pbo list``: the names that the command line knows."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from p2pbo.algorithms import ALGORITHMS, PARTS
from p2pbo.algorithms.submodels import POLICIES
from p2pbo.analysis.formatting import format_setting
from p2pbo.cli.terminal import Terminal
from p2pbo.compression import CODECS
from p2pbo.data import DATASETS, PARTITIONS
from p2pbo.network import LINK_SCHEDULES
from p2pbo.problems import PROBLEMS
from p2pbo.registry import Registry
from p2pbo.topology import GRAPHS, WEIGHTS

CATALOGUE: dict[str, Registry[Any]] = {
    "algorithms": ALGORITHMS,
    **{f"{part}s": registry for part, registry in PARTS.items()},
    "masks": POLICIES,
    "problems": PROBLEMS,
    "data": DATASETS,
    "partitions": PARTITIONS,
    "topologies": GRAPHS,
    "weights": WEIGHTS,
    "codecs": CODECS,
    "link-schedules": LINK_SCHEDULES,
}

Kind = StrEnum("Kind", {name: name for name in CATALOGUE})  # type: ignore[misc]


def catalogue(
    kind: Annotated[Kind | None, typer.Argument(help="Only this kind.", show_default=False)] = None,
) -> None:
    """List algorithms and their parts, problems, data, partitions, topologies, weights and codecs."""
    console = Terminal()
    for name in [str(kind)] if kind else CATALOGUE:
        console.print(_table(name, CATALOGUE[name]))


def _table(title: str, registry: Registry[Any]) -> Table:
    table = Table("name", "what it is", "settings (default)", title=title, title_justify="left", expand=True)
    for name in registry:
        table.add_row(registry[name].usage, registry[name].summary, _settings(title, name, registry))
    return table


def _settings(title: str, name: str, registry: Registry[Any]) -> str:
    if title == "algorithms":
        settings = ALGORITHMS.make(name).check(name, {})
    else:
        settings = {key: default for key, (_, default) in registry[name].settings().items()}
    return ", ".join(
        f"{key} ({'required' if value is ... else format_setting(value)})" for key, value in settings.items()
    )
