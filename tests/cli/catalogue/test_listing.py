"""Lines of listings that are too long are broken between columns, and nothing is lost."""

import pytest
from rich.cells import cell_len

from p2pbo.cli.catalogue.listing import broken_line

LINE = "Sec. 3 (NC-SOBA)     V⁺ = W (V − βD)                              mixing atc"


def test_what_fits_stays_as_it_is():
    assert broken_line(LINE, 80) == [LINE]


def test_the_last_cell_goes_below_its_neighbour():
    assert broken_line(LINE, 60) == ["Sec. 3 (NC-SOBA)     V⁺ = W (V − βD)", " " * 23 + "mixing atc"]


def test_a_cell_that_finds_no_room_there_goes_below_the_first():
    line = "  x     (12a)        h⁺ = (1 − θ) h + θDx             estimator momentum, mixing tracking"
    assert broken_line(line, 45)[1] == " " * 10 + "estimator momentum, mixing tracking"


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_no_line_is_too_long_and_no_word_is_lost(width):
    parts = broken_line(LINE + "   " + "word " * 20, width)
    assert max(map(cell_len, parts)) <= width
    assert " ".join(parts).split() == (LINE + " word" * 20).split()
