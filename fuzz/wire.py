"""Messages of every codec: whatever bytes of the right length arrive, numbers come out, in the row's shape."""

import numpy as np
from harness import limited, main, times
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from p2pbo.compression import CODECS, codec
from p2pbo.randomness import keys

ARGUMENTS = {
    **{name: [f"{name}:1", f"{name}:0.3", f"{name}:0.9"] for name in ("randk", "randblock", "topk")},
    "cast": ["cast:f32", "cast:f16", "cast:bf16"],
    "qsgd": ["qsgd:1", "qsgd:4", "qsgd:300"],
    "msc": ["msc:3:randk:0.3", "msc:2:qsgd:4", "msc:2:natural"],
}
SPECS = [spec for name in CODECS for spec in ARGUMENTS.get(name, [name])]
GUARD = 64
"""Bytes around the rows, which must stay as they are."""


def decodes(spec: str, data: st.DataObject) -> None:
    """One message of arbitrary bytes becomes rows, nothing else is touched, and positions lie inside the row."""
    dtype = np.dtype(data.draw(st.sampled_from([np.float64, np.float32])))
    n, dim = data.draw(st.integers(1, 3)), data.draw(st.sampled_from([1, 2, 7, 8, 9, 100, 1000]))
    made = codec(spec, dim, dtype)
    wire = data.draw(arrays(np.uint8, (n, made.wire_bytes), elements=st.integers(0, 255), fill=st.just(255)))
    key = keys(data.draw(st.integers(0, 99)), "fuzz", np.arange(n))
    memory = np.full(2 * GUARD + n * dim * dtype.itemsize, 0xA5, np.uint8)
    rows = memory[GUARD:-GUARD].view(dtype).reshape(n, dim)
    before = wire.copy()
    with limited(), np.errstate(all="ignore"):
        made.decode(wire, key, rows)
    assert (memory[:GUARD] == 0xA5).all() and (memory[-GUARD:] == 0xA5).all()
    np.testing.assert_array_equal(wire, before)
    if made.entries is not None:
        positions = made.positions(key)
        assert positions.shape == (n, made.entries)
        assert (positions >= 0).all() and (positions < dim).all()


def drive(examples: int) -> None:
    """Send every codec bytes that it never wrote."""

    @given(st.sampled_from(SPECS), st.data())
    def decodes_any(spec: str, data: st.DataObject) -> None:
        decodes(spec, data)

    times(decodes_any, examples)


if __name__ == "__main__":
    main(drive)
