"""The network between ranks: one launch per build and number of ranks does all checks in exchanges.py."""

from pathlib import Path

import numpy as np
import pytest

from p2pbo.network import Ranks

PROGRAM = Path(__file__).with_name("exchanges.py")


@pytest.mark.parametrize("ranks", [2, 3, 8])
def test_ranks_exchange_what_neighbours_need(build, ranks):
    build.program(ranks, PROGRAM)


def test_a_process_alone_talks_to_nobody():
    ranks = Ranks()
    values = np.arange(3)
    assert (ranks.rank, ranks.size) == (0, 1)
    assert ranks.all_texts("alone") == ["alone"]
    assert ranks.total(values) is values
    assert ranks.gather(values).tolist() == [0, 1, 2]
    assert ranks.oversubscribed() is False
    ranks.same({"graph": "any"})
