"""What `p2pbo tune` finds with 40 trials, against the best of a grid of 400 points: logistic regression on a9a.

    python tools/bench_tuning.py FOLDER [--trials 40] [--side 20] [--steps 200] [--method NAME ...]

Each of three methods searches two step sizes, uniform in the logarithm from 1/100 to 10 times their defaults, on the
upper loss after the same steps; eight nodes on a ring, batches of 100. The share is (tuned − best of the grid) /
(start − best of the grid): 0 is as good, negative is better. FOLDER holds the searches, and report.json; killed, it
goes on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from searches import search_of, searched

from p2pbo.runner.tuning.method import HIGHEST, LOWEST
from p2pbo.runner.tuning.parameter import Choices, Parameter, Range
from p2pbo.runner.tuning.search import Search
from p2pbo.runner.tuning.trial import first_row

METHODS = {
    "mdbo": ({"beta1": 1.0, "beta2": 1.0}, {"eta": 0.1}),
    "vrdbo": ({"beta1": 1.0, "beta2": 1.0}, {"eta": 0.33}),
    "nc-soba": ({"alpha": 0.1, "beta": 0.1}, {"gamma": 0.1}),
}
"""The step sizes that each method searches, with their defaults, and the one that is held."""

ROWS = 10
"""The rows of a trial by which it may be pruned."""


def asked(
    name: str, space: Mapping[str, Parameter], trials: int, steps: int, log_every: int, **settings: str
) -> Search:
    """Return the search of a method with a budget of so many trials."""
    fields = {"algorithm": name, "steps": steps, "log_every": log_every, "threads": 1}
    held = {f"algorithm.{setting}": value for setting, value in {"batch": 100, **METHODS[name][1]}.items()}
    return search_of({**fields, **held}, space, budget=trials * steps, **settings)


def measured(folder: Path, name: str, trials: int, side: int, steps: int) -> dict[str, Any]:
    """Return what a method's two searches have found."""
    ranges = {
        f"algorithm.{setting}": Range(LOWEST * default, HIGHEST * default, log=True)
        for setting, default in METHODS[name][0].items()
    }
    points = {
        field: Choices(tuple(np.geomspace(part.low, part.high, side).tolist()))
        for field, part in ranges.items()
    }
    tuned = searched(folder / f"{name}-tuned", asked(name, ranges, trials, steps, steps // ROWS))
    whole = {"sampler": "grid", "pruner": "none"}
    grid = searched(folder / f"{name}-grid", asked(name, points, side ** len(points), steps, steps, **whole))
    assert tuned.best is not None and grid.best is not None
    start = first_row(grid.method.runs({})[0]).metrics["upper_loss"]
    found, best = (float(study.best.value or 0.0) for study in (tuned, grid) if study.best is not None)
    return {
        "start": start,
        "tuned": found,
        "grid": best,
        "share": (found - best) / (start - best),
        "tuned_settings": tuned.best.params,
        "grid_settings": grid.best.params,
        "tuned_steps": tuned.spent,
        "grid_steps": grid.spent,
    }


def main() -> None:
    """Measure the methods one after the other, and write the report after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--side", type=int, default=20)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--method", choices=METHODS, action="append")
    given = parser.parse_args()
    report: dict[str, Any] = {"trials": given.trials, "points": given.side**2, "steps": given.steps}
    for name in given.method or METHODS:
        report[name] = measured(given.folder, name, given.trials, given.side, given.steps)
        print(
            f"{name}: {report[name]['share']:+.2%} of the gap from the start to the best of the grid",
            flush=True,
        )
        (given.folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
