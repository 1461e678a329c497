"""How many steps `--schedule adaptive` takes to the loss that tuned step sizes reach, with SPARKLE-GT.

    python tools/bench_adaptive.py FOLDER [--trials 20] [--case NAME ...] [--json FILE] [--markdown FILE]

Eight nodes on a ring, full batches (of logreg-hpo on a9a batches of 100), θ = 1. The step sizes of x, y, z are searched
together, each over four orders of magnitude, on the metric after so many steps: ‖∇Φ(x̄)‖ on quadratic problems, else
the upper loss. The target is 99 % of the way from the start to what the best trial reaches. Runs count their steps to
it, in tens; adaptive ones, with c_x of 1, 0.3 and 0.1, may take ten times the steps of a trial. FOLDER holds the
searches, and report.json; killed, it goes on. Few-shot learning is left out: its data are not in the package.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scaled_quadratic import scaled_quadratic
from searches import search_of, searched

from p2pbo.config import Description
from p2pbo.config.sweep import nested
from p2pbo.errors import notices_if
from p2pbo.problems import PROBLEMS
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.tuning.parameter import Range
from p2pbo.runner.tuning.trial import first_row

NORM, LOSS = "hypergradient_norm", "upper_loss"
SYNTHETIC = {"data": "synthetic", "data.samples": 800, "data.features": 10}
SMALL = {"problem.features": 20, "problem.train": 200, "problem.validation": 100}
QUADRATIC = {"problem": "scaled-quadratic", "steps": 300}

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "quadratic": (NORM, {"steps": 300}),
    "minimax": (NORM, {"steps": 300}),
    "logreg-hpo": (LOSS, {"steps": 200, "algorithm.batch": 100}),
    "synthetic-linear": (LOSS, {"steps": 200, **SMALL}),
    "data-cleaning": (LOSS, {**SYNTHETIC, "steps": 200}),
    "hyper-representation": (LOSS, {**SYNTHETIC, "problem.hidden": 8, "steps": 200}),
    "loss-tuning": (LOSS, {**SYNTHETIC, "data.classes": 3, "steps": 200}),
}
"""The metric, and what is given for the runs, by the case's name: of shipped problems, then of quadratic ones."""

for factor in (0.01, 0.1, 10.0, 100.0):
    CASES[f"f times {factor:g}"] = (NORM, {**QUADRATIC, "problem.f": factor})
    CASES[f"g times {factor:g}"] = (NORM, {**QUADRATIC, "problem.g": factor})
for condition in (3.0, 10.0, 30.0, 100.0, 300.0):
    up = {"problem.least": 1.0, "problem.most": condition}
    CASES[f"curvature of g 1 to {condition:g}"] = (NORM, {**QUADRATIC, **up})
for condition in (3.0, 10.0, 30.0, 100.0, 300.0):
    down = {"problem.least": 1 / condition, "problem.most": 1.0}
    CASES[f"curvature of g 1/{condition:g} to 1"] = (NORM, {**QUADRATIC, **down})

SHARE = 0.99
"""The share of the progress of the tuned run that is the target."""

FACTORS = (1.0, 0.3, 0.1)
"""The factors c_x of the adaptive runs."""

LOG_EVERY, ROWS, LONGER = 10, 10, 10
"""The steps between rows of runs that are counted; the rows of a trial; the allowance of adaptive runs, in trials."""


def given_for(name: str) -> dict[str, Any]:
    """Return what is given for the runs of a case, but for the step sizes."""
    metric, run = CASES[name]
    common = {"problem": name, "algorithm": "sparkle-gt", "nodes": 8, "threads": 1}
    exact = "off" if metric == LOSS else "on"
    return {**common, "exact": exact, "algorithm.batch": "all", "algorithm.theta": 1.0, **run}


def space(run: Mapping[str, Any]) -> dict[str, Range]:
    """Return the ranges of the step sizes: in proportion to 1/f or 1/g, where the case has them."""
    f, g = run.get("problem.f", 1.0), run.get("problem.g", 1.0)
    scales = {"alpha": f, "beta": g, "gamma": g}
    return {
        f"algorithm.{step}": Range(1e-3 / scale, 10.0 / scale, log=True) for step, scale in scales.items()
    }


def steps_to(target: float, metric: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return after how many steps a run reaches the target (None: never), what it ends at, and when it began again."""
    described = Description.parse(nested({**run, "log_every": LOG_EVERY, "until": f"{metric}={target!r}"}))
    try:
        with notices_if(False):
            trace = execute(described.resolve, UserObjects())
    except Diverged:
        return {"diverged": True, "steps": None}
    assert trace is not None and trace.last is not None
    reached, again = trace.last.metrics[metric], trace.attributes.get("begun_again_at") or []
    return {
        "steps": trace.last.step if reached <= target else None,
        "end": reached,
        "begun_again_at": list(again),
    }


def compared(folder: Path, name: str, trials: int) -> dict[str, Any]:
    """Return how many steps the tuned and the adaptive run of a case take to the same target."""
    (metric, _), run = CASES[name], given_for(name)
    steps = run["steps"]
    search = search_of({**run, "log_every": steps // ROWS}, space(run), metric=metric, budget=trials * steps)
    study = searched(folder / name.replace(" ", "-").replace("/", "-"), search)
    assert study.best is not None and study.best.value is not None
    start, end = first_row(study.method.runs({})[0]).metrics[metric], float(study.best.value)
    target = start - SHARE * (start - end)
    longer = {**run, "algorithm.schedule": "adaptive", "steps": LONGER * steps}
    return {
        "metric": metric,
        "start": start,
        "end": end,
        "target": target,
        "settings": study.best.params,
        "tuned": steps_to(target, metric, {**run, **study.best.params}),
        **{label(c): steps_to(target, metric, {**longer, "algorithm.c_x": c}) for c in FACTORS},
    }


def label(c_x: float) -> str:
    """Return the name of the adaptive run with a factor."""
    return f"c_x = {c_x:g}"


def table(report: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the steps as a table in Markdown, a row for each case."""
    titles = ["case", "start", "target", "tuned", *map(label, FACTORS)]
    rows = [titles, ["---"] * len(titles), *([name, *_cells(found)] for name, found in report.items())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(found: Mapping[str, Any]) -> list[str]:
    runs = [found[name] for name in ("tuned", *map(label, FACTORS))]
    return [f"{found['start']:.3g}", f"{found['target']:.3g}", *map(_steps, runs)]


def _steps(found: Mapping[str, Any]) -> str:
    if found.get("diverged"):
        return "**diverged**"
    again = f", begun again: {count}" if (count := len(found["begun_again_at"])) else ""
    return (f"{found['steps']}" if found["steps"] else f"never, ends at {found['end']:.3g}") + again


def main() -> None:
    """Compare case after case, and write the report after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--case", choices=CASES, action="append")
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--markdown", type=Path, help="also write the table here")
    given = parser.parse_args()
    PROBLEMS.register("scaled-quadratic")(scaled_quadratic)
    given.folder.mkdir(parents=True, exist_ok=True)
    path = given.folder / "report.json"
    report: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for name in given.case or CASES:
        if name not in report:
            report[name] = compared(given.folder, name, given.trials)
            path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
            print(f"{name}: {' | '.join(_cells(report[name]))}", flush=True)
    print(table(report), end="")
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if given.markdown:
        given.markdown.write_text(table(report), encoding="utf-8")


if __name__ == "__main__":
    main()
