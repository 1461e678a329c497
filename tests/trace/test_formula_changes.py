"""What is said of traces of earlier versions, and of none besides."""

import warnings

import h5py
import pytest
from trace_examples import example_header

from p2pbo import open_trace, open_traces
from p2pbo.errors import Notice
from p2pbo.trace import Header, TraceWriter
from p2pbo.trace.formula_changes import CHANGES, changed_results, incompatible_state
from p2pbo.version import VERSION

EF = {"name": "ef-soba", "mixing": {"name": "error-feedback", "x": "error-feedback-late"}}
RAFBO = {"name": "rafbo", "mixing": "gossip", "coordinates": 4, "rafbo_form": "fixed"}
ED = {"name": "d-soba", "mixing": {"name": "atc", "y": "ed"}}
PLAIN = {"name": "mdbo", "mixing": "tracking"}

CASES = [
    ({"algorithm": EF, "codec": "randk:0.1"}, "error feedback", True),
    ({"algorithm": EF, "codec": "none"}, None, False),
    ({"algorithm": {**EF, "delta_upper": 0.5}, "codec": "none"}, "error feedback", True),
    ({"algorithm": EF, "codec": "x=none,y=sign"}, "error feedback", True),
    ({"algorithm": {"name": "c-soba", "mixing": {"x": "gossip", "z": "error-feedback"}}, "codec": "sign"}, "err", True),
    ({"algorithm": {"name": "c-soba", "mixing": "innovations"}, "codec": "sign"}, None, False),
    ({"algorithm": RAFBO}, r"d/|P|", True),
    ({"algorithm": {**RAFBO, "coordinates": "all"}}, None, False),
    ({"algorithm": {**RAFBO, "rafbo_form": "literal"}}, None, False),
    ({"algorithm": ED, "dtype": "float32"}, "rounding", True),
    ({"algorithm": {"name": "sparkle-extra", "mixing": "extra"}, "dtype": "float32"}, "rounding", True),
    ({"algorithm": ED, "dtype": "float64"}, None, True),
    ({"algorithm": PLAIN, "dtype": "float32", "codec": "sign"}, None, False),
    ({"algorithm": PLAIN, "codec": "z=sign,y=randk:3"}, "named for z", True),
    ({"algorithm": PLAIN, "codec": "x=sign,randk:3"}, "named for z", True),
    ({"algorithm": PLAIN, "codec": "randk:3,x=sign,y=randk:2,z=sign"}, None, False),
    ({"algorithm": PLAIN, "codec": "randk:3", "codec_by": "bandwidth"}, "latency", True),
    ({"algorithm": PLAIN, "codec": "randk:3", "codec_by": None}, None, False),
    ({"algorithm": PLAIN, "codec": "topk:3"}, "equal entries", True),
    ({"algorithm": PLAIN, "codec": "x=randk:3,y=msc:3:topk:0.1"}, "equal entries", True),
    ({"algorithm": "mdbo"}, None, False),
    ({}, None, False),
]  # fmt: skip


@pytest.mark.parametrize(("described", "before", "kept"), CASES)
def test_by_version_and_description(described, before, kept):
    for version in ("0.1.0", "0.0.9", "0.1.12", "0.1.0.dev3"):
        found = changed_results(version, described)
        assert len(found) == (before is not None)
        assert all(before in text for text in found)
        assert bool(incompatible_state(version, described)) is kept
    for version in (VERSION, "0.2.0", "0.10.0", "1.0"):
        assert changed_results(version, described) == incompatible_state(version, described) == []


def test_what_has_other_figures_is_not_gone_on_with():
    for change in CHANGES:
        for described, _, _ in CASES:
            assert change.state(described) or not change.numbers(described)


def write(path, version, **described):
    plain = example_header()
    attributes = {**plain.attributes, "p2pbo_version": version}
    header = Header(described, 4, 3, 2, 0, plain.edge_source, plain.edge_target, plain.edge_codec, attributes)
    TraceWriter(path, header).close("completed")
    return path


def test_opening_one_says_so(tmp_path):
    old = write(tmp_path / "old.h5", "0.1.0", algorithm=EF, codec="randk:0.1")
    with pytest.warns(Notice) as told:
        trace = open_trace(old)
    assert [str(notice.message) for notice in told] == [
        f"{old} is of p2pbo 0.1.0, which moved error feedback's x along memory and decoded message together, and held "
        f"memories of biased codecs back; run anew for the figures of p2pbo {VERSION}"
    ]
    assert trace.version == "0.1.0"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        open_trace(write(tmp_path / "new.h5", VERSION, algorithm=EF, codec="randk:0.1"))
        open_trace(write(tmp_path / "plain.h5", "0.1.0", algorithm=PLAIN, codec="randk:0.1"))


def test_one_that_does_not_say_is_of_the_first_version(tmp_path):
    path = write(tmp_path / "old.h5", "0.1.0", algorithm=EF, codec="sign")
    with h5py.File(path, "r+") as file:
        del file.attrs["p2pbo_version"]
    with pytest.warns(Notice, match=r"old\.h5 is of p2pbo 0\.1\.0, which"):
        open_trace(path)


def test_of_many_one_line_for_each_kind(tmp_path):
    for name in "abc":
        write(tmp_path / f"{name}.h5", "0.1.0", algorithm=EF, codec="sign")
    write(tmp_path / "d.h5", "0.1.0", algorithm=RAFBO)
    write(tmp_path / "e.h5", VERSION, algorithm=RAFBO)
    with pytest.warns(Notice) as told:
        open_traces(tmp_path)
    said = [str(notice.message).replace(f"{tmp_path}/", "").partition(",")[0] for notice in told]
    assert said == ["a.h5 and 2 more traces are of p2pbo 0.1.0", "d.h5 is of p2pbo 0.1.0"]
