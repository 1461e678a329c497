from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("lossy_exchanges.py")


@pytest.mark.parametrize("ranks", [2, 5])
def test_lossy_rounds_are_the_same_on_any_number_of_ranks(either_build, ranks):
    either_build.program(ranks, PROGRAM)
