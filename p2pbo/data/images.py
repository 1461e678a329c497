"""Images as samples: one row of channels × height × width each, float32 in [0, 1]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.data.samples import Samples
from p2pbo.errors import InputError


def image_samples(pixels: NDArray[np.uint8], labels: NDArray[np.integer[Any]]) -> Samples:
    """Return samples from images × … bytes and their classes: a = pixel / 255."""
    rows = pixels.reshape(len(pixels), -1) / np.float32(255)
    return Samples(rows, labels.astype(np.int64))


def check_labels(file: Path, labels: NDArray[np.uint8], classes: int) -> None:
    """Refuse labels of ``file`` that are not classes 0 … ``classes`` − 1.

    Raises:
        InputError: there is one; names the first.
    """
    if (beyond := labels >= classes).any():
        first = int(np.argmax(beyond))
        raise InputError(
            f"{file}, image {first + 1}:",
            f"its label is {labels[first]}, not one of 0 … {classes - 1}",
            "check the file, or fetch it again",
        )
