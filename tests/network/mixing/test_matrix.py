"""W S of a rank's rows: dense and sparse, narrow and wide, over all edges and over some."""

import numpy as np
import pytest

from p2pbo.network.mixing.matrix import WIDE, AverageProduct
from p2pbo.network.placement import Placement
from p2pbo.network.plan import plan
from p2pbo.topology import build


@pytest.mark.parametrize("width", [1, 40, WIDE - 1, WIDE, WIDE + 7])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("nodes", [5, 60], ids=["dense", "sparse"])
def test_the_product_is_w_times_the_stack_in_every_round(width, dtype, nodes):
    topology = build("ring", nodes)
    block = plan(topology, Placement(nodes, 1), 0).block
    product, W = AverageProduct(block, np.dtype(dtype)), topology.matrix()
    up_but_one = np.ones(len(topology.source), bool)
    up_but_one[(topology.source == 0) & (topology.target == 1)] = False
    up_but_one[(topology.source == 1) & (topology.target == 0)] = False
    without = W.copy()
    without[0, 1] = without[1, 0] = 0
    without[[0, 1], [0, 1]] += W[0, 1]
    for seed, (up, matrix) in enumerate([(None, W), (None, W), (up_but_one, without), (None, W)]):
        S = np.random.default_rng(seed).standard_normal((nodes, width)).astype(dtype)
        mixed = product(S, up)
        assert mixed.dtype == dtype
        np.testing.assert_allclose(mixed, matrix @ S, rtol=1e-12 if dtype == "float64" else 1e-5, atol=1e-6)
