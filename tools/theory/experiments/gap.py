"""The spectral gap: unequal nodes, full batches, a small step."""

from __future__ import annotations

from typing import Any

from theory.claims import Claim, Rule, Section
from theory.runs import ALL, by_gap, one_step, points, quadratic


def scattered(**network: Any) -> dict[str, Any]:
    """Return a run of gossip on unequal nodes."""
    settings = one_step(0.01, batch=ALL, mixing="gossip")
    return {
        "problem": quadratic(),
        "algorithm": "d-soba",
        "settings": settings,
        "steps": 3000,
        "log_every": 100,
        **network,
    }


SHARES = (1.0, 0.5, 0.25, 0.125, 0.0625)
GAP = Section(
    "gap",
    "The spectral gap",
    "Unequal nodes (heterogeneity 1), full batches, mixing `gossip`, all steps at 0.01, so that what is "
    "left is the step against the mixing. Lazy weights are I − s (I − W) of the ring's W, s = 1 to 1/16; "
    "they change the gap and nothing else.",
    (
        Claim(
            "consensus-lazy",
            "consensus error of x at lazier weights: 1/(1 − λ)²",
            "Gao 2023, Appendix A.2.4: by Lemma 34 with a = (1 − λ)/λ a round leaves λ times the old error and "
            "adds 1/(1 − λ) times α²‖U‖², which is α²‖U‖²/(1 − λ)² at rest.",
            "1/(1 − λ), lazier weights",
            "consensus error of x",
            points(
                "floor",
                by_gap(scattered(topology="ring", nodes=8, share=share) for share in SHARES),
                metric="consensus_x",
                power=1,
            ),
            2,
        ),
        Claim(
            "consensus-rings",
            "consensus error of x on rings of 4 to 32 nodes: 1/(1 − λ)² at most",
            "The same bound.",
            "1/(1 − λ), rings",
            "consensus error of x",
            points(
                "floor",
                by_gap(scattered(topology="ring", nodes=nodes) for nodes in (4, 6, 8, 12, 16, 24, 32)),
                metric="consensus_x",
                power=1,
            ),
            2,
            Rule.BOUND_FOR_LARGE_X,
            "The bound takes all differences of the nodes to be in the slowest mode. Where nodes are drawn "
            "independently of one another each mode has as much, and the mean of 1/(1 − λ_k)² over the "
            "ring's K modes grows as K³, which is 1/(1 − λ)^1.5.",
        ),
    ),
)
