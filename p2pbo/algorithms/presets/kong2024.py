"""Kong 2024: D-SOBA, which is NC-SOBA of He 2024 with momentum on x, taken locally before mixing.

Kong 2024's listing was not at hand, so that no line numbers stand here: this is its idea in the form of He 2024's SOBA.

D                  Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          hypergradient tracked
x                  H ← (1 − θ) H + θDx                                    estimator momentum
                   X⁺ = W (X − αH)                                        mixing atc
y, z               Y⁺ = W (Y − βDy),  Z⁺ = Π(W (Z − γDz))                 estimator sgd, mixing atc

θ = 1 is NC-SOBA. Unsure are three things: whether x steps along H from before its update, as He 2024's CM-SOBA does
(here: the new H); whether the directions of z and x see the new y already (here: all are taken at the old point); and
whether they draw batches of their own (here: one ξ and one ζ serve the whole step).
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("d-soba")
def d_soba() -> Composition:
    """D-SOBA: NC-SOBA with momentum on x (Kong 2024, from its description)."""
    return Composition(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing="atc",
        paper="Kong 2024 (listing not at hand)",
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=HE_NOTATION,
    )
