"""Runs whose losses torch differentiates, on both sides of the limit; as a rank program (FOLDER): all of them."""

import sys
from pathlib import Path
from unittest import mock

import p2pbo
from p2pbo.problems.autograd import stacking_limit
from p2pbo.runner.mpi_world import launched_rank

NODES = 6
SETTINGS = {"batch": 4, "lipschitz": 5.0, "terms": 3}
GIVEN = {
    "algorithm": "vrdbo",
    "problem": {"name": "hyper-representation", "hidden": 5},
    "data": {"name": "synthetic", "samples": 120, "features": 5, "classes": 3},
    "nodes": NODES,
    "steps": 5,
    "log_every": 2,
    "seed": 3,
    "settings": SETTINGS,
}
LIMITS = {"stacked": float("inf"), "looped": 0.0, "between": 240.0}
"""With 30 and 18 parameters, four rows are below 240; a node's upper and lower ones, 6 and 14, are above."""
KINDS = {
    "drawn": {},
    "all rows": {"settings": {**SETTINGS, "batch": None}},
    "first batch": {"settings": {**SETTINGS, "first_batch": 6}},
    "float32": {"dtype": "float32", "exact": "on"},
}
RUNS = {
    f"{limit} {kind}": (LIMITS[limit], KINDS[kind])
    for limit, kind in (
        *(("stacked", "drawn"), ("stacked", "float32"), ("looped", "drawn"), ("looped", "float32")),
        *(("between", "all rows"), ("between", "first batch")),
    )
}


def limited(size):
    """Inside, new runs have this limit."""
    return mock.patch.object(stacking_limit, "STACKED_SIZE", size)


def run(name, **more):
    size, given = RUNS[name]
    with limited(size):
        return p2pbo.run(**{**GIVEN, **given, **more})


if __name__ == "__main__":
    for name in RUNS:
        run(name, out=Path(sys.argv[1], f"{name}.h5"))
    print(f"ok {launched_rank()}\n", end="", flush=True)
