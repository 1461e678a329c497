"""Codecs: C-SOBA on the complete graph with a codec per node, which is the paper's server."""

from __future__ import annotations

from typing import Any

from theory.claims import Claim, Section
from theory.runs import points, quadratic

FRACTIONS = (1.0, 0.5, 0.25, 0.125, 0.0625)


def compressed(fraction: float, step: float, steps: int, log_every: int = 10) -> dict[str, Any]:
    """Return a run of C-SOBA with rand-K, as the paper's server computes it."""
    return {
        "problem": quadratic(dim_x=16, dim_y=16, heterogeneity=0.0, noise=0.5),
        "algorithm": "c-soba",
        "settings": {"alpha": step, "beta": step, "gamma": step, "batch": 1},
        "topology": "complete",
        "nodes": 4,
        "codec": f"randk:{fraction}",
        "codec_scope": "node",
        "steps": steps,
        "log_every": log_every,
    }


CODECS = Section(
    "codecs",
    "Codecs",
    "C-SOBA with rand-K of 16 entries of x, y and z, K/16 = 1 to 1/16, so that 1 + ω = 1 to 16; four "
    "equal nodes, the complete graph, a codec per node, batches of one row. The floor is that of 2,000 "
    "steps of 0.1; the steps to a target are counted with all steps at 0.3/(1 + ω), until ‖∇Φ(x̄)‖ is "
    "0.15, as a root mean square over ten rows, which are 1 + ω steps apart.",
    (
        Claim(
            "codec-floor",
            "C-SOBA: the floor of ‖∇Φ(x̄)‖² grows as 1 + ω",
            "He 2024, Theorem 3.4: the leading term is √((1 + ω_ℓ + ω_u)Δ) σ/√(nT), on equal nodes.",
            "1 + ω",
            "floor of ‖∇Φ(x̄)‖²",
            points("floor", {1 / share: compressed(share, 0.1, 2000) for share in FRACTIONS}),
            1,
        ),
        Claim(
            "codec-steps",
            "C-SOBA, steps in proportion to 1/(1 + ω): steps to a target grow as 1 + ω",
            "He 2024, Table 1: rounds of the order of 1 + ω.",
            "1 + ω",
            "steps to the target",
            points(
                "steps_to",
                {
                    1 / share: compressed(share, 0.3 * share, int(600 / share), int(1 / share))
                    for share in FRACTIONS
                },
                target=0.15,
                rows=10,
            ),
            1,
        ),
    ),
)
