"""The page of all settings: of every registered part, and the fields of a run's description."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

from extensions.markdown import code, inline, of_docstring, page, table
from extensions.setting_tables import settings_table, target
from p2pbo.cli.catalogue.setting_meanings import meanings
from p2pbo.cli.commands.catalogue import CATALOGUE
from p2pbo.config.run_flags import RUN_FLAGS
from p2pbo.registry import Entry, Registry

PLACES = {
    "hypergradients": ("Hypergradients", "`--hypergradient NAME`; settings are `algorithm.NAME`."),
    "estimators": (
        "Estimators",
        "`--estimator NAME`, or for one variable `--set algorithm.estimator.y=NAME`.",
    ),
    "mixings": ("Mixings", "`--mixing NAME`, or for one variable `--set algorithm.mixing.y=NAME`."),
    "schedules": (
        "Step-size schedules",
        "`--schedule NAME`: step sizes are multiplied by them, step after step.",
    ),
    "masks": ("Mask policies", "`--masks NAME`: how nodes choose their submodels."),
    "problems": ("Problems", "`--problem NAME`; settings are `problem.NAME`."),
    "data": ("Data sets", "`--data NAME`; settings are `data.NAME`."),
    "partitions": ("Partitions", "`--partition NAME`: how the data lie on the nodes."),
    "topologies": ("Topologies", "`--topology NAME`; the argument goes behind a colon."),
    "weights": ("Mixing weights", "`--weights NAME`."),
    "codecs": ("Codecs", "`--codec NAME`; the argument goes behind a colon."),
    "link-schedules": ("Link schedules", "`--link-schedule NAME`: which edges are used in a round."),
}
"""The sections of the page, by kind: heading and how an entry is written."""


def settings_page() -> str:
    """Return the page."""
    kinds = [kind for kind in CATALOGUE if kind != "algorithms"]
    return page(
        "# Settings",
        "Of methods: [one page each](methods.md). `p2pbo list` shows the same in the terminal.",
        *(section(kind, CATALOGUE[kind]) for kind in kinds),
        fields_section(),
    )


def section(kind: str, registry: Registry[Any]) -> str:
    """Return the section of a registry, with an entry for each name."""
    heading, written = PLACES[kind]
    return page(f"## {heading}", written, *(entry_text(registry[name]) for name in registry)).rstrip()


def entry_text(entry: Entry[Any]) -> str:
    """Return what a part is, its mathematics and its settings, behind a target to link to."""
    return page(
        f"({target(entry)})=",
        f"### {entry.name}",
        f"{code(entry.usage)}: {inline(entry.summary)}",
        _mathematics(entry),
        settings_table(entry.settings(), meanings(entry.make)),
    ).rstrip()


def _mathematics(entry: Entry[Any]) -> str:
    """Return what the docstrings of an entry and of its module say besides its first sentence."""
    _, _, rest = (inspect.getdoc(entry.make) or "").partition("\n\n")
    own = re.split("^(?:Args|Raises):", rest, maxsplit=1, flags=re.MULTILINE)[0].strip()
    _, _, shared = (sys.modules[entry.make.__module__].__doc__ or "").partition("\n\n")
    return page(of_docstring(own) if own else "", of_docstring(shared) if shared else "").strip()


def fields_section() -> str:
    """Return the fields of a description, in the order of ``p2pbo run --help``."""
    rows = [
        (
            code(flag.path),
            code(f"--{flag.name.replace('_', '-')}"),
            inline(flag.text),
            code(flag.default) if flag.default else "",
        )
        for flag in RUN_FLAGS
    ]
    return page(
        "## Fields of a run's description",
        "In a TOML file a dot is a table: `links.drop` is `drop` in `[links]`. Any field is `--set FIELD=VALUE`, too.",
        table(("field", "flag", "meaning", "default"), rows),
    ).rstrip()
