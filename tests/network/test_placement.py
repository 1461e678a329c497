import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pbo import InputError
from p2pbo.network import Placement

PLACEMENTS = st.integers(1, 300).flatmap(
    lambda nodes: st.builds(Placement, st.just(nodes), st.integers(1, nodes))
)


@given(PLACEMENTS)
def test_the_blocks_of_the_ranks_are_all_nodes_in_order(placement):
    blocks = [placement.hosted(rank) for rank in range(placement.ranks)]
    assert [node for block in blocks for node in block] == list(range(placement.nodes))


@given(PLACEMENTS)
def test_the_ranks_share_the_nodes_evenly(placement):
    sizes = {len(placement.hosted(rank)) for rank in range(placement.ranks)}
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1


@given(PLACEMENTS)
def test_rank_of_finds_the_host(placement):
    hosts = [rank for rank in range(placement.ranks) for _ in placement.hosted(rank)]
    np.testing.assert_array_equal(placement.rank_of(np.arange(placement.nodes)), hosts)


@pytest.mark.parametrize(("nodes", "named"), [(1, "1 node;"), (3, "3 nodes;")])
def test_more_ranks_than_nodes_are_refused(nodes, named):
    with pytest.raises(InputError, match=f"4 ranks cannot share {named} start at most {nodes}"):
        Placement(nodes, 4)
