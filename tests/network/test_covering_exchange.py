from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("covering_exchanges.py")


@pytest.mark.parametrize("ranks", [2, 3])
def test_parts_of_rows_are_the_same_on_any_number_of_ranks(build, ranks):
    build.program(ranks, PROGRAM)
