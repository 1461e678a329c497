"""IDX files of images, plain and .gz, mutated before or after they are packed."""

import gzip
import struct
import tempfile
from pathlib import Path

from harness import check_reader, main, mutated, run_property
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.data.idx_format import read_idx

SEEDS = [struct.pack(">4B3I", 0, 0, 8, 3, n, 2, 3) + bytes(range(6 * n)) for n in (1, 7, 20)]
TOKENS = [
    b"\0\0\x08\x03",
    b"\0\0\x08\x01",
    b"\0\0\x0d\x03",
    b"\xff" * 4,
    b"\0" * 4,
    b"\0\0\0\x02",
    b"\x7f\xff\xff\xff",
]


def drive(examples: int) -> None:
    """Mutate files of images."""
    with tempfile.TemporaryDirectory() as folder:

        @given(st.sampled_from(["", ".gz"]), st.booleans(), st.data())
        def reads_or_refuses(ending: str, packed_first: bool, data: st.DataObject) -> None:
            path, pack = Path(folder, f"mutated{ending}"), gzip.compress if ending else bytes
            packed = [pack(seed) for seed in SEEDS]
            path.write_bytes(
                data.draw(mutated(packed)) if packed_first else pack(data.draw(mutated(SEEDS, TOKENS)))
            )
            check_reader(path, lambda file: read_idx(file, rank=3))

        run_property(reads_or_refuses, examples)


if __name__ == "__main__":
    main(drive)
