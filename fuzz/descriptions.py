"""TOML and JSON files of runs and sweeps; those that can be read are also validated, as ``p2pbo run`` does."""

import json
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path

from harness import ROOT, check_reader, main, mutated, run_property
from hypothesis import given
from hypothesis import strategies as st

from p2pbo.config import Description, from_file
from p2pbo.config.sources import from_json
from p2pbo.errors import InputError

FILES = [ROOT / "runs" / f"{name}.toml" for name in ("sweep-a9a", "zhang2023-fig1-synthetic", "li2024-fig3")]
RUN = b'steps = 40\ntopology = "line"\n[algorithm]\nname = "vrdbo"\neta = 0.2\nbatch = 50\n'
SEEDS = {".toml": [RUN, *(file.read_bytes() for file in FILES)]}
SEEDS[".json"] = [json.dumps(tomllib.loads(seed.decode())).encode() for seed in SEEDS[".toml"]]
TOKENS = [
    *b"steps seed algorithm topology name [sweep] [[sweep.cases]] [ ] { } = , : \" ''' # inf nan -1 1e999".split(),
    *b"1979-05-27 true null \\ud800 \xff \xef\xbb\xbf \xe2\x80\xa8".split(),
    *(b"\n", b"\r", b"\0", b"9" * 5000, b"[" * 3000, b"a." * 3000, b'{"a":' * 3000),
]


def drive(examples: int) -> None:
    """Mutate files of runs and sweeps."""
    with tempfile.TemporaryDirectory() as folder:

        @given(st.sampled_from([".toml", ".json"]), st.data())
        def reads_or_refuses(ending: str, data: st.DataObject) -> None:
            path = Path(folder, f"mutated{ending}")
            path.write_bytes(data.draw(mutated(SEEDS[ending], TOKENS)))
            read = from_json if ending == ".json" else from_file
            if check_reader(path, read) is None:
                with suppress(InputError):  # of what is in it, which need not name the file
                    Description.parse(read(path)).resolve()

        run_property(reads_or_refuses, examples)


if __name__ == "__main__":
    main(drive)
