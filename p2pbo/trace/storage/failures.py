"""The nodes that died during a run, an entry each over the unlimited dimension ``failure``."""

from __future__ import annotations

import h5py
import numpy as np
from numpy.typing import ArrayLike

from p2pbo.trace.schema import SCHEMA
from p2pbo.trace.storage.netcdf import add_coordinate, add_variable

FAILURE_VARIABLES = ("failure_step", "failure_node", "failure_gap")


def add_failures(file: h5py.File, steps: ArrayLike, nodes: ArrayLike, gaps: ArrayLike) -> None:
    """Add an entry for each dead node: its step, the node, the spectral gap of the survivors' graph afterwards."""
    if "failure" not in file:
        add_coordinate(file, SCHEMA["failure"], None)
        for name in FAILURE_VARIABLES:
            add_variable(file, SCHEMA[name], SCHEMA[name].dtype)
    first = len(file["failure"])
    numbers = first + np.arange(len(np.asarray(nodes)))
    for name, values in zip(("failure", *FAILURE_VARIABLES), (numbers, steps, nodes, gaps), strict=True):
        file[name].resize(first + len(numbers), axis=0)
        file[name][first:] = values
