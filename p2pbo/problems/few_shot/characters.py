"""Characters of several alphabets, equally many drawings of each, which few-shot tasks are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.data import Dataset
from p2pbo.errors import InputError


@dataclass(frozen=True, eq=False)
class Characters:
    """Characters with their drawings.

    ``drawings`` is characters × drawings × pixels; ``alphabets`` has the number of each character's alphabet;
    ``shape`` is that of a drawing: (channels, height, width).
    """

    drawings: NDArray[np.floating[Any]]
    alphabets: NDArray[np.int64]
    shape: tuple[int, int, int]

    @classmethod
    def of(cls, dataset: Dataset) -> Characters:
        """Return the classes of ``dataset``, whose groups are alphabets.

        Raises:
            InputError: there are no images in groups, or not equally many of every class.
        """
        subject = f"data {dataset.name}"
        if dataset.groups is None or dataset.shape is None:
            raise InputError(subject, "has no characters of alphabets", "use --data omniglot:PATH")
        counts = np.bincount(dataset.train.labels, minlength=dataset.classes)
        if counts.min() != counts.max():
            raise InputError(
                subject,
                f"has between {counts.min()} and {counts.max()} drawings of a character",
                "leave data.test_fraction at 0: whole alphabets are held out for tests",
            )
        by_character = np.argsort(dataset.train.labels, kind="stable")
        drawings = dataset.train.features[by_character].reshape(dataset.classes, counts[0], -1)
        return cls(drawings, dataset.groups, dataset.shape)

    def __len__(self) -> int:
        return len(self.alphabets)

    def split(self, fraction: float, draw: np.random.Generator) -> tuple[Characters, Characters]:
        """Return the characters of ``fraction`` of the alphabets, rounded but at least one, and those of the others.

        Raises:
            InputError: there is only one alphabet.
        """
        alphabets = draw.permutation(np.unique(self.alphabets))
        if len(alphabets) < 2:
            raise InputError("few-shot", "has one alphabet, to train and to test on", "give data with more")
        first = min(max(round(fraction * len(alphabets)), 1), len(alphabets) - 1)
        chosen = np.isin(self.alphabets, alphabets[:first])
        return self._take(chosen), self._take(~chosen)

    def _take(self, chosen: NDArray[np.bool_]) -> Characters:
        return Characters(self.drawings[chosen], self.alphabets[chosen], self.shape)
