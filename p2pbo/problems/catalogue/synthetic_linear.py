"""Linear regression turned classification, with inputs of another distribution on every node.

label = sign(wᵀa + 0.1 b),  w ∈ R^d one for all nodes, b ∈ R one per row, both standard normal

Node k (from 1): a is Gaussian where k is even, else its entries are χ²(k). Zhang 2023 sec. 4.2 draws N(0, I) and
poses logreg-hpo's losses; He 2024 app. D.2 draws N(0, k²I) and poses those of ``loss=binary`` there, x = λ and y = w.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.arrays import Vector
from p2pbo.data import Samples
from p2pbo.problems.catalogue.logreg_hpo import softmax_regression
from p2pbo.problems.classification.binary import binary_regression
from p2pbo.problems.classification.labelled_data import LabelledNodeData, longest_row
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.problem import Problem
from p2pbo.randomness import generator

Variant = Literal["zhang2023", "he2024"]
Count = Annotated[int, Field(ge=1)]

ROWS = {"zhang2023": (6250, 6250, 1000), "he2024": (500, 500, 0)}
"""Each paper's rows per node to train on, to validate on and to test on; He 2024 names no test rows."""


@PROBLEMS.register("synthetic-linear")
def synthetic_linear(
    context: ProblemContext,
    /,
    *,
    variant: Variant = "zhang2023",
    features: Count = 200,
    train: Count | None = None,
    validation: Count | None = None,
    test: Annotated[int, Field(ge=0)] | None = None,
) -> Problem:
    """Classes split by a noisy hyperplane, Gaussian or χ² inputs (Zhang 2023, He 2024); uses no data set.

    Test rows are standard Gaussian.

    Args:
        variant: the paper whose inputs are drawn.
        features: entries of a row.
        train: training rows of a node; by default as many as in the paper.
        validation: validation rows of a node, likewise.
        test: test rows, likewise.
    """
    given = (train, validation, test)
    rows = [paper if own is None else own for own, paper in zip(given, ROWS[variant], strict=True)]
    nodes = LinearNodeData(variant, context.nodes, context.seed, features, *rows)
    longest = max(
        longest_row(side(node)) for node in range(len(nodes)) for side in (nodes.upper, nodes.lower)
    )
    tested = nodes.test if nodes.test_rows else None
    if variant == "zhang2023":
        shape, level = (2, features), context.lower_level
        return softmax_regression("synthetic-linear", nodes, shape, longest, tested, lower_level=level)
    return binary_regression("synthetic-linear", nodes, features, longest, tested, context.lower_level)


@dataclass(frozen=True)
class LinearNodeData(LabelledNodeData):
    """All nodes' rows, drawn whenever they are asked for and the same each time; labels are 0 and 1."""

    variant: Variant
    nodes: int
    seed: int
    features: int
    train_rows: int
    validation_rows: int
    test_rows: int

    @property
    def source(self) -> str:
        """The name of the problem that draws the rows."""
        return "problem synthetic-linear"

    def __len__(self) -> int:
        return self.nodes

    def size(self, node: int) -> tuple[int, int]:
        """Return the size of the node's data: rows × features."""
        return self.train_rows + self.validation_rows, self.features

    @cached_property
    def w(self) -> Vector:
        """The normal of the hyperplane."""
        return generator(self.seed, "synthetic-linear/w").standard_normal(self.features)

    def upper(self, node: int) -> Samples:
        """Return the node's validation rows."""
        return self._own("validation", node, self.validation_rows)

    def lower(self, node: int) -> Samples:
        """Return the node's training rows."""
        return self._own("train", node, self.train_rows)

    @cached_property
    def test(self) -> Samples:
        """All nodes' test rows."""
        draw = generator(self.seed, "synthetic-linear/test")
        return self._labelled(draw.standard_normal((self.nodes * self.test_rows, self.features)), draw)

    def _own(self, part: str, node: int, rows: int) -> Samples:
        draw = generator(self.seed, f"synthetic-linear/{part}", node)
        k, size = node + 1, (rows, self.features)  # the papers count workers from 1
        if k % 2:
            return self._labelled(draw.chisquare(k, size), draw)
        return self._labelled(draw.normal(0, k if self.variant == "he2024" else 1, size), draw)

    def _labelled(self, a: NDArray[np.float64], draw: np.random.Generator) -> Samples:
        b = draw.standard_normal(len(a))
        return Samples(a, (a @ self.w + 0.1 * b > 0).astype(np.int64))
