"""Codecs made from specifications such as ``randk:0.1``."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from p2pbo.compression.codec import Codec
from p2pbo.compression.codecs import CODECS
from p2pbo.errors import InputError


def codec(spec: str, dim: int, dtype: DTypeLike = np.float64) -> Codec:
    """Return the codec that ``spec`` names, for rows of ``dim`` entries of ``dtype`` (float64 or float32).

    Raises:
        InputError: the name is not known, or its argument does not fit it or ``dim``.
    """
    precision = np.dtype(dtype)
    if precision not in (np.float64, np.float32):
        raise InputError(f"codec {spec}", f"cannot take rows of {precision}", "use float64 or float32")
    if dim < 1:
        raise InputError(
            f"codec {spec}", f"cannot take rows of {dim} entries", "give rows of one entry or more"
        )
    return CODECS.make(spec, dim, precision)
