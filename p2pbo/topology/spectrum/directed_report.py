"""The spectral report of a directed graph: how fast R and C mix, and how large a step push-pull takes and bears.

πᵀ R = πᵀ,  C v = v,  Σ π = Σ v = 1        the states agree on Σ π_i x_i, the trackers share their sum out as v
β K πᵀ v                                   the step that a step size β amounts to: their agreement moves by it

Where graphs are there in turn, R and C are the products over a period, and π and v those of each of its rounds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np

from p2pbo.topology.directed_topology import DirectedTopology
from p2pbo.topology.edges import Reals
from p2pbo.topology.spectrum.diameter import diameter

MOST_SEARCHED = 64
"""The most nodes for which the largest stable step is searched for, in a fraction of a second."""

SMALL_STEP = 0.1
"""The largest stable step · curvature below which a graph is warned of; undirected rings have more than 1."""

_HALVINGS = 16


@dataclass(frozen=True)
class DirectedReport:
    """The figures of a directed graph that are known before a run.

    Attributes:
        topology: the name as the user wrote it.
        weights: the weighting.
        nodes: K, their number.
        period: τ, the number of graphs that are there in turn; what follows is of their union, gaps of one round. Where
            rounds are drawn, gaps, step factor and stable step are those of the graphs in turn.
        edges: the number of directed edges.
        out_degree_min, out_degree_max: the number of nodes that a node sends to.
        in_degree_min, in_degree_max: the number of nodes that a node hears.
        diameter: the longest of the shortest directed paths, in edges.
        diameter_exact: False where ``diameter`` is a lower bound.
        gap_r: 1 − |λ₂| of R, by which states come to agree; 1 − |λ₂|^(1/τ) of the product.
        gap_c: 1 − |λ₂| of C, by which trackers do, likewise.
        perron_r: π, (K,), the share of each node in what the states agree on, before round 0 of a period.
        perron_c: v, (K,), the share of each node in the sum of trackers, before round 0 of a period.
        step_factor: K πᵀ v: a step size β moves the agreement by β times it; 1 where all degrees are alike.
        stable_step: the largest step size · curvature with which push-pull is stable on nodes with equal quadratic
            losses; None: the graph is too large to search for it.
        floats_per_round: the most floats that all nodes send in a round, for each entry of a variable.
        floats_per_round_node: those that the busiest node sends.
    """

    topology: str
    weights: str
    nodes: int
    period: int
    edges: int
    out_degree_min: int
    out_degree_max: int
    in_degree_min: int
    in_degree_max: int
    diameter: int
    diameter_exact: bool
    gap_r: float
    gap_c: float
    perron_r: tuple[float, ...]
    perron_c: tuple[float, ...]
    step_factor: float
    stable_step: float | None
    floats_per_round: int
    floats_per_round_node: int

    def asdict(self) -> dict[str, Any]:
        """Return the fields by name, ready for JSON."""
        return asdict(self)

    def warning(self) -> str | None:
        """Return what to say where long ways keep steps small; None: they do not."""
        if self.stable_step is None or self.stable_step >= SMALL_STEP:
            return None
        return (
            f"topology {self.topology}: its directed ways are long, so that push-pull is stable for step sizes below "
            f"{self.stable_step:.2g} / curvature only; add edges, such as the chords of directed-ring:3"
        )

    def over_period(self, gap: float) -> float:
        """Return 1 − |λ₂| of the product over a period whose gap of one round is ``gap``."""
        return 1 - (1 - gap) ** self.period

    @property
    def gap(self) -> float:
        """The smaller of both gaps."""
        return min(self.gap_r, self.gap_c)


def directed_report(topology: DirectedTopology) -> DirectedReport:
    """Return the spectral report of a directed graph."""
    there = topology.rounds or (None,)
    R, C = [topology.matrix(up) for up in there], [topology.push_matrix(up) for up in there]
    (gap_r, pi), (gap_c, v) = perron([r.T for r in reversed(R)]), perron(C)
    far, exact = diameter(topology)
    sends, hears = (np.bincount(end, minlength=topology.nodes) for end in (topology.source, topology.target))
    of = (topology.source[... if up is None else up] for up in there)
    sent = [np.bincount(source, minlength=topology.nodes) for source in of]  # messages of each node
    return DirectedReport(
        topology=topology.name,
        weights=topology.weighting,
        nodes=topology.nodes,
        period=topology.period,
        edges=len(topology.source),
        out_degree_min=int(sends.min()),
        out_degree_max=int(sends.max()),
        in_degree_min=int(hears.min()),
        in_degree_max=int(hears.max()),
        diameter=far,
        diameter_exact=exact,
        gap_r=gap_r,
        gap_c=gap_c,
        perron_r=tuple(pi.tolist()),
        perron_c=tuple(v.tolist()),
        step_factor=_step_factor(R, C, pi, v),
        stable_step=stable_step(R, C) if topology.nodes <= MOST_SEARCHED else None,
        floats_per_round=max(int(messages.sum()) for messages in sent),
        floats_per_round_node=max(int(messages.max()) for messages in sent),
    )


def period_products(topology: DirectedTopology) -> tuple[Reals, Reals]:
    """Return the products of R and of C over a period, … M₂ M₁; of a fixed graph R and C."""
    there = topology.rounds or (None,)
    R, C = ([of(up) for up in there] for of in (topology.matrix, topology.push_matrix))
    return _product(R), _product(C)


def _product(matrices: Iterable[Reals]) -> Reals:
    """Return … M₂ M₁."""
    return reduce(lambda product, matrix: matrix @ product, matrices)


def perron(matrices: Sequence[Reals]) -> tuple[float, Reals]:
    """Return 1 − |λ₂|^(1/τ) of … M₂ M₁, whose columns sum to 1, and its eigenvector of eigenvalue 1, of sum 1."""
    values, vectors = np.linalg.eig(_product(matrices))
    first = np.abs(values - 1).argmin()
    vector = vectors[:, first].real
    others = np.abs(np.delete(values, first))
    return 1 - float(others.max(initial=0.0)) ** (1 / len(matrices)), vector / vector.sum()


def _step_factor(R: Sequence[Reals], C: Sequence[Reals], pi: Reals, v: Reals) -> float:
    """Return the mean of K π_tᵀ v_t over the rounds t of a period: π_tᵀ = π_{t+1}ᵀ R_t,  v_{t+1} = C_t v_t."""
    before = list(accumulate(reversed(R), lambda share, r: r.T @ share, initial=pi))[:0:-1]  # π₀ … π_{τ−1}
    after = accumulate(C[:-1], lambda share, c: c @ share, initial=v)  # v₀ … v_{τ−1}
    return len(v) * float(np.mean([pi @ v for pi, v in zip(before, after, strict=True)]))


def stable_step(R: Sequence[Reals], C: Sequence[Reals]) -> float:
    """Return the largest s = β h with which push-pull contracts on losses ½ h x², the same at all nodes.

    x⁺ = R (x − β t),  t⁺ = C t + h (x⁺ − x)        with τ = t / h both have s alone; sum(τ) = sum(x) throughout
    """
    low, high = 1e-8, 4.0
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _contracts(R, C, middle) else (low, middle)
    return low


def _contracts(R: Sequence[Reals], C: Sequence[Reals], s: float) -> bool:
    """Tell whether all eigenvalues but the 1 of what both sums share lie within the unit circle."""
    one = np.eye(len(R[0]))
    steps = (np.block([[r, -s * r], [r - one, c - s * r]]) for r, c in zip(R, C, strict=True))
    moduli = np.sort(np.abs(np.linalg.eigvals(_product(steps))))
    return bool(moduli[-2] < 1)
