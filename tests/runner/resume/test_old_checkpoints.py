"""Runs that an earlier version began: gone on with where the formulas are the same, else refused or begun anew."""

import warnings

import numpy as np
import pytest

import p2pbo
from p2pbo.config.sources import from_file
from p2pbo.errors import InputError, Notice
from p2pbo.runner.resume import checkpoints
from p2pbo.trace import provenance
from p2pbo.trace.checkpoint import CheckpointWriter
from p2pbo.version import VERSION

ANOTHER = "run it anew, without --resume and with another --out"
OTHERS = {
    "ef-soba": ({"codec": "randk:0.5"}, "moved error feedback's x"),
    "sparkle-ed": ({}, "added the rounding of W up"),
    "sparkle-extra": ({}, "added the rounding of W up"),
    "rafbo": ({"settings": {"coordinates": 2}}, "left the factor d"),
    "mdbo": ({"codec": "z=randk:0.5,y=topk:0.5"}, "took the last codec that was named"),
}
SAME = {"ef-soba": {}, "mdbo": {"codec": "randk:0.5"}, "rafbo": {}}


def begun(out, monkeypatch, algorithm, **given):
    """Four steps of a run as version 0.1.0 leaves them."""
    with monkeypatch.context() as patched:
        patched.setattr(provenance, "VERSION", "0.1.0")
        patched.setattr(checkpoints, "CheckpointWriter", of_the_first_version)
        go(out, algorithm, 4, **given)


def of_the_first_version(path, described, attributes):
    return CheckpointWriter(path, described, {k: v for k, v in attributes.items() if k != "p2pbo_version"})


def go(out, algorithm, steps, resume=False, **given):
    """The run on two nodes of the quadratic."""
    problem = {"name": "quadratic", "dim_x": 4, "dim_y": 3, "samples": 10}
    given |= {"nodes": 2, "checkpoint_every": 2, "log_every": 2, "out": out}
    return p2pbo.run(problem=problem, algorithm=algorithm, steps=steps, resume=resume, **given)


@pytest.mark.parametrize("algorithm", OTHERS)
def test_formulas_are_not_mixed(tmp_path, monkeypatch, algorithm):
    given, before = OTHERS[algorithm]
    out = tmp_path / "run.h5"
    begun(out, monkeypatch, algorithm, **given)
    was = out.read_bytes()
    with pytest.raises(InputError) as refused:
        go(out, algorithm, 8, resume=True, **given)
    said = str(refused.value)
    assert said.startswith(f"{out.with_suffix('.ckpt')} is of p2pbo 0.1.0, which {before}")
    assert said.endswith(f"and p2pbo {VERSION} does not; {ANOTHER}")
    assert out.read_bytes() == was


@pytest.mark.parametrize("algorithm", SAME)
def test_what_is_computed_as_before_goes_on(tmp_path, monkeypatch, algorithm):
    given = SAME[algorithm]
    begun(tmp_path / "run.h5", monkeypatch, algorithm, **given)
    trace = go(tmp_path / "run.h5", algorithm, 8, resume=True, **given)
    whole = go(tmp_path / "whole.h5", algorithm, 8, **given)
    np.testing.assert_array_equal(trace.final.x, whole.final.x)


def test_a_run_of_this_version_goes_on(tmp_path):
    given = {"codec": "randk:0.5"}
    go(tmp_path / "run.h5", "ef-soba", 4, **given)
    trace = go(tmp_path / "run.h5", "ef-soba", 8, resume=True, **given)
    whole = go(tmp_path / "whole.h5", "ef-soba", 8, **given)
    np.testing.assert_array_equal(trace.final.x, whole.final.x)


def test_a_trace_of_real_runs_is_told_and_repeated_without_a_word(tmp_path, monkeypatch):
    begun(tmp_path / "run.h5", monkeypatch, "ef-soba", codec="randk:0.5")
    with pytest.warns(Notice, match=r"run\.h5 is of p2pbo 0\.1\.0, which moved error feedback's x"):
        p2pbo.open_trace(tmp_path / "run.h5")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert from_file(tmp_path / "run.h5")["codec"] == "randk:0.5"
        go(tmp_path / "anew.h5", "ef-soba", 4, codec="randk:0.5")
        assert p2pbo.open_trace(tmp_path / "anew.h5").version == VERSION
