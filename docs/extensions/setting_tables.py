"""Tables of settings: name, meaning, what it takes and its default, from the annotations that check them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from extensions.markdown import code, inline, table
from p2pbo.cli.catalogue.setting_ranges import default_text, schema, takes
from p2pbo.registry import Entry, SettingSpecs


def target(entry: Entry[Any]) -> str:
    """Return the name of the place where a part's settings are."""
    return f"{entry.noun.replace(' ', '-')}-{entry.name}"


def settings_table(specs: SettingSpecs, meanings: Mapping[str, str]) -> str:
    """Return the table of some settings with their meanings; nothing where there are none."""
    rows = []
    for name, (annotation, default) in specs.items():
        meaning, unset = meaning_and_default(meanings.get(name, ""), default)
        rows.append((code(name), inline(meaning), takes(schema(annotation), code), unset))
    return table(("setting", "meaning", "takes", "default"), rows)


def meaning_and_default(meaning: str, default: Any) -> tuple[str, str]:
    """Return a setting's meaning, and apart from it its default: of one that is None, what the meaning says of it."""
    unset = default_text(default, code)
    said = re.fullmatch(r"(.*)[;,] (?:by default,?|else) (.*)\.", meaning) if default is None else None
    return (f"{said[1]}.", inline(said[2])) if said else (meaning, unset)
