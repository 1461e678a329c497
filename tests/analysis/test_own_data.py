"""The problems with data of their own are those that are made whatever the data set is called."""

from p2pbo import InputError
from p2pbo.analysis.groups import OWN_DATA
from p2pbo.problems import PROBLEMS
from p2pbo.problems.context import ProblemContext


def reads_no_data(name):
    try:
        PROBLEMS.make(name, ProblemContext(nodes=2, data="none of the data sets"))
    except InputError:
        return False
    return True


def test_problems_with_data_of_their_own_are_known():
    assert {"custom", *filter(reads_no_data, PROBLEMS)} == set(OWN_DATA)
