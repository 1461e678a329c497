"""Draws of the coefficients of quadratic losses: what nodes share, what sets them apart, and what samples do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.problems.context import ProblemContext
from p2pbo.randomness import generator

Numbers = NDArray[np.float64]


class CoefficientDraws:
    """The draws of a problem's coefficients, stacked over its nodes.

    Network averages, deviations of nodes and deviations of samples are seeded apart. Heterogeneity 0 makes all nodes
    equal, noise 0 all samples of a node.
    """

    def __init__(
        self, context: ProblemContext, problem: str, heterogeneity: float, samples: int, noise: float
    ) -> None:
        self._nodes, self._heterogeneity = context.nodes, heterogeneity
        self._samples, self._noise = samples, noise
        self._common, self._own, self._sampled = (
            generator(context.seed, f"{problem}/{part}") for part in ("common", "nodes", "samples")
        )

    def spread(self, *shape: int) -> Numbers:
        """Return an array of this shape for each node: a common one, and the heterogeneity times one of its own."""
        own = self._own.standard_normal((self._nodes, *shape))
        return self._common.standard_normal(shape) + self._heterogeneity * own

    def curvature(self, dim: int, least: float, more: float) -> Numbers:
        """Return a symmetric dim×dim matrix for each node, with no eigenvalue below ``least``."""
        root = self.spread(dim, dim) / np.sqrt(dim)
        return least * np.eye(dim) + more * root @ root.transpose(0, 2, 1) / (1 + self._heterogeneity**2)

    def scales(self) -> Numbers:
        """Return a factor for each sample of each node, of mean 1 on the node."""
        scale = 1 + self._noise * (self._sampled.random((self._nodes, self._samples)) - 0.5)
        return scale / scale.mean(1, keepdims=True)

    def per_sample(self, centre: Numbers) -> Numbers:
        """Return a row for each sample of each node, whose mean on the node is its ``centre``."""
        shape = (self._nodes, self._samples, centre.shape[-1])
        deviation = self._noise * self._sampled.standard_normal(shape)
        return centre[:, None] + deviation - deviation.mean(1, keepdims=True)
