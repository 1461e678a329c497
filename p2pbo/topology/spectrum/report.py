"""The spectral report: the rate at which a topology agrees, and the cost of a round."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from p2pbo.errors import InputError
from p2pbo.topology.edges import Reals
from p2pbo.topology.spectrum.diameter import diameter
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues
from p2pbo.topology.spectrum.spectral_measure import spectral_measure
from p2pbo.topology.topology import Topology

GAMMA = 0.99
"""The memory γ of the effective number of neighbours: a node's memory fades by 1 % a round."""


@dataclass(frozen=True)
class SpectralReport:
    """The figures of a topology that are known before a run.

    Attributes:
        topology: the name as the user wrote it.
        weights: the weighting.
        nodes: K, their number.
        edges: the number of undirected edges.
        degree_min, degree_mean, degree_max: the number of neighbours of a node.
        diameter: the diameter in edges.
        diameter_exact: False where ``diameter`` is a lower bound.
        lambda_2: the second largest eigenvalue of W (0 where K = 1, like λ_K).
        lambda_k: the smallest, λ_K.
        contraction: λ = ``max(|λ₂|, |λ_K|)``, the share of the disagreement that is left after a round, at worst.
        gap: 1 − λ, the spectral gap.
        rounds_to_halve: ln 2 / −ln λ, at least 1: the rounds that halve the disagreement, at worst.
        effective_neighbours: n_W(γ) of Vogels et al. 2022, between 1 and K.
        effective_neighbours_error: its standard error; 0 where it is exact.
        gamma: the γ of n_W.
        floats_per_round: the floats that all nodes send in a round, for each entry of a variable.
        floats_per_round_node: those that the busiest node sends.
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
    """Return the spectral report of a topology, eigenvalues to about 1e-10 and small gaps to ten digits.

    Raises:
        InputError: the graph is directed, or K is large and scipy is not installed.
    """
    if topology.directed:
        cause = "is directed, and has R and C in the place of W"
        raise InputError(f"topology {topology.name}", cause, "use directed_report, or read it as undirected")
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
    """Return the rounds of mixing that halve the worst disagreement: ln 2 / −ln(1 − gap), at least one."""
    return 1.0 if gap >= 0.5 else math.log(2) / -math.log1p(-gap)


def effective_neighbours(topology: Topology, gamma: float) -> tuple[float, float]:
    """Return the effective number of neighbours n_W(γ), and its standard error (0 where exact).

    n_W(γ) = 1/(1−γ) / ((1/K) Σ_i λ_i² / (1 − γ λ_i²))          Vogels, Hendrikx, Jaggi 2022, Def. 1

    A memory that fades by γ and gets noise of variance 1 a round has variance 1/(1−γ); mixed with W it has the
    denominator. Their ratio is the number of nodes whose noise is averaged.
    """

    def variance(eigenvalue: Reals) -> Reals:
        square = eigenvalue**2
        return square / (1 - gamma * square)

    mean, error = spectral_measure(topology).mean(variance)
    neighbours = 1 / (1 - gamma) / mean
    return neighbours, neighbours * error / mean
