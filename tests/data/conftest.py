"""What tests of data sets share: where the public ones lie, next to the repository, written files, IDX in memory."""

import struct
from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    def find(name):
        if not (SHARED / name).is_file():
            pytest.skip(f"{name} is not in {SHARED}")
        return SHARED / name

    return find


@pytest.fixture(scope="session")
def as_idx():
    """An array of bytes as the contents of an IDX file."""

    def pack(values):
        values = np.asarray(values, dtype=np.uint8)
        return struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.tobytes()

    return pack


@pytest.fixture
def write(tmp_path):
    def to(content, name="set.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return to
