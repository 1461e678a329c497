"""Files of earlier versions (tests/fixtures): traces are shown, checkpoints go on to where that version came."""

import json
import re
import shutil
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from command import said_to

import p2pbo

FIXTURES = Path(__file__).parents[1] / "fixtures"
STEPS, ROUNDING = 6, 1e-12
LAST = {path.parent.name: json.loads(path.read_text("utf-8")) for path in FIXTURES.glob("*/finals.json")}
"""By version: the last figures of each run, and what the machine they come from makes of the canary's sums."""
RUNS = [(version, run) for version, told in sorted(LAST.items()) for run in told["finals"]]
CUT_SHORT = {"killed": "interrupted", "stopped": "stopped"}
KINDS = {
    *("V", "U", "previous", "carried0", "carried1", "carried2", "bytes", "messages", "flops", "seconds"),
    *("clock", "replica", "sent", "own", "heard/0", "heard/1", "heard/2", "late/0", "late/1", "late/2"),
}
"""What checkpoints of version 0.2.0 may hold."""


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    """All files, by version; not to be written to."""
    folder = tmp_path_factory.mktemp("old")
    for version in LAST:
        with tarfile.open(FIXTURES / version / "runs.tar.xz") as packed:
            packed.extractall(folder / version, filter="data")
    return folder


@pytest.fixture
def old(unpacked, tmp_path, request):
    """The trace of a run in VERSION/, with all that lies beside it."""
    version, run = request.param
    return taken(unpacked / version, run, tmp_path / version)


def taken(source, run, target):
    target.mkdir()
    for path in source.glob(f"{run}.*"):
        shutil.copy(path, target)
    return target / f"{run}.h5"


def same_arithmetic(version):
    """Whether sums and products are rounded here as where the files were written."""
    draw = np.random.default_rng(0)
    A, B = draw.standard_normal((2, 33, 33))
    found = [A @ B, (A @ B[0]), np.einsum("ij,ij->i", A, B), np.exp(A).sum(0), np.linalg.solve(A, B)]
    torch = pytest.importorskip("torch")
    found += [(torch.from_numpy(A) @ torch.from_numpy(B)).numpy()]
    return " ".join(float(part.sum()).hex() for part in found) == LAST[version]["arithmetic"]


def assert_ends_as_before(path, tolerance):
    """The final state, to a tolerance where that is not 0, and the counts."""
    trace, before = p2pbo.open_trace(path), LAST[path.parent.name]["finals"][path.stem]
    assert trace.status == "completed"
    assert trace.values("step")[-1] == STEPS
    for name, expected in before.items():
        found = trace.values(name)
        if name.startswith("final"):
            np.testing.assert_allclose(found, np.array(expected, found.dtype), rtol=0, atol=tolerance)
        else:
            assert found[-1].tolist() == expected


def arrays(checkpoint):
    """(step, names of all arrays) of a checkpoint file."""
    names = []
    with h5py.File(checkpoint, "r") as file:
        file["arrays"].visititems(
            lambda name, found: names.append(name) if isinstance(found, h5py.Dataset) else None
        )
        return int(file["arrays"].attrs["step"]), names


@pytest.mark.parametrize("old", RUNS, indirect=True, ids="-".join)
def test_it_is_shown_and_goes_on_to_the_same_end(old):
    version, checkpoint, trace = old.parent.name, old.with_suffix(".ckpt"), p2pbo.open_trace(old)
    assert trace.version == version
    assert trace.status == CUT_SHORT.get(old.stem.partition("-")[0], "completed")
    kept = trace.values("step") <= arrays(checkpoint)[0]
    rows = {name: trace.values(name)[kept] for name in ("step", "upper_loss", "bytes_sent")}
    shown = said_to("show", old)
    assert shown.code == 0
    assert version in shown.out
    gone_on = said_to("run", checkpoint, "--steps", STEPS, "--quiet")
    assert (gone_on.code, gone_on.err) == (0, "")
    assert_ends_as_before(old, 0 if same_arithmetic(version) else ROUNDING)
    for name, values in rows.items():
        np.testing.assert_array_equal(p2pbo.open_trace(old).values(name)[: len(values)], values)


@pytest.mark.parametrize("old", [case for case in RUNS if "ranks" in case[1]], indirect=True, ids="-".join)
def test_two_ranks_go_on_where_three_have_been(old, first_build):
    gone_on = first_build.start(
        2, "-m", "p2pbo", "run", old.with_suffix(".ckpt"), "--steps", STEPS, "--quiet"
    )
    assert gone_on.code == 0, gone_on.err
    assert_ends_as_before(old, ROUNDING)


def test_the_generation_before_takes_the_place_of_a_broken_one(unpacked, tmp_path):
    old = taken(unpacked / "0.2.0", "stopped-ef-soba", tmp_path / "0.2.0")
    old.with_suffix(".ckpt").write_bytes(b"broken")
    with pytest.warns(p2pbo.Notice, match=r"goes on from step 4 of .*previous\.ckpt"):
        gone_on = said_to("run", old.with_suffix(".ckpt"), "--steps", STEPS, "--quiet")
    assert gone_on.code == 0
    assert_ends_as_before(old, ROUNDING)


def test_whatever_a_checkpoint_may_hold_is_in_one_of_them(unpacked):
    names = {name for path in (unpacked / "0.2.0").glob("*.ckpt") for name in arrays(path)[1]}
    assert {re.search(r"[A-Za-z]+\d*(/\d+)?$", name)[0] for name in names} == KINDS
