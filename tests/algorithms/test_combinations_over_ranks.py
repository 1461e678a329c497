"""Every combination of parts gives the same iterates for every number of ranks."""

from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("combinations_over_ranks.py")


@pytest.mark.parametrize("ranks", [2, 6])
def test_every_combination_is_the_same_on_any_number_of_ranks(build, ranks):
    build.program(ranks, PROGRAM, timeout=120)
