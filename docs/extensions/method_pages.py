"""One page for each registered method: its listing, parts, settings, costs, and the dense listing of the tests."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

from step_costs.counting import StepCost, step_cost

from extensions.citations import citations
from extensions.docstring_sections import section
from extensions.markdown import inline, of_docstring, page, table
from extensions.setting_tables import settings_table, target
from p2pbo.algorithms import ALGORITHMS, CustomAlgorithm
from p2pbo.algorithms.algorithm import Preset
from p2pbo.cli.catalogue.method_parts import KINDS, method_parts
from p2pbo.cli.catalogue.setting_meanings import method_meanings

ROOT = Path(__file__).resolve().parents[2]
LISTINGS = ROOT / "tests" / "algorithms" / "listings"
LISTED_AS = {
    "cm-soba-msc": "cm_soba",
    "ef-soba-msc": "ef_soba",
    **dict.fromkeys(("rabo", "rafbo"), "graph"),
    **dict.fromkeys(("static", "fedrolex", "oap", "fiarse", "protonet", "fo-maml"), "fedavg"),
}
"""Methods whose dense listing has another's name, since it differs by what is passed to it alone."""


def method_page(name: str) -> str:
    """Return the page of a method."""
    entry = ALGORITHMS[name]
    preset = ALGORITHMS.make(name)
    title, _, said = entry.summary.partition(": ")
    module = inspect.getmodule(entry.make)
    return page(
        f"# {title}",
        f"`--algorithm {name}`: {inline(said)}",
        "## Listing",
        of_docstring(inspect.getdoc(module) or ""),
        "[What the symbols of the listings mean](../symbols.md)",
        "## Parts",
        parts_table(method_parts(name), own_mixing(preset)),
        "## Settings",
        "With these parts; other parts have other settings. In files and on the command line they are "
        "`algorithm.NAME`.",
        settings_table(preset.settings({}), method_meanings(name)),
        "## What a step costs",
        cost_table(step_cost(name)),
        "## Where it ends",
        ends_at(preset),
        "## Paper",
        page(*(f"- {paper}." for paper in citations(name)), "[BibTeX entries](../../how-to/cite.md)"),
        "## Dense listing",
        "The method on explicit matrices, which shares no code with p2pbo; the tests compare the two.",
        dense_listing(name),
    )


def parts_table(parts: Mapping[str, Mapping[str, str]], own: str = "") -> str:
    """Return the table of a method's parts, with links to their settings; a row for each variable that has its own.

    Args:
        parts: names by kind and variable.
        own: what mixes in a method without such a part.
    """
    rows = [
        (label, f"[{part}](#{target(KINDS[kind][part])})", inline(KINDS[kind][part].summary))
        for kind, names in parts.items()
        for label, part in _labelled(kind, names)
    ]
    mixes = [("mixing", "its own, which no other replaces", inline(own))] if own else []
    return table(("part", "name", "what it does"), [*rows, *mixes])


def _labelled(kind: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield label and name of each part of a kind, what is for all other variables last."""
    others = "" if len(names) == 1 else " of the others"
    for variable, part in sorted(names.items(), key=lambda item: item[0] == "name"):
        yield f"{kind}{others if variable == 'name' else f' of {variable}'}", part


def own_mixing(preset: Preset) -> str:
    """Return what mixes in a method that is a listing of its own, as its class says; nothing where it is a part."""
    return section(preset.make, "Mixing") if isinstance(preset, CustomAlgorithm) else ""


def cost_table(cost: StepCost) -> str:
    """Return what a node computes and sends in a step."""
    under_way = {0: "", cost.rounds: ", under way while it computes"}
    rounds = (
        f"{cost.rounds}{under_way[cost.overlapped]}"
        if cost.overlapped in under_way
        else (f"{cost.rounds}, {cost.overlapped} of them under way while it computes")
    )
    rows = [
        *((inline(oracle), str(amount)) for oracle, amount in cost.oracles.items()),
        ("rounds: messages to each neighbour", rounds),
        ("bytes to each neighbour, in float64 without a codec", f"8 ({cost.numbers})"),
    ]
    said = (
        "[Oracles](../../glossary.md#the-problem) of one node in one step after the first, with the defaults and drawn "
        "batches, and what it sends; x has dx entries, y has dy."
    )
    return page(said, table(("what", "how many"), rows)).rstrip()


def ends_at(preset: Preset) -> str:
    """Return where a method ends on unequal nodes, and the place that says on which."""
    measured = "[what is measured](../methods.md#where-they-end)"
    return f"On unequal nodes: {preset.limit_point or 'not compared'}. See {measured}."


def dense_listing(name: str) -> str:
    """Return the block that includes a method's listing on explicit matrices.

    Raises:
        LookupError: the tests have none.
    """
    wanted = LISTED_AS.get(name, name.replace("-", "_"))
    for path in sorted(LISTINGS.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name == wanted:
                file = f"../../../{path.relative_to(ROOT)}"
                return f"```{{literalinclude}} {file}\n:language: python\n:pyobject: {wanted}\n```"
    raise LookupError(f"{LISTINGS} has no function {wanted}, the listing of {name}")
