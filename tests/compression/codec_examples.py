"""Every registered codec with arguments to try, and a way through it."""

import numpy as np

from p2pbo.compression import CODECS, codec
from p2pbo.randomness import keys

ARGUMENTS = {
    "cast": ["f32", "f16", "bf16"],
    "randk": ["0.1", "0.5", "1.0", "1"],
    "randblock": ["0.1", "0.6", "1"],
    "topk": ["0.1", "0.9", "1"],
    "qsgd": [None, "1", "4", "200"],
    "lowrank": [],  # codes no rows
    "msc": ["1:randk:0.3", "3:randk:0.1", "2:natural", "2:qsgd:2", "4:none", "2:msc:2:randblock:0.5"],
}
SPECS = [name if a is None else f"{name}:{a}" for name in CODECS for a in ARGUMENTS.get(name, [None])]
UNBIASED = [spec for spec in SPECS if codec(spec, 8).omega is not None]
BIASED = [spec for spec in SPECS if spec not in UNBIASED]
DRAWN = [spec for spec in UNBIASED if codec(spec, 1000).omega > 0]
POSITIONED = [spec for spec in SPECS if codec(spec, 8).entries is not None]
DTYPES = ["float64", "float32"]
DIMS = [1, 2, 7, 8, 9, 1000]


def some_keys(n, seed=0):
    return keys(seed, "codec tests", np.arange(n))


def some_rows(n, dim, dtype="float64", seed=0):
    """Numbers of both signs over a few orders of magnitude."""
    rng = np.random.default_rng([seed, n, dim])
    return (rng.standard_normal((n, dim)) * np.exp(rng.standard_normal((n, dim)))).astype(dtype)


def encoded(made, rows, key=None):
    wire = np.full((len(rows), made.wire_bytes), 0xA5, np.uint8)
    made.encode(rows, some_keys(len(rows)) if key is None else key, wire)
    return wire


def decoded(made, wire, key=None):
    rows = np.full((len(wire), made.dim), np.nan, made.dtype)
    made.decode(wire, some_keys(len(wire)) if key is None else key, rows)
    return rows


def passed(made, rows, key=None):
    """C(v) of every row, as another instance of the codec would decode it too."""
    return decoded(made, encoded(made, rows, key), key)
