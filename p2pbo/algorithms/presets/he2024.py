"""He 2024: SOBA with compressed directions, its server replaced by a graph.

The paper's listings have no line numbers. Its server's mean (1/n) Σ_i C_i(·) is W C(·) here, and its common state is
mix(·), the consensus channel of a state: W V without a codec. V is any of X, Y, Z, and β its step: α, β or γ. On the
complete graph with uniform weights, and a codec per node, the iterates are the server's.

Eq. (6)              Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy         hypergradient tracked
Sec. 3 (NC-SOBA)     V⁺ = W (V − βD)                                       mixing atc
Alg. 1 (C-SOBA)      V⁺ = mix(V) − βW C(D)                                 mixing innovations
       (CM-SOBA)     X⁺ = mix(X) − αH,  H⁺ = (1 − θ) H + θW C(Dx)          x: mixing innovations-momentum
                     y and z as in C-SOBA                                  mixing innovations
Alg. 2 (EF-SOBA)
  y, z  (13), (14)   T = m + C(D − m),  m⁺ = m + δ_ℓ C(D − m)              mixing error-feedback
                     V⁺ = mix(V) − βG⁺
  x     (12a)        h⁺ = (1 − θ) h + θDx                                  estimator momentum
        (12b), (12c) T = m⁺ = m + δ_u C(h⁺ − m)                            mixing error-feedback-late
        (12d)        X⁺ = mix(X) − αG
                     G⁺ = mix(G) + W (T⁺ − T), in the server's place       setting tracking
Alg. 4 (CM-SOBA-MSC) CM-SOBA with C of Alg. 3 and D of (133)               setting rounds = R
Alg. 5 (EF-SOBA-MSC) EF-SOBA with the same                                 setting rounds = R

After each step of z comes Π, the paper's Clip (setting radius). X follows H and G from before the step, as Alg. 1
prints it and as (12d) does. Alg. 3 sends R rounds of the codec, in one message here; (133) averages R fresh batches.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION

MOMENTUM_ON_X = {"x": "momentum", "y": "sgd", "z": "sgd"}
CM_SOBA = {"x": "innovations-momentum", "y": "innovations", "z": "innovations"}
EF_SOBA = {"x": "error-feedback-late", "y": "error-feedback", "z": "error-feedback"}
STEPS = {"alpha": 0.02, "beta": 0.02, "gamma": 0.02}


@ALGORITHMS.register("nc-soba")
def nc_soba() -> Composition:
    """NC-SOBA: tracked hypergradient, adapt then combine, no compression (He 2024)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing="atc",
        paper="He 2024, Sec. 3",
        limit_point=LimitPoint.FLOOR,
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1},
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("c-soba")
def c_soba() -> Composition:
    """C-SOBA: compressed directions, averaged over the neighbours (He 2024, Alg. 1)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing="innovations",
        paper="He 2024, Alg. 1",
        limit_point=LimitPoint.FLOOR,
        defaults=STEPS,
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("cm-soba")
def cm_soba() -> Composition:
    """CM-SOBA: C-SOBA with momentum on x after the average (He 2024, Alg. 1)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing=CM_SOBA,
        paper="He 2024, Alg. 1",
        limit_point=LimitPoint.FLOOR,
        defaults={**STEPS, "theta": 0.1},
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("ef-soba")
def ef_soba() -> Composition:
    """EF-SOBA: compressed directions with error feedback, tracked (He 2024, Alg. 2)."""
    return Composition(
        hypergradient="tracked",
        estimator=MOMENTUM_ON_X,
        mixing=EF_SOBA,
        paper="He 2024, Alg. 2",
        limit_point=LimitPoint.SOLUTION,
        defaults={**STEPS, "theta": 0.1},
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("cm-soba-msc")
def cm_soba_msc() -> Composition:
    """CM-SOBA-MSC: CM-SOBA with R compressions and R batches a step (He 2024, Alg. 4)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing=CM_SOBA,
        paper="He 2024, Alg. 4",
        limit_point=LimitPoint.FLOOR,
        defaults={**STEPS, "theta": 0.1, "rounds": 2},
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("ef-soba-msc")
def ef_soba_msc() -> Composition:
    """EF-SOBA-MSC: EF-SOBA with R compressions and R batches a step (He 2024, Alg. 5)."""
    return Composition(
        hypergradient="tracked",
        estimator=MOMENTUM_ON_X,
        mixing=EF_SOBA,
        paper="He 2024, Alg. 5",
        limit_point=LimitPoint.SOLUTION,
        defaults={**STEPS, "theta": 0.1, "rounds": 2},
        notation=HE_NOTATION,
    )
