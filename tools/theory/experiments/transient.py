"""Transient iterations: when does the ring catch up with the complete graph?"""

from __future__ import annotations

from typing import Any

from theory.claims import Claim, Section
from theory.runs import by_gap, points, quadratic


def catching_up(share: float) -> dict[str, Any]:
    """Return a run on unequal nodes, whose steps and batches are to be set."""
    return {
        "problem": quadratic(heterogeneity=0.5, noise=0.12),
        "algorithm": "d-soba",
        "settings": {"theta": 1.0, "mixing": "gossip"},
        "topology": "ring",
        "nodes": 4,
        "share": share,
        "log_every": 20,
    }


TRANSIENT = Section(
    "transient",
    "Transient iterations",
    "D-SOBA with mixing `gossip` on a ring of 4 with lazier and lazier weights, heterogeneity 0.5, noise "
    "0.12. The transient is over where the floor of unequal nodes has come down to that of noise: with "
    "steps 1/√t after T = 1/α² steps, if both are equal at α. The floor without noise is measured on the "
    "ring at α = 0.01 and 0.02 and continued as a power law, that with batches of one row on the complete "
    "graph, with mixing `atc`, at 0.02, 0.04 and 0.08, and taken to be in proportion to α. That was "
    "chosen with results in sight: with a fitted slope of the noise, T has the error of that slope many times.",
    (
        Claim(
            "transient-gap",
            "D-SOBA's transient iterations on unequal nodes grow as 1/(1 − λ)⁴",
            "Of decentralized SGD Yuan 2023 (JMLR 24, 280, abstract): the transient stage is of the order of "
            "K³/(1 − λ)⁴ for convex losses, and K³/(1 − λ)² where heterogeneity has no influence. Kong 2025 has the "
            "order for D-SOBA; that theorem could not be read for this page, and is taken to be the same.",
            "1/(1 − λ)",
            "transient iterations",
            points(
                "transient",
                by_gap(catching_up(0.5**power) for power in (0.0, 0.5, 1.0, 1.5)),
                biased=(0.01, 0.02),
                noisy=(0.02, 0.04, 0.08),
            ),
            4,
            remark="With a large gap both floors are equal at steps that are less short beside it, where that "
            "of unequal nodes grows less than α²: the transient is shorter there, and the slope steeper.",
        ),
    ),
)
