"""A script that writes p2pbo/data/sets/a9a.npz from LIBSVM's files: python tools/make_a9a.py a9a.bz2 a9a.t.bz2

Every value in a9a is 1 and there are fewer than 256 columns, so a row is stored as its column numbers, one
byte each. The archive is read back through p2pbo.data and compared with the files before success is reported.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from p2pbo.data import Dataset, Samples, load
from p2pbo.data.sets.a9a import ARCHIVE, FEATURES


def encoded(part: str, samples: Samples) -> dict[str, Any]:
    """Return the arrays that encode one part: columns of all rows in sequence, columns per row, labels."""
    rows = csr_array(samples.features)
    if not (rows.data == 1).all():
        raise SystemExit(f"the {part} file has values other than 1: this is not a9a")
    return {
        f"{part}_columns": rows.indices.astype(np.uint8),
        f"{part}_counts": np.diff(rows.indptr).astype(np.uint8),
        f"{part}_labels": samples.labels.astype(np.uint8),
    }


def same(one: Samples, other: Samples) -> bool:
    """Tell whether two sparse sample sets are equal in every feature and label."""
    first, second = csr_array(one.features), csr_array(other.features)
    return all(
        np.array_equal(mine, yours)
        for mine, yours in (
            (first.shape, second.shape),
            (first.indptr, second.indptr),
            (first.indices, second.indices),
            (first.data, second.data),
            (one.labels, other.labels),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Write p2pbo/data/sets/a9a.npz.")
    parser.add_argument("train", type=Path, help="LIBSVM's a9a, plain, .bz2 or .gz")
    parser.add_argument("test", type=Path, help="LIBSVM's a9a.t, plain, .bz2 or .gz")
    given = parser.parse_args()

    source = load(f"libsvm:{given.train}", test=given.test, features=FEATURES)
    train, test = both_parts(source)
    np.savez_compressed(ARCHIVE, **encoded("train", train), **encoded("test", test))
    shipped_train, shipped_test = both_parts(load("a9a"))
    if not (same(train, shipped_train) and same(test, shipped_test)):
        raise SystemExit(f"{ARCHIVE} does not give back what was read from {given.train} and {given.test}")
    print(f"{ARCHIVE}: {len(train)} + {len(test)} rows, {ARCHIVE.stat().st_size} bytes, equal to the source")


def both_parts(dataset: Dataset) -> tuple[Samples, Samples]:
    """Return the training and test part of a data set; exit if it has no test part."""
    if dataset.test is None:
        raise SystemExit(f"{dataset.name} has no test part")
    return dataset.train, dataset.test


if __name__ == "__main__":
    main()
