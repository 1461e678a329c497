"""Pandas frames of labelled data, one for each set of dimensions.

A single frame would cross all dimensions: 1,000 steps of eight nodes on a ring with 123 entries of x and of y make some
hundred million rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas
    import xarray

Dims = tuple[str, ...]


def frames(dataset: xarray.Dataset) -> dict[Dims, pandas.DataFrame]:
    """Return a frame for each set of dimensions of a trace's ``dataset``, or of the one of :func:`open_traces`.

    The key and the index of a frame are its dimensions, its columns the variables over just these dimensions and their
    coordinates: ``frames(trace.dataset)["step", "node"]``, ``["edge",]``, ``frames(runs)["run", "step"]``.
    """
    names: dict[Dims, list[str]] = {}
    for name, variable in dataset.data_vars.items():
        names.setdefault(tuple(map(str, variable.dims)), []).append(str(name))
    return {dims: dataset[chosen].to_dataframe(dim_order=list(dims)) for dims, chosen in names.items()}
