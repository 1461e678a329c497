"""The page of a registered thing in the terminal: what it is, its settings and the mathematics of its module."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from p2pbo.algorithms import ALGORITHMS
from p2pbo.cli.catalogue.docstring_paragraphs import is_listing, paragraphs, plain
from p2pbo.cli.catalogue.listing import Listing
from p2pbo.cli.catalogue.method_parts import KINDS, method_parts
from p2pbo.cli.catalogue.setting_meanings import meanings, method_meanings
from p2pbo.cli.catalogue.setting_ranges import default_text, schema, takes
from p2pbo.registry import Entry, Registry, SettingSpecs

TAKES_WIDTH = 18
"""The most room that a table gives to what a setting takes, so that its meaning has some, too."""


def entry_page(entry: Entry[Any]) -> Iterator[RenderableType]:
    """Yield the parts of an entry's page, from its title to the mathematics of its module."""
    summary = plain(entry.summary)
    yield Text(summary if ": " in summary else f"{entry.usage}: {summary}", style="bold")
    if entry.noun == ALGORITHMS.noun:
        yield _method_facts(entry.name)
        yield from _settings(ALGORITHMS.make(entry.name).settings({}), method_meanings(entry.name))
    else:
        yield from _settings(entry.settings(), meanings(entry.make))
    mathematics = sys.modules[entry.make.__module__].__doc__
    if mathematics:
        for paragraph in paragraphs(plain(inspect.cleandoc(mathematics))):
            yield Padding(prose(paragraph), (1, 0, 0, 2))
        yield ""


def prose(paragraph: str) -> RenderableType:
    """Return a paragraph to be wrapped where there is room for it, but a listing line by line."""
    return Listing(paragraph) if is_listing(paragraph) else Text(paragraph.replace("\n", " "))


def _method_facts(name: str) -> Table:
    """Return the facts of a method: how to call it, its paper, its parts, and where it ends."""
    preset = ALGORITHMS.make(name)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row("--algorithm", name)
    table.add_row("paper", Text(preset.paper))
    for kind, names in method_parts(name).items():
        table.add_row(kind, Text("\n".join(_parts(names, KINDS[kind]))))
    if preset.limit_point is not None:
        table.add_row("unequal nodes", f"ends at {preset.limit_point}")
    return table


def _parts(names: Mapping[str, str], registry: Registry[Any]) -> Iterator[str]:
    """Yield a line for each part, with its variable where they differ."""
    for variable, part in names.items():
        yield f"{'' if variable == 'name' else f'of {variable}: '}{part}: {plain(registry[part].summary)}"


def _settings(specs: SettingSpecs, known: Mapping[str, str]) -> Iterator[RenderableType]:
    if not specs:
        return
    table = Table("setting", "default", "takes", "meaning", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1))
    for name, (annotation, default) in specs.items():
        table.add_row(
            name,
            Text(default_text(default)),
            Text(takes(schema(annotation))),
            Text(plain(known.get(name, ""))),
        )
    table.columns[0].no_wrap = True
    table.columns[2].max_width = TAKES_WIDTH
    yield Padding(table, (1, 0, 0, 2))
