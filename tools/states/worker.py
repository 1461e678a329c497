"""Rank program (ASKED.json OMNIGLOT OUT.json): the runs, one after the other, and the digests of their traces.

It runs on the interpreter of the tree that is looked at, and uses p2pbo's public names alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import p2pbo
from states.cases import cases

TIMES = (
    *("wall_time", "compute_time", "wait_time", "node_oracle_time"),
    *("rank_pair", "waiting_rank", "awaited_rank", "rank_wait_time"),
)
"""What a trace holds that is not the same in every run, or that older trees do not tell."""

Digests = dict[str, str]


def main() -> None:
    asked, omniglot, out = sys.argv[1:]
    algorithms, wanted = json.loads(Path(asked).read_text(encoding="utf-8"))
    found: dict[str, Digests] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        chosen = cases(algorithms, Path(omniglot), across="mpi4py" in sys.modules)
        for number, (name, given) in enumerate(chosen):
            if wanted in name:
                found[name] = digests(Path(f"{number}.h5"), given)
        os.chdir("/")
    if rank() == 0:
        Path(out).write_text(json.dumps(found), encoding="utf-8")


def digests(out: Path, given: dict[str, Any]) -> Digests:
    """What a run gives: digests of all that its trace holds, and what it said."""
    said: Digests = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            p2pbo.run(**given, out=str(out))
        except p2pbo.InputError as error:
            said["refused"] = str(error)
        except p2pbo.Diverged as error:
            said["diverged"] = str(error)
    notices = sorted({str(w.message) for w in caught if issubclass(w.category, p2pbo.Notice)})
    said |= {f"notice {number}": text for number, text in enumerate(notices)}
    if rank() != 0:
        return {}
    if out.exists():
        said |= of_trace(out)
        out.unlink()
    return said


def of_trace(path: Path) -> Digests:
    """A digest of the type, shape and bytes of each variable but the times."""
    with h5py.File(path, "r") as file:
        return {name: digest(array) for name, array in sorted(file.items()) if name not in TIMES}


def digest(array: h5py.Dataset) -> str:
    values = array[()]
    kind = "text" if values.dtype == object else str(values.dtype)
    content = repr(values.tolist()).encode() if kind == "text" else np.ascontiguousarray(values).tobytes()
    return hashlib.sha256(f"{kind} {values.shape} ".encode() + content).hexdigest()[:16]


def rank() -> int:
    """This process's rank; 0 where there is no MPI."""
    if "mpi4py.MPI" not in sys.modules:
        return 0
    return int(sys.modules["mpi4py.MPI"].COMM_WORLD.Get_rank())


if __name__ == "__main__":
    main()
