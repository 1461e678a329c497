"""Clocks that differ are read as one."""

from pathlib import Path

from p2pbo.network import Ranks
from p2pbo.runner.timeline.clocks import clock_offset

PROGRAM = Path(__file__).with_name("different_clocks.py")


def test_an_offset_is_as_wrong_as_it_says(build):
    build.program(3, PROGRAM)


def test_one_process_has_its_own_clock():
    assert clock_offset(Ranks()) == (0.0, 0.0)
