"""Every combination of parts gives the same iterates for every number of ranks."""

from pathlib import Path

import combinations_over_ranks
import pytest

PROGRAM = Path(combinations_over_ranks.__file__)


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    """A file with what one process finds, and its sums of Y."""
    path = tmp_path_factory.mktemp("in-process") / "found.npz"
    return path, combinations_over_ranks.reference(path)


def test_the_combinations_differ_from_each_other(in_process):
    """Else agreement would show nothing; without a codec some mixings are the same."""
    assert len({round(float(total), 9) for total in in_process[1]}) >= 70


def test_every_combination_is_the_same_on_three_ranks(either_build, in_process):
    either_build.program(3, PROGRAM, in_process[0])
