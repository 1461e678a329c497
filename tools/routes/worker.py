"""Rank program (KIND OUT): small runs whose calls are counted; each rank writes OUT.RANK.json.

KIND is "steps" for runs of few and of more steps, "deaths" or "no deaths" for one in which rank 1 kills itself, or does
not. Only p2pbo's public names are used; losses are called in every step, so that one of them can end its rank.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import p2pbo
from routes.calls import Call, counted

FEW, MORE = 6, 16
NODES = 6
DYING, ITS_CALLS = 1, 200
"""The rank that dies, and the call of its upper loss in which it does."""

QUADRATIC: dict[str, Any] = {
    "problem": {"name": "quadratic", "samples": 8},
    "algorithm": "gdsbo",
    "settings": {"batch": 4},
    "nodes": NODES,
    "log_every": 1000,
    "threads": 1,
}
LOSSY = {"codec": "topk:0.4", "channel": "difference"}

Counts = dict[str, dict[Call, int]]


def main() -> None:
    kind, out = sys.argv[1:]
    counts = of_steps() if kind == "steps" else of_deaths(kind == "deaths", Path(out))
    plain = {name: [[*call, count] for call, count in calls.items()] for name, calls in counts.items()}
    Path(f"{out}.{rank()}.json").write_text(json.dumps(plain), encoding="utf-8")


def of_steps() -> Counts:
    """Of each kind of run the calls with FEW and with MORE steps, or anew and resumed."""
    given: dict[str, dict[str, Any]] = {
        "exact": QUADRATIC,
        "lossy": QUADRATIC | LOSSY,
        "torch": QUADRATIC | {"problem": losses()},
        "rows": QUADRATIC | {"log_every": 1, "out": ...},
        "checkpoints": QUADRATIC | LOSSY | {"checkpoint_every": 1, "out": ...},
    }
    counts: Counts = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = everybodys(folder)
        for name, keywords in given.items():
            for steps in (FEW, MORE):
                counts[f"{name} {steps}"] = calls_of(keywords, f"{folder}/{name}-{steps}", steps)
        kept = given["checkpoints"] | {"resume": True}
        counts["resumed"] = calls_of(kept, f"{folder}/checkpoints-{FEW}", MORE)
        counts["anew"] = calls_of(given["checkpoints"], f"{folder}/anew", MORE - FEW)
        everybodys("")  # rank 0 keeps the folder until all have read in it
    return counts


def calls_of(keywords: dict[str, Any], place: str, steps: int) -> dict[Call, int]:
    """The calls of one run, whose trace goes to ``place`` if anywhere."""
    out = {"out": f"{place}.h5"} if "out" in keywords else {}
    with counted() as calls:
        p2pbo.run(**{**keywords, **out}, steps=steps)
    return calls


def of_deaths(happen: bool, out: Path) -> Counts:
    """The calls of a run of which rank 1 dies, or not."""
    seen = 0

    def loss(x: Any, y: Any, batch: Any) -> Any:
        nonlocal seen
        seen += 1
        if happen and rank() == DYING and seen == ITS_CALLS:
            os.kill(os.getpid(), signal.SIGKILL)
        return upper(x, y, batch)

    keywords = QUADRATIC | {"problem": losses(loss), "on_failure": "continue", "log_every": 10, "out": ...}
    return {"all": calls_of(keywords, str(out), 200)}


def upper(x: Any, y: Any, batch: Any) -> Any:
    (a,) = batch
    return 0.5 * ((a @ y - 1) ** 2).mean() + 0.5 * (x**2).sum()


def lower(x: Any, y: Any, batch: Any) -> Any:
    (a,) = batch
    return 0.5 * ((a @ y) ** 2).mean() + 0.5 * (y**2).sum() - (x * y).sum()


def losses(upper: Callable[..., Any] = upper) -> p2pbo.Problem:
    """A problem of torch losses."""
    draw = torch.Generator().manual_seed(1)
    samples = [torch.randn(8, 4, generator=draw, dtype=torch.float64) for _ in range(NODES)]
    data = [p2pbo.NodeData(upper=(a,), lower=(a,)) for a in samples]
    return p2pbo.Problem(upper=upper, lower=lower, dim_x=4, dim_y=4, lipschitz=8.0, nodes=data)


def rank() -> int:
    """This process's rank; 0 where there is no MPI."""
    return int(comm.Get_rank()) if (comm := world()) is not None else 0


def everybodys(text: str) -> str:
    """What rank 0 says, when all have come here."""
    comm = world()
    return text if comm is None else str(comm.bcast(text))


def world() -> Any:
    return sys.modules["mpi4py.MPI"].COMM_WORLD if "mpi4py.MPI" in sys.modules else None


if __name__ == "__main__":
    main()
