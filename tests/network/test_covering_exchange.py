from pathlib import Path

PROGRAM = Path(__file__).with_name("covering_exchanges.py")


def test_parts_of_rows_are_the_same_on_three_ranks(either_build):
    either_build.program(3, PROGRAM)
