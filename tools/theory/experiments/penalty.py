"""The bias of the penalty hypergradient."""

from __future__ import annotations

from typing import Any

from theory.claims import Claim, Section
from theory.runs import ALL, points, quadratic


def penalized(penalty: float) -> dict[str, Any]:
    """Return a run of DSGDA-GT without noise."""
    settings = {"alpha": 0.5, "beta": 0.5, "penalty": penalty, "batch": ALL}
    return {
        "problem": quadratic(),
        "algorithm": "dsgda-gt",
        "settings": settings,
        "topology": "ring",
        "nodes": 8,
        "steps": 1000,
        "log_every": 50,
    }


PENALTY = Section(
    "penalty",
    "The penalty's bias",
    "DSGDA-GT on a ring of 8 unequal nodes, full batches, steps 0.5, 1,000 steps.",
    (
        Claim(
            "penalty",
            "DSGDA-GT: the bias ‖∇Φ(x̄)‖ at the end falls as 1/λ",
            "Kwon 2023: the penalized problem's gradient is within O(1/λ) of ∇Φ.",
            "penalty λ",
            "‖∇Φ(x̄)‖ at the end",
            points("floor", {λ: penalized(λ) for λ in (10.0, 100.0, 1000.0, 10_000.0)}, power=1, part=0.0),
            -1,
        ),
    ),
)
