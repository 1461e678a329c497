"""The average of the first estimates over the network, before they move anything.

T₀ = W^B U₀, B = ⌈3/(1 − λ)⌉        what nodes have apart is left to e⁻³ at most
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from p2pbo.algorithms.round_driver import Round
from p2pbo.arrays import Rows
from p2pbo.network import Network, Stream
from p2pbo.topology import Topology
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues

ROUNDING = 1e-6
"""What eigenvalues are not trusted with, so that all ranks count the same rounds."""


class FirstAverage:
    """The average of the first estimates of some variables."""

    def __init__(self, variables: str) -> None:
        self.variables = variables
        self._round = Round(*(Stream(f"{variable}first") for variable in variables))

    def of(self, estimates: Mapping[str, Rows], network: Network) -> dict[str, Rows]:
        """Return W^B U₀ of each variable."""
        rows = [estimates[variable] for variable in self.variables]
        for _ in range(rounds_to_average(network.topology)):
            rows = [*self._round.post(network, *rows).wait()]
        return dict(zip(self.variables, rows, strict=True))


def rounds_to_average(topology: Topology) -> int:
    """Return B: 0 for one node."""
    if topology.nodes == 1:
        return 0
    smallest, largest = extreme_eigenvalues(topology.edges, topology.weight)  # of I − W
    return math.ceil(3 / min(smallest, 2 - largest) - ROUNDING)
