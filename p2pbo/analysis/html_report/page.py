"""The page: what the template is given, and by what it is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from p2pbo.analysis.comparison.compare import Comparison, compare
from p2pbo.analysis.comparison.formats import MISSING, NOTE
from p2pbo.analysis.comparison.target import Target
from p2pbo.analysis.formatting import setting, written
from p2pbo.analysis.groups import Group, groups
from p2pbo.analysis.html_report.facts import environment, shared, varied
from p2pbo.analysis.html_report.finals import ends, headings, median_target
from p2pbo.analysis.html_report.folder import Asked, Folder, survey
from p2pbo.analysis.html_report.images import curves, on_graph
from p2pbo.analysis.html_report.svg import POINTS
from p2pbo.errors import InputError
from p2pbo.extras import analysis_module
from p2pbo.trace import COMPLETED, Trace, TraceRow
from p2pbo.version import VERSION

TEMPLATE = "page.html"


def html(path: Path, target: Target | None, asked: Asked | None) -> str:
    """Return the page about the folder ``path``; see ``report``."""
    template = _templates().get_template(TEMPLATE)
    folder = survey(path, asked.points if asked else ())
    found = groups(folder.logged)
    finals = ends(found, folder.last)
    comparison, problem = _compared(folder, found, target)
    example = _example(found, folder.last, comparison)
    page: str = template.render(
        title=path.resolve().name,
        folder=folder,
        asked=asked,
        labels={trace: group.label for group in found for trace in group.traces},
        shared=shared(folder.everything),
        varied=varied(folder.everything),
        environment=environment(folder.everything),
        finals=finals,
        headings=headings(finals),
        target_given=target is not None,
        comparison=comparison,
        problem=problem,
        curves=curves(found),
        example=example,
        on_graph=on_graph(example) if example else [],
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
    templates.globals |= {"COMPLETED": COMPLETED, "MISSING": MISSING, "NOTE": NOTE, "POINTS": POINTS}
    templates.filters |= {"setting": setting, "written": written}
    return templates


def _compared(folder: Folder, found: Iterable[Group], target: Target | None) -> tuple[Comparison | None, str]:
    """Return a comparison, or why there is none; a target that is given has to suit all runs, though."""
    wanted = target or median_target(found, folder.last)
    if not folder.logged or wanted is None:
        return None, "it takes two groups of runs that end with an upper loss"
    try:
        comparison = compare(folder.logged, wanted)
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
    """Return a completed run of the group that the comparison has first, else of any."""
    first = comparison.rows[0].label if comparison else None
    best_first = sorted(found, key=lambda group: group.label != first)
    completed = [trace for group in best_first for trace in group.traces if trace in last]
    return completed[0] if completed else None
