"""The network between ranks: one launch per build and number of ranks does all checks in exchanges.py."""

import math
from pathlib import Path

import numpy as np
import pytest

from p2pbo.network import Ranks

PROGRAM = Path(__file__).with_name("exchanges.py")


def test_ranks_exchange_what_neighbours_need(build):
    build.program(3, PROGRAM)


@pytest.mark.parametrize("ranks", [2, 8])
def test_few_and_many_ranks_do_too(either_build, ranks):
    either_build.program(ranks, PROGRAM)


def test_patience_goes_by_the_cores_that_ranks_may_use(build):
    build.program(2, PROGRAM.with_name("patience_of_ranks.py"))


def test_a_process_alone_talks_to_nobody():
    ranks = Ranks()
    values = np.arange(3)
    assert (ranks.rank, ranks.size) == (0, 1)
    assert ranks.all_texts("alone") == ["alone"]
    assert ranks.total(values) is values
    assert ranks.gather(values).tolist() == [0, 1, 2]
    assert ranks.patience() == math.inf
    ranks.same({"graph": "any"})
