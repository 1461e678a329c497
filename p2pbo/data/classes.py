"""Labels as files write them, and the classes 0 … c−1 that they become; a notice where they may be no classes."""

from __future__ import annotations

import reprlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError, Notice

Labels = NDArray[Any]

_FEW_CLASSES = 20
_ROWS_OF_A_CLASS = 10
"""Labels with fewer rows each, and of which there are more than a few, may be quantities."""


def number_labels(files: Sequence[str], parts: Sequence[Labels]) -> tuple[Labels, list[NDArray[np.int64]]]:
    """Return the labels that occur in any part, in ascending order, and each part's classes 0 … c−1.

    ``files`` says where the parts come from. A :class:`Notice` says where labels may be quantities, and which labels
    of one part the other lacks.

    Raises:
        InputError: most labels of one part do not occur in the other: the same classes go by other numbers.
    """
    own = [np.unique(part) for part in parts]
    _check_count(files[0], own[0], len(parts[0]))
    for file, labels in zip(files[1:], own[1:], strict=True):
        _compare(files[0], own[0], file, labels)
    values, classes = np.unique(np.concatenate(parts), return_inverse=True)
    return values, np.split(classes, np.cumsum([len(part) for part in parts[:-1]]))


def list_labels(labels: Labels) -> str:
    """Return labels as text: ``−1, 1`` or ``0, 1, 2, 3, 4, 5, ...``."""
    return reprlib.repr([int(label) for label in labels])[1:-1]


def _check_count(file: str, labels: Labels, rows: int) -> None:
    if len(labels) > _FEW_CLASSES and rows < _ROWS_OF_A_CLASS * len(labels):
        warnings.warn(
            f"{file} has {len(labels)} different labels in {rows} rows ({list_labels(labels)}), "
            "and each becomes a class; check that they are classes and not quantities",
            Notice,
            stacklevel=3,
        )


def _compare(file: str, labels: Labels, other: str, others: Labels) -> None:
    """Refuse two sets of labels of which half or less is in both, and say what else is in one alone."""
    shared = np.intersect1d(labels, others)
    if 2 * len(shared) <= min(len(labels), len(others)):
        raise InputError(
            f"{other}",
            f"has the labels {list_labels(others)} and {file} has {list_labels(labels)}",
            "write both alike",
        )
    for lacking, own, beside in ((other, others, labels), (file, labels, others)):
        if len(missing := np.setdiff1d(beside, own)):
            warnings.warn(
                f"{lacking} lacks the labels {list_labels(missing)} of {file if lacking == other else other}; "
                "check that the two belong together",
                Notice,
                stacklevel=3,
            )
