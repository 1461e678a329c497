from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("lossy_exchanges.py")


@pytest.mark.parametrize("ranks", [2, 3, 5])
def test_lossy_rounds_are_the_same_on_any_number_of_ranks(build, ranks):
    build.program(ranks, PROGRAM)
