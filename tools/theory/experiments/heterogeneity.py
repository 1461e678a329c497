"""Heterogeneity: full batches, so that the floors are of unequal nodes alone."""

from __future__ import annotations

from typing import Any

from theory.claims import Claim, Rule, Section
from theory.runs import ALL, one_step, points, quadratic


def unequal(
    method: str, step: float, heterogeneity: float, nodes: int = 8, length: int = 200
) -> dict[str, Any]:
    """Return a run without noise on a ring of unequal nodes, of length/step steps."""
    return {
        "problem": quadratic(heterogeneity=heterogeneity),
        "algorithm": method,
        "settings": one_step(step, batch=ALL),
        "topology": "ring",
        "nodes": nodes,
        "steps": int(length / step),
        "log_every": 200,
    }


HETEROGENEITY = Section(
    "heterogeneity",
    "Floors of unequal nodes",
    "Full batches, so that what is left at the end, after 200/α steps, is the method's. Steps are varied "
    "at heterogeneity 0.5, heterogeneity at steps of 0.1 on a ring of 8; with tracking the runs are twice "
    "as long.",
    (
        Claim(
            "floor-step",
            "D-SOBA on a ring of 4: the floor of ‖∇Φ(x̄)‖² falls as α²",
            "The consensus error, α²b²/(1 − λ)², times the square of a Lipschitz constant.",
            "step, ring of 4",
            "floor of ‖∇Φ(x̄)‖²",
            points(
                "floor",
                {step: unequal("d-soba", step, 0.5, nodes=4) for step in (0.01, 0.02, 0.04, 0.08)},
                part=0.0,
            ),
            2,
        ),
        Claim(
            "floor-step-long",
            "the same on a ring of 8, with longer steps",
            "The same.",
            "step, ring of 8",
            "floor of ‖∇Φ(x̄)‖²",
            points(
                "floor",
                {step: unequal("d-soba", step, 0.5) for step in (0.02, 0.04, 0.08, 0.16)},
                part=0.0,
            ),
            2,
            remark="The slope falls below 2 where steps are not short beside 1 − λ, which is 0.2 here: a node "
            "comes to its own solution before its neighbours pull it back.",
        ),
        Claim(
            "floor-heterogeneity",
            "D-SOBA: the floor of ‖∇Φ(x̄)‖² falls with the heterogeneity b, at least as b²",
            "The same bound, α²b²/(1 − λ)².",
            "heterogeneity",
            "floor of ‖∇Φ(x̄)‖²",
            points("floor", {h: unequal("d-soba", 0.1, h) for h in (0.05, 0.1, 0.2, 0.4)}, part=0.0),
            2,
            Rule.BOUND_FOR_SMALL_X,
            "The bound allows for any losses. Gradients of quadratic ones are linear, so that the average over the "
            "nodes misses ∇Φ(x̄) by the mean of (H_i − H̄)(x_i − x̄) alone: both factors are of the order of b here, "
            "which makes b⁴ of the square. Where all Hessians are equal and only the centres differ, there is no "
            "floor at all. For decentralized SGD Li 2022 (arXiv 2208.13162) shows that equal Hessians shorten the "
            "transient.",
        ),
        Claim(
            "floor-tracking",
            "SPARKLE-GT: no floor at any step",
            "Zhu 2024: no heterogeneity in the bound.",
            "step",
            "‖∇Φ(x̄)‖² at the end",
            points(
                "floor",
                {step: unequal("sparkle-gt", step, 0.5, length=400) for step in (0.04, 0.08, 0.16, 0.32)},
                part=0.0,
            ),
            rule=Rule.VANISHES,
        ),
    ),
)
