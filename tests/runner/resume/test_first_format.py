"""Names in checkpoints of format 1 (whole files of that format: tests/trace/test_old_files.py)."""

import pytest

from p2pbo.runner.resume.first_format import first_name

MEMORIES = {"x": ("G", "WT", "H"), "y": ("T",), "z": ()}
STATES, CODED, LATE = "x00 x01 y00", "x10 y10", "x00 y00 10 8"
NAMES = {
    "state/x/V": "state/x/V",
    "state/x/U": "state/x/U",
    "state/z/previous": "state/z/previous",
    "state/x/G": "state/x/carried0",
    "state/x/H": "state/x/carried2",
    "state/y/T": "state/y/carried0",
    f"rounds/{STATES}/x00/replica": f"rounds/{STATES}/0/replica",
    f"rounds/{STATES}/y00/due/1": f"rounds/{STATES}/2/late/1",
    f"rounds/{CODED}/y10/memory": f"rounds/{CODED}/1/sent",
    f"rounds/{CODED}/y10/own_memory": f"rounds/{CODED}/1/own",
    f"rounds/{CODED}/x10/heard_memory/2": f"rounds/{CODED}/0/heard/2",
    "rounds/y/y/replica": "rounds/y/0/replica",
    f"rounds/{LATE}/due/0": f"rounds/{LATE}/0/late/0",
    "traffic/bytes": "traffic/bytes",
    "work/flops": "work/flops",
    "clock": "clock",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_has_a_name_now_had_a_number(name):
    assert first_name(name, MEMORIES) == NAMES[name]
