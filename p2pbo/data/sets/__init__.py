"""The data sets that p2pbo loads by name, one file each; a new one is a file with one registered function."""

from __future__ import annotations

from typing import Any

from p2pbo.data.samples import Dataset
from p2pbo.errors import InputError
from p2pbo.reading import failure_reason
from p2pbo.registry import Registry

DATASETS: Registry[Dataset] = Registry("data", "p2pbo.data.sets")
"""Functions ``(seed, /, *, options) -> Dataset``."""


def load(spec: str, seed: int = 0, **options: Any) -> Dataset:
    """Return the data set that ``spec`` names: ``a9a``, ``libsvm:PATH``, ``mnist``.

    Args:
        spec: a name in ``DATASETS``, with its argument after a colon.
        seed: for what is drawn: a synthetic set, a test part split off with ``test_fraction``.
        options: the settings of that data set.

    Raises:
        InputError: the name or a setting is refused, or a file cannot be read.
    """
    try:
        return DATASETS.make(spec, seed, **options)
    except OSError as error:  # of a folder that may not be looked into, a name that is too long
        raise InputError(
            f"data {spec}", f"cannot be read ({failure_reason(error)})", "check the path"
        ) from None
