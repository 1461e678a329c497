"""The spectral report: how fast a topology agrees, and what a round of it costs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from p2pbo.topology.edges import Reals
from p2pbo.topology.spectrum.diameter import diameter
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues
from p2pbo.topology.spectrum.spectral_measure import spectral_measure
from p2pbo.topology.topology import Topology

GAMMA = 0.99
"""The memory γ of the effective number of neighbours: what a node remembers fades by 1 % a round."""


@dataclass(frozen=True)
class SpectralReport:
    """What can be said of a topology before it runs.

    Attributes:
        topology: as the user wrote it.
        weights: the weighting.
        nodes: K.
        edges: undirected ones.
        degree_min, degree_mean, degree_max: neighbours of a node.
        diameter: in edges.
        diameter_exact: False where ``diameter`` is a lower bound.
        lambda_2: the second largest eigenvalue of W (0 where K = 1, like λ_K).
        lambda_k: the smallest, λ_K.
        contraction: λ = max(|λ₂|, |λ_K|), what is left of the disagreement after a round, at worst.
        gap: 1 − λ, the spectral gap.
        rounds_to_halve: ln 2 / −ln λ, at least 1: rounds that halve the disagreement, at worst.
        effective_neighbours: n_W(γ) of Vogels et al. 2022, between 1 and K.
        effective_neighbours_error: its standard error; 0 where it is exact.
        gamma: the γ of n_W.
        floats_per_round: what all nodes send in a round, for each entry of a variable.
        floats_per_round_node: what the busiest node sends.
    """

    topology: str
    weights: str
    nodes: int
    edges: int
    degree_min: int
    degree_mean: float
    degree_max: int
    diameter: int
    diameter_exact: bool
    lambda_2: float
    lambda_k: float
    contraction: float
    gap: float
    rounds_to_halve: float
    effective_neighbours: float
    effective_neighbours_error: float
    gamma: float
    floats_per_round: int
    floats_per_round_node: int

    def asdict(self) -> dict[str, Any]:
        """Return the fields by name, ready for JSON."""
        return asdict(self)


def spectral_report(topology: Topology) -> SpectralReport:
    """Return the spectral report of a topology; eigenvalues are right to about 1e-10, small gaps to ten digits.

    Raises:
        InputError: K is large and scipy is not installed.
    """
    smallest, largest = extreme_eigenvalues(topology.edges, topology.weight)  # of I − W
    gap = min(smallest, 2 - largest)
    far, exact = diameter(topology)
    neighbours, error = effective_neighbours(topology, GAMMA)
    degree = topology.edges.degree
    return SpectralReport(
        topology=topology.name,
        weights=topology.weighting,
        nodes=topology.nodes,
        edges=len(topology.source) // 2,
        degree_min=int(degree.min()),
        degree_mean=float(degree.mean()),
        degree_max=int(degree.max()),
        diameter=far,
        diameter_exact=exact,
        lambda_2=1 - smallest,
        lambda_k=1 - largest,
        contraction=max(0.0, 1 - gap),
        gap=gap,
        rounds_to_halve=rounds_to_halve(gap),
        effective_neighbours=neighbours,
        effective_neighbours_error=error,
        gamma=GAMMA,
        floats_per_round=len(topology.source),
        floats_per_round_node=int(degree.max()),
    )


def rounds_to_halve(gap: float) -> float:
    """Return rounds of mixing that halve the disagreement at worst, ln 2 / −ln(1 − gap), and never less than one."""
    return 1.0 if gap >= 0.5 else math.log(2) / -math.log1p(-gap)


def effective_neighbours(topology: Topology, gamma: float) -> tuple[float, float]:
    """Return the effective number of neighbours n_W(γ), and its standard error (0 where exact).

    n_W(γ) = 1/(1−γ) / ((1/K) Σ_i λ_i² / (1 − γ λ_i²))          Vogels, Hendrikx, Jaggi 2022, Def. 1

    A node that adds noise of variance 1 a round to what it remembers, faded by γ, has variance 1/(1−γ) alone and
    the denominator when it also mixes with W: so many nodes' noise it averages.
    """

    def variance(eigenvalue: Reals) -> Reals:
        square = eigenvalue**2
        return square / (1 - gamma * square)

    mean, error = spectral_measure(topology).mean(variance)
    neighbours = 1 / (1 - gamma) / mean
    return neighbours, neighbours * error / mean
