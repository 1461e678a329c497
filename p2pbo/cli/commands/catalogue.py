"""``p2pbo list``: the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from p2pbo.algorithms import ALGORITHMS, PARTS
from p2pbo.algorithms.submodels import POLICIES
from p2pbo.cli.catalogue.docstring_paragraphs import plain
from p2pbo.cli.catalogue.entry_page import entry_page
from p2pbo.cli.catalogue.overview import overview
from p2pbo.cli.catalogue.setting_ranges import default_text
from p2pbo.cli.catalogue.shipped_pages import other_pages, run_summary
from p2pbo.cli.terminal import Terminal
from p2pbo.compression import CODECS
from p2pbo.data import DATASETS, PARTITIONS
from p2pbo.errors import InputError, did_you_mean
from p2pbo.method_names import SINGLE_NODE_METHODS
from p2pbo.network import LINK_SCHEDULES
from p2pbo.problems import PROBLEMS
from p2pbo.registry import Registry
from p2pbo.shipped import shipped_runs, shipped_topologies
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

RUNS = "runs"
"""The kind that has no registry: files of runs that come with p2pbo."""

FILES: dict[str, Callable[[], Iterable[str]]] = {"topologies": shipped_topologies, RUNS: shipped_runs}
"""The names of files that come with p2pbo, by kind."""

KIND_NAMES = (*CATALOGUE, RUNS)

_MORE = f"""\
p2pbo list KIND has the settings, p2pbo list NAME a page: p2pbo list vrdbo.
Single-node methods have one, too: {", ".join(SINGLE_NODE_METHODS)}."""


def catalogue(
    name: Annotated[
        str | None,
        typer.Argument(
            help=f"A kind ({', '.join(KIND_NAMES)}), or a name of any, such as mdbo, randk or abilene.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """List algorithms and their parts, problems, data, partitions, topologies, weights, codecs and runs.

    The page of a method has its paper and listing, its parts, where it ends, and its settings with their ranges.
    """
    console = Terminal(highlight=False)
    if name is None:
        console.print(overview({kind: _names(kind) for kind in KIND_NAMES}))
        console.print(f"\n{_MORE}")
    elif name == RUNS:
        console.print(_runs())
    elif name in CATALOGUE:
        console.print(_table(name, CATALOGUE[name]))
        if name in FILES:
            console.print(f"files that come with p2pbo: {', '.join(FILES[name]())}")
    else:
        _print_pages(name, console)


def _names(kind: str) -> list[str]:
    """Return all names of a kind, those of registered entries as they are written."""
    registry = CATALOGUE.get(kind)
    registered = [] if registry is None else [registry[name].usage for name in registry]
    return [*registered, *(FILES[kind]() if kind in FILES else ())]


def _print_pages(name: str, console: Terminal) -> None:
    """Print the page of each entry of this name: kinds may share one, as problems and data share synthetic.

    Raises:
        InputError: there is none.
    """
    entries = [registry[name] for registry in CATALOGUE.values() if name in registry]
    pages = [entry_page(entry) for entry in entries]
    others = other_pages()
    if name in others:
        pages.append(others[name](name))
    if not pages:
        known = {*KIND_NAMES, *others, *(entry for registry in CATALOGUE.values() for entry in registry)}
        raise InputError(f"'{name}'", "is neither a kind nor a name", _nearest(name, known))
    for page in pages:
        for part in page:
            console.print(part, crop=False)


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown name; there are too many to list them all."""
    meant, _, _ = did_you_mean(name, known).rpartition("choose from")
    return f"{meant}p2pbo list shows all"


def _table(title: str, registry: Registry[Any]) -> Table:
    table = Table("name", "what it is", "settings (default)", title=title, title_justify="left", expand=True)
    for name in registry:
        entry = registry[name]
        table.add_row(entry.usage, Text(plain(entry.summary)), _settings(title, name, registry))
    table.columns[0].no_wrap = True
    return table


def _runs() -> Table:
    table = Table("name", "what it is", title=RUNS, title_justify="left", expand=True)
    for name in shipped_runs():
        table.add_row(name, Text(run_summary(name)))
    table.columns[0].no_wrap = True
    return table


def _settings(title: str, name: str, registry: Registry[Any]) -> str:
    if title == "algorithms":
        settings = ALGORITHMS.make(name).check(name, {})
    else:
        settings = {key: default for key, (_, default) in registry[name].settings().items()}
    return ", ".join(f"{key} ({default_text(value)})" for key, value in settings.items())
