"""The page of a report: its template and the values that fill it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from p2pbo.analysis.comparison.compare import Comparison, compare_traces
from p2pbo.analysis.comparison.formats import COMPARISON_NOTE
from p2pbo.analysis.comparison.paired import Figure, compare_pairs
from p2pbo.analysis.comparison.paired_formats import (
    HEADINGS,
    TEXT_COLUMNS,
    paired_cells,
    paired_note,
    told_apart,
)
from p2pbo.analysis.comparison.terminal_table import MISSING
from p2pbo.analysis.formatting import format_setting, format_value
from p2pbo.analysis.groups import Group, group_by_seed
from p2pbo.analysis.html_report.facts import environment, shared_settings, varied_settings
from p2pbo.analysis.html_report.finals import group_finals, headings, median_target
from p2pbo.analysis.html_report.folder import SweepPlan, TraceFolder, read_folder, read_places
from p2pbo.analysis.html_report.images import curve_images, graph_images
from p2pbo.analysis.html_report.svg import MOST_POINTS
from p2pbo.errors import InputError
from p2pbo.extras import analysis_module
from p2pbo.trace import COMPLETED, Trace, TraceRow
from p2pbo.trace.target import Target
from p2pbo.version import VERSION

PAGE_TEMPLATE = "page.html"


def render_page(
    places: Sequence[Path], target: Target | None, plan: SweepPlan | None, paired: Figure | None
) -> str:
    """Return the HTML of the report of folders and traces; see ``write_report``."""
    template = _templates().get_template(PAGE_TEMPLATE)
    alone = len(places) == 1 and not places[0].is_file()
    folder = read_folder(places[0], plan.points if plan else ()) if alone else read_places(places)
    found = group_by_seed(folder.logged)
    finals = group_finals(found, folder.last)
    comparison, problem = _compared(folder, found, target)
    example = _example(found, folder.last, comparison)
    page: str = template.render(
        title=", ".join(place.resolve().name for place in places),
        folder=folder,
        plan=plan,
        labels={trace: group.label for group in found for trace in group.traces},
        shared=shared_settings(folder.everything),
        varied=varied_settings(folder.everything),
        environment=environment(folder.everything),
        finals=finals,
        headings=headings(finals),
        target_given=target is not None,
        comparison=comparison,
        problem=problem,
        pairs=compare_pairs(folder.logged, paired) if paired else None,
        curves=curve_images(found),
        example=example,
        on_graph=graph_images(example) if example else [],
        version=VERSION,
        now=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return page


def _templates() -> Any:
    jinja2 = analysis_module("jinja2")
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {
        "COMPLETED": COMPLETED,
        "MISSING": MISSING,
        "NOTE": COMPARISON_NOTE,
        "PAIRED_HEADINGS": HEADINGS,
        "PAIRED_LABELS": TEXT_COLUMNS,
        "POINTS": MOST_POINTS,
    }
    templates.globals |= {"paired_cells": paired_cells, "paired_note": paired_note, "told_apart": told_apart}
    templates.filters |= {"format_setting": format_setting, "format_value": format_value}
    return templates


def _compared(
    folder: TraceFolder, found: Iterable[Group], target: Target | None
) -> tuple[Comparison | None, str]:
    """Return a comparison, or the reason why there is none; a given target has to suit all runs."""
    wanted = target or median_target(found, folder.last)
    if not folder.logged or wanted is None:
        return None, "it takes two groups of runs that end with an upper loss"
    try:
        comparison = compare_traces(folder.logged, wanted)
    except InputError as error:
        if target:
            raise
        return None, str(error)
    if target or any(row.iterations is None or row.iterations.mean > 0 for row in comparison.rows):
        return comparison, ""
    return None, f"no run begins above {wanted}, which all seeds of the median group end with"


def _example(
    found: Iterable[Group], last: Mapping[Trace, TraceRow], comparison: Comparison | None
) -> Trace | None:
    """Return a completed run of the best group of the comparison, else of any group."""
    first = comparison.rows[0].label if comparison else None
    best_first = sorted(found, key=lambda group: group.label != first)
    completed = [trace for group in best_first for trace in group.traces if trace in last]
    return completed[0] if completed else None
