"""Messages of every codec: any bytes of the right length decode to numbers in the shape of the row."""

import numpy as np
from harness import main, resource_limits, run_property
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from p2pbo.compression import CODECS, codec
from p2pbo.randomness import keys

ARGUMENTS = {
    "lowrank": [],  # codes no rows
    **{name: [f"{name}:1", f"{name}:0.3", f"{name}:0.9"] for name in ("randk", "randblock", "topk")},
    "cast": ["cast:f32", "cast:f16", "cast:bf16"],
    "qsgd": ["qsgd:1", "qsgd:4", "qsgd:300"],
    "msc": ["msc:3:randk:0.3", "msc:2:qsgd:4", "msc:2:natural"],
}
SPECS = [spec for name in CODECS for spec in ARGUMENTS.get(name, [name])]
GUARD = 64
"""The bytes before and after the rows, which must not change."""


def decodes(spec: str, data: st.DataObject) -> None:
    """Check that arbitrary bytes decode to rows, nothing else is written, and positions are inside the row."""
    dtype = np.dtype(data.draw(st.sampled_from([np.float64, np.float32])))
    n, dim = data.draw(st.integers(1, 3)), data.draw(st.sampled_from([1, 2, 7, 8, 9, 100, 1000]))
    made = codec(spec, dim, dtype)
    wire = data.draw(arrays(np.uint8, (n, made.wire_bytes), elements=st.integers(0, 255), fill=st.just(255)))
    key = keys(data.draw(st.integers(0, 99)), "fuzz", np.arange(n))
    memory = np.full(2 * GUARD + n * dim * dtype.itemsize, 0xA5, np.uint8)
    rows = memory[GUARD:-GUARD].view(dtype).reshape(n, dim)
    before = wire.copy()
    with resource_limits(), np.errstate(all="ignore"):
        made.decode(wire, key, rows)
    assert (memory[:GUARD] == 0xA5).all() and (memory[-GUARD:] == 0xA5).all()
    np.testing.assert_array_equal(wire, before)
    if made.entries is not None:
        positions = made.positions(key)
        assert positions.shape == (n, made.entries)
        assert (positions >= 0).all() and (positions < dim).all()


def drive(examples: int) -> None:
    """Decode arbitrary bytes with every codec."""

    @given(st.sampled_from(SPECS), st.data())
    def decodes_any(spec: str, data: st.DataObject) -> None:
        decodes(spec, data)

    run_property(decodes_any, examples)


if __name__ == "__main__":
    main(drive)
