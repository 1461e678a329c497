"""LIBSVM files, plain, .gz and .bz2, mutated before or after they are packed."""

import bz2
import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import check_reader, main, mutated, run_property
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.data import load

SEEDS = [
    b"# three classes\n7 1:0.5 3:-2\n\n-1 2:1e2 # a comment\n2.5\n7 qid:4 1:1\n",
    b"-1 3:1 11:1 14:1 19:1 39:1 42:1 55:1 64:1 67:1 73:1 75:1 76:1 80:1 83:1\n+1 5:1 7:1\n" * 3,
    b"1 0:4 2:5\r\n0 1:3\r\n",
]
TOKENS = [
    *b"1:1 2:1e2 qid:4 # : nan 1:inf -1:1 0:0 1e999:1 1_0:1 \xff\xfe".split(),
    *b"2147483647:1 2147483648:1 99999999999999999999:1".split(),
    *(b"\n", b" ", b"\0", b"\x1a", b"9" * 5000),
]
PACKINGS: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}


def drive(examples: int) -> None:
    """Mutate files of samples."""
    with tempfile.TemporaryDirectory() as folder:

        @given(st.sampled_from(list(PACKINGS)), st.booleans(), st.data())
        def reads_or_refuses(ending: str, packed_first: bool, data: st.DataObject) -> None:
            path, pack = Path(folder, f"mutated{ending}"), PACKINGS[ending]
            packed = [pack(seed) for seed in SEEDS]
            path.write_bytes(
                data.draw(mutated(packed)) if packed_first else pack(data.draw(mutated(SEEDS, TOKENS)))
            )
            check_reader(path, lambda file: load(f"libsvm:{file}"))

        run_property(reads_or_refuses, examples)


if __name__ == "__main__":
    main(drive)
