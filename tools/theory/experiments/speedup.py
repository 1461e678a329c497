"""Linear speedup: equal nodes whose samples differ, so that only the noise of batches is left at the end."""

from __future__ import annotations

from typing import Any

from theory.claims import Claim, Section
from theory.runs import one_step, points, quadratic

NOISY = quadratic(heterogeneity=0.0, noise=0.5)
NODES = (2, 4, 8, 16, 32)


def noisy(method: str, nodes: int, step: float, steps: int, log_every: int = 10) -> dict[str, Any]:
    """Return a run of equal nodes with batches of one row."""
    settings = one_step(step, batch=1)
    network = {"topology": "ring", "nodes": nodes}
    return {
        "problem": NOISY,
        "algorithm": method,
        "settings": settings,
        **network,
        "steps": steps,
        "log_every": log_every,
    }


SPEEDUP = Section(
    "speedup",
    "Linear speedup",
    "Equal nodes (heterogeneity 0) on a ring, a batch of one row each. The floor is the mean over the "
    "second half of 4,000 steps, with all steps at 0.1; the steps to a target are counted with all steps "
    "at K/200, until ‖∇Φ(x̄)‖ is 0.1, as a root mean square over ten rows, which are 32/K steps apart.",
    (
        Claim(
            "floor-nodes-gossip",
            "D-SOBA: the floor of ‖∇Φ(x̄)‖² falls as 1/K",
            "He 2024, Theorem 4.2 without compression: the leading term √Δ σ/√(nT) is ασ²/n at a constant "
            "step α.",
            "nodes K (D-SOBA)",
            "floor of ‖∇Φ(x̄)‖²",
            points("floor", {K: noisy("d-soba", K, 0.1, 4000) for K in NODES}),
            -1,
        ),
        Claim(
            "floor-nodes-tracking",
            "SPARKLE-GT: the floor of ‖∇Φ(x̄)‖² falls as 1/K",
            "The same term: tracking changes no average.",
            "nodes K (SPARKLE-GT)",
            "floor of ‖∇Φ(x̄)‖²",
            points("floor", {K: noisy("sparkle-gt", K, 0.1, 4000) for K in NODES}),
            -1,
        ),
        Claim(
            "steps-nodes",
            "D-SOBA, steps in proportion to K: steps to a target fall as 1/K",
            "Gao 2023, Corollary 2: O(1/(Kε²)) iterations; He 2024, after Theorem 3.4: O(1/(nε²)).",
            "nodes K",
            "steps to the target",
            points(
                "steps_to",
                {K: noisy("d-soba", K, K / 200, 16_000 // K, 32 // K) for K in NODES},
                target=0.1,
                rows=10,
            ),
            -1,
        ),
    ),
)
