"""Finite differences: no second derivatives; the lower problem's answer is unrolled twice (RAFBO, Li 2024 Alg. 2).

Dx = fx + (d/|P|) Σ_{p∈P} ⟨(y_N(x + μe_p) − y_N(x))/μ, fy⟩ e_p,   Dy = gy

y_N(x) is what N steps y ← y − β gy(x, y; ζ_j) make of y, with the same ζ_1 … ζ_N for all x, and P the coordinates that
are drawn of the d that a node works on. With all of them and μ → 0 that is fx − hxy(p), p = β Σ_{j<N} (I − βH)^j fy to
first order: a Neumann sum of N terms with L = 1/β, which tends to the exact hypergradient at y = y*(x) as N grows.
With fewer the expectation is the same, and Dx is the noisier the fewer they are.

Li 2024 prints two slips, which ``rafbo_form=literal`` keeps, for comparison only. ⟨(gy(x + μe_p) − gy(x))/μ, fy⟩ lacks
the factor −[∇²_yy g]⁻¹: that direction goes uphill, with a cosine of about −0.94 to the true hypergradient on a
logistic problem. And its sum over P lacks d/|P|: the expectation is fx + (|P|/d)(…), which is 0 at another x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.algorithms.local_hypergradient import LocalHypergradient
from p2pbo.algorithms.parts import HYPERGRADIENTS, Positive
from p2pbo.algorithms.sampling import Sampler
from p2pbo.arrays import Rows
from p2pbo.errors import InputError
from p2pbo.problems import Batch, PointOracles, Problem
from p2pbo.problems.node_data import Size
from p2pbo.randomness import Keys, subsets

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class UnrolledSample:
    """The draws of one step: ξ for f, ζ for gy, ζ_1 … ζ_N for the unrolled steps, keys of the coordinates P."""

    upper: Batch
    lower: Batch
    unrolled: list[Batch]
    coordinates: Keys


@HYPERGRADIENTS.register("finite-differences")
class FiniteDifferences(LocalHypergradient):
    """Differences of an unrolled lower problem along coordinates of x (RAFBO: Li 2024, Alg. 2).

    Args:
        unroll: N, the lower steps that a difference goes through.
        coordinates: how many coordinates of x are drawn in a step, or all.
        beta: size of these lower steps.
        smoothing: μ, the distance of the two points of a difference.
        rafbo_form: corrected, or literally as Li 2024 prints it.
    """

    second_derivatives: ClassVar[bool] = False

    def __init__(
        self,
        problem: Problem,
        /,
        *,
        unroll: Count = 5,
        coordinates: Count | Literal["all"] = "all",
        beta: Positive = 0.1,
        smoothing: Positive = 1e-4,
        rafbo_form: Literal["fixed", "literal"] = "fixed",
    ) -> None:
        super().__init__(problem)
        if not beta:  # which is allowed where it is an algorithm's step of y, too
            cause = "goes down the lower loss by steps of beta = 0, and sees nothing of it"
            raise InputError("hypergradient finite-differences", cause, "set beta > 0")
        self._unroll = unroll if rafbo_form == "fixed" else 1
        self._coordinates, self._mu, self._beta = coordinates, smoothing, beta
        self._answer = self._descended if rafbo_form == "fixed" else self._gradient
        self._unbiased = rafbo_form == "fixed"

    def draw(self, sampler: Sampler, step: int, size: Size) -> UnrolledSample:
        """Return one ξ, one ζ, and N fresh ζ_j."""
        (upper,), (lower, *unrolled) = sampler.batches(step, size, upper=1, lower=1 + self._unroll)
        return UnrolledSample(upper, lower, unrolled, sampler.keys(step, "coordinates"))

    def hypergradient(self, at: PointOracles, sample: UnrolledSample) -> Rows:
        """Return Dx = fx + (d/|P|) Σ_p ⟨δ_p, fy⟩ e_p; all hosted nodes move along one coordinate each at a time."""
        fx, fy = at.upper(sample.upper)
        Dx, here = fx.copy(), self._answer(at, at.X, sample)
        own = at.oracles.coordinates or [np.arange(fx.shape[1])] * len(fx)
        chosen = self._chosen(own, sample.coordinates)
        scale = [len(held) / len(P) if self._unbiased else 1.0 for held, P in zip(own, chosen, strict=True)]
        for nodes, p in coordinate_rounds(chosen):
            X = at.X.copy()
            X[nodes, p] += self._mu
            delta = (self._answer(at, X, sample) - here) / self._mu
            Dx[nodes, p] += np.take(scale, nodes) * (delta * fy)[nodes].sum(axis=1)
        return Dx

    def _descended(self, at: PointOracles, X: Rows, sample: UnrolledSample) -> Rows:
        """Return y_N(x)."""
        Y = at.Y
        for zeta in sample.unrolled:
            Y = Y - self._beta * at.oracles.lower(X, Y, zeta).gy
        return Y

    def _gradient(self, at: PointOracles, X: Rows, sample: UnrolledSample) -> Rows:
        """Return gy(x), whose differences Li 2024 prints."""
        return at.oracles.lower(X, at.Y, sample.unrolled[0]).gy

    def _chosen(self, own: Sequence[NDArray[np.int64]], keys: Keys) -> Sequence[NDArray[np.int64]]:
        """Return P of each hosted node, among the coordinates that it works on."""
        if self._coordinates == "all":
            return own
        sizes = [min(self._coordinates, len(held)) for held in own]
        return [
            held[subsets(key, np.array([len(held)]), size)[0]]
            for held, key, size in zip(own, keys[:, None], sizes, strict=True)
        ]


def coordinate_rounds(
    chosen: Sequence[NDArray[np.int64]],
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return each node's first coordinate, then the second one, …: (nodes that have one, their coordinates)."""
    longest = max(len(own) for own in chosen)
    turns = []
    for turn in range(longest):
        nodes = [node for node, own in enumerate(chosen) if len(own) > turn]
        turns.append((np.array(nodes), np.array([chosen[node][turn] for node in nodes])))
    return turns
