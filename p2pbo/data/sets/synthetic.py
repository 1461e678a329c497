"""Gaussian classes: a small set for tests and demonstrations that needs no file."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from p2pbo.data.samples import Dataset, Samples
from p2pbo.data.sets import DATASETS
from p2pbo.data.splits import TestFraction, with_test_part
from p2pbo.errors import InputError
from p2pbo.memory import require_memory
from p2pbo.randomness import generator


@DATASETS.register("synthetic")
def synthetic(
    seed: int,
    /,
    *,
    samples: Annotated[int, Field(ge=1)] = 1000,
    features: Annotated[int, Field(ge=1)] = 20,
    classes: Annotated[int, Field(ge=2)] = 2,
    noise: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.5,
    test_fraction: TestFraction = 0.0,
) -> Dataset:
    """Gaussian classes of equal size: a = centre of the class + noise · N(0, I), centres on a unit sphere.

    Args:
        samples: rows.
        features: entries of a row.
        classes: classes.
        noise: standard deviation around the centre of a class.
        test_fraction: share of the rows that are held out as test data, where there are none of their own.

    Raises:
        InputError: there are fewer samples than classes, or they take more memory than there is.
    """
    if samples < classes:
        raise InputError(
            "data synthetic", f"has {samples} samples for {classes} classes", f"use samples={classes} or more"
        )
    purpose = f"to draw {samples} × {features} numbers"  # centres, noise and their sum
    require_memory("data synthetic", 3 * 8 * samples * features, purpose, "use fewer samples or features")
    draw = generator(seed, "synthetic data")
    centres = draw.standard_normal((classes, features))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    labels = draw.permutation(np.arange(samples, dtype=np.int64) % classes)
    rows = centres[labels] + noise * draw.standard_normal((samples, features))
    train, test = with_test_part(Samples(rows, labels), test_fraction, seed)
    return Dataset("synthetic", train, test, classes)
