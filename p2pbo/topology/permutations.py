"""W as a mean of permutations (Birkhoff, von Neumann): each node hands its row to one neighbour or keeps it.

W = Σ_m θ_m P_m,  θ ≥ 0,  Σ θ_m = 1        P_m moves along edges only; drawn by θ, it moves i to j with probability w_ij
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pbo.topology.edges import Integers, Reals
from p2pbo.topology.topology import DIGEST_DECIMALS, Topology

_LEAST = 1e-8
"""The remainder of a row of W below which it counts as rounding."""


@dataclass(frozen=True, eq=False)
class Permutations:
    """Permutations of the nodes with their probabilities.

    Attributes:
        targets: (M, K) the node that each node hands its row to.
        chances: (M,) the probabilities, which sum to 1.
    """

    targets: Integers
    chances: Reals

    def at(self, number: float) -> Integers:
        """Return the permutation (K,) that a uniform number in [0, 1) draws."""
        drawn = int(np.searchsorted(np.cumsum(self.chances), number, "right"))
        permutation: Integers = self.targets[min(drawn, len(self.targets) - 1)]
        return permutation


def permutations(topology: Topology) -> Permutations:
    """Return the permutations of a topology with non-negative weights, by greedy matchings; needs scipy.

    Weights whose last digits differ between CPUs give the same permutations, to probabilities of 1e-8.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    left = csr_array(np.round(topology.matrix(), DIGEST_DECIMALS))
    everyone = np.arange(topology.nodes)
    targets: list[Integers] = []
    chances: list[float] = []
    while 1 - sum(chances) > _LEAST:
        left.data[left.data < _LEAST / topology.nodes] = 0
        left.eliminate_zeros()
        target = maximum_bipartite_matching(left, perm_type="column").astype(np.int64)
        if (target < 0).any():
            break
        share = float(left[everyone, target].min())
        left = left - csr_array((np.full(topology.nodes, share), (everyone, target)), shape=left.shape)
        targets.append(target)
        chances.append(share)
    return Permutations(np.array(targets), np.array(chances) / sum(chances))


def inverse(target: Integers) -> Integers:
    """Return the inverse of a permutation (K,): the node that hands its row to each node."""
    found = np.empty_like(target)
    found[target] = np.arange(len(target))
    return found
