"""Binary logistic regression whose per-feature ridge weights exp(x_p) are learnt, with labels ±1 and one row of y.

f_i(x, y) = mean log(1 + exp(−label·yᵀa)) on node i's validation rows
g_i(x, y) = the same on its training rows + ½ Σ_p exp(x_p) y_p²
"""

from __future__ import annotations

from typing import Any

from p2pbo.arrays import Vector
from p2pbo.data import Samples
from p2pbo.problems.classification.labelled_data import LabelledNodeData
from p2pbo.problems.problem import LowerLevel, Problem


def binary_regression(
    name: str,
    nodes: LabelledNodeData,
    features: int,
    longest: float,
    test: Samples | None,
    lower_level: LowerLevel = "shared",
) -> Problem:
    """Return the problem of this module on rows of so many ``features`` with ‖a‖ ≤ ``longest``, labels 0 and 1.

    One row's Hessian lies between 0 and ¼‖a‖², the ridge adds exp(x_p): lipschitz and convexity are those of the
    start x = 0.
    """

    def accuracy(x: Vector, y: Vector) -> dict[str, float]:
        assert test is not None
        return {"test_accuracy": float(((test.features @ y > 0) == test.labels).mean())}

    return Problem(
        upper_loss,
        lower_loss,
        nodes=nodes,
        dim_x=features,
        dim_y=features,
        lower_level=lower_level,
        lipschitz=0.25 * longest**2 + 1,
        convexity=1.0,
        slope=longest,
        test=accuracy if test is not None else None,
        name=name,
    )


def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return the mean of log(1 + exp(−label·yᵀa)), in torch."""
    from torch.nn.functional import logsigmoid

    sign = 2 * batch["label"] - 1
    return -logsigmoid(sign * (batch["a"] @ y)).mean()


def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return the upper loss + ½ Σ exp(x_p) y_p², in torch."""
    return upper_loss(x, y, batch) + 0.5 * (x.exp() * y**2).sum()
