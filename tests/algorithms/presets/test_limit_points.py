"""Where methods say that they end is what the table of methods has measured."""

import re
from pathlib import Path

import pytest

from p2pbo.algorithms import ALGORITHMS
from p2pbo.algorithms.limit_point import LimitPoint

TABLE = Path(__file__).parents[3] / "docs" / "reference" / "methods.md"
WORDS = {
    "**the solution**": LimitPoint.SOLUTION,
    "heterogeneity": LimitPoint.FLOOR,
    "heterogeneity, inner loops": LimitPoint.FLOOR,
    "penalty": LimitPoint.PENALTY,
    "penalty, heterogeneity": LimitPoint.PENALTY_FLOOR,
    "local Hessian": LimitPoint.BIASED,
    "both": LimitPoint.BIASED_FLOOR,
}
MEASURED = {
    name: cells[-1].partition(":")[0].strip()
    for line in TABLE.read_text().splitlines()
    if len(cells := line.strip("|").split("|")) == 6
    for name in re.findall("`(.+?)`", cells[0])
}


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_a_method_says_where_it_ends(name):
    assert isinstance(ALGORITHMS.make(name).limit_point, LimitPoint)


@pytest.mark.parametrize("name", MEASURED)
def test_the_limit_point_is_the_measured_one(name):
    assert ALGORITHMS.make(name).limit_point is WORDS[MEASURED[name]]


def test_the_table_was_found():
    assert {"mdbo", "cm-soba", "fednest"} <= MEASURED.keys()
