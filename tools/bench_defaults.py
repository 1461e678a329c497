"""What each method's default step sizes reach on each shipped problem, beside the tuned ones.

    python tools/bench_defaults.py FOLDER [--trials 20] [--problem NAME ...] [--method NAME ...] [--markdown FILE]

Eight nodes on a ring, each pair with the same number of steps. All step sizes of a method are searched together, from
1/100 to 10 times their defaults. Progress is how far the metric fell from the start; a default keeps the share
(progress with defaults) / (the larger progress). Below 1/3 it is marked, and the settings that the search found are
listed below the table. "none" is where neither gets below the start. FOLDER holds the searches, and report.json;
killed, it goes on. Few-shot learning is left out: its data are not in the package.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from searches import search_of, searched

from p2pbo.algorithms import ALGORITHMS
from p2pbo.config import Description
from p2pbo.errors import InputError, notices_if
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.tuning.search import Search
from p2pbo.runner.tuning.trial import first_row

SYNTHETIC = {"data": "synthetic", "data.samples": 800, "data.features": 10}
PROBLEMS: dict[str, dict[str, Any]] = {
    "quadratic": {"steps": 200, "exact": "on"},
    "minimax": {"steps": 200, "exact": "on"},
    "logreg-hpo": {"steps": 200, "exact": "on", "algorithm.batch": 100},
    "synthetic-linear": {"steps": 100, "exact": "on", "problem.features": 20, "algorithm.batch": 100},
    "data-cleaning": {**SYNTHETIC, "steps": 200, "exact": "on"},
    "hyper-representation": {**SYNTHETIC, "problem.hidden": 8, "steps": 100, "algorithm.batch": 20},
    "loss-tuning": {**SYNTHETIC, "data.classes": 3, "steps": 100, "algorithm.batch": 5},
}
"""What is given for the runs on each problem, beside the method."""

LEAST = 1 / 3
"""The share of the progress that a default keeps at least."""

ROWS = 5
"""The rows of a trial by which it may be pruned."""


def search_on(problem: str, method: str, trials: int) -> Search:
    """Return the search of a method's step sizes on a problem."""
    of_method = {"algorithm": method, "lower_level": ALGORITHMS.make(method).lower_level}
    run = {"problem": problem, **of_method, "nodes": 8, "threads": 1, **PROBLEMS[problem]}
    run |= {"compute_time": "10ms"}  # for those without rounds
    metric = "hyper_objective" if run.get("exact") else "upper_loss"
    budget = trials * run["steps"]
    return search_of({**run, "log_every": run["steps"] // ROWS}, {}, metric=metric, budget=budget)


def by_defaults(run: Description, metric: str) -> float:
    """Return the metric after a run with the defaults; infinite where it diverges."""
    try:
        with notices_if(False):
            trace = execute(lambda: run, UserObjects())
    except Diverged:
        return math.inf
    assert trace is not None and trace.last is not None
    return trace.last.metrics[metric]


def compared(folder: Path, problem: str, method: str, trials: int) -> dict[str, Any]:
    """Return what a method's defaults and its tuned step sizes reach on a problem, or why it does not run there."""
    search = search_on(problem, method, trials)
    metric = search.objective.metric
    try:
        (run,) = search.methods()[0].runs({})
        start, default = first_row(run).metrics[metric], by_defaults(run, metric)
    except InputError as refusal:
        return {"refused": str(refusal)}
    study = searched(folder / f"{problem}-{method}", search)
    found = math.inf if study.best is None else float(study.best.value or 0.0)
    tuned = min(found, default)
    return {
        "start": start,
        "default": default,
        "tuned": tuned,
        "share": (start - default) / (start - tuned) if tuned < start else math.nan,
        "settings": study.best.params if study.best and found < default else {},
    }


def table(report: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Return the shares as a table in Markdown: a row for each method, a column for each problem."""
    methods = list(dict.fromkeys(method for found in report.values() for method in found))
    lines = ["| method | " + " | ".join(report) + " |", "|---" * (1 + len(report)) + "|"]
    for method in methods:
        cells = [_cell(found.get(method, {"refused": ""})) for found in report.values()]
        if any(cell != "–" for cell in cells):
            lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *better(report)]) + "\n"


def better(report: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    """Return the settings that the searches found where defaults keep less than a third: a line for each pair."""
    return [
        f"- {method} on {problem}: " + ", ".join(f"`{name}={value:.2g}`" for name, value in settings.items())
        for problem, found in report.items()
        for method, pair in found.items()
        if (settings := pair.get("settings")) and not pair["share"] >= LEAST
    ]


def _cell(found: Mapping[str, Any]) -> str:
    if "refused" in found:
        return "–"
    if math.isinf(found["default"]):
        return "**diverges**"
    if math.isnan(found["share"]):
        return "none"
    share = f"{found['share']:.0%}"
    return share if found["share"] >= LEAST else f"**{share}**"


def main() -> None:
    """Compare pair after pair, and write the report after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--problem", choices=PROBLEMS, action="append")
    parser.add_argument("--method", choices=list(ALGORITHMS), action="append")
    parser.add_argument("--markdown", type=Path, help="also write the table here")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    path = given.folder / "report.json"
    report: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for problem in given.problem or PROBLEMS:
        of_problem = report.setdefault(problem, {})
        for method in given.method or ALGORITHMS:
            if method not in of_problem:
                of_problem[method] = compared(given.folder, problem, method, given.trials)
                path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
                print(f"{problem} {method}: {_cell(of_problem[method])}", flush=True)
    print(table(report), end="")
    if given.markdown:
        given.markdown.write_text(table(report), encoding="utf-8")


if __name__ == "__main__":
    main()
