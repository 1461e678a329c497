"""Zhang 2023: CD-BSVRGD, STORM and gradient tracking on all three variables.

The paper stacks nodes in columns and calls the mixing matrix E: its X E is W X here. Its U, V, W are the estimates U of
x, y and z, its P, Q, R their trackers T. Its z is −z here, where z* = −[∇²_yy g]⁻¹ fy. For each variable V with its own
α and β, where D is Dx, Dy or Dz:

Eq. (3.5)          Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          hypergradient tracked

Alg. 1             line 3  U = D on B₀ samples,  T = U          t = 0     estimator storm, first_batch = B₀
                   line 5  U ← (1 − αη²)(U − D_prev) + D                  estimator storm
                   line 6  T⁺ = W T + U − U_prev                          mixing tracking
                   line 8  V⁺ = V + η (Π[W V − βT⁺] − V)                  mixing tracking

D_prev is the direction at the previous point with the same samples. Π is there for z alone: the ball of radius
c_fy/μ (setting radius). The experiments set αη² = 1, which takes STORM's memory away; here αη² = ½ unless alpha1,
alpha2, alpha3 = 1/η² ask for it.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint


@ALGORITHMS.register("cd-bsvrgd")
def cd_bsvrgd() -> Composition:
    """CD-BSVRGD: tracked hypergradient, STORM, gradient tracking (Zhang 2023, Alg. 1)."""
    return Composition(
        hypergradient="tracked",
        estimator="storm",
        mixing="tracking",
        paper="Zhang 2023, Alg. 1",
        limit_point=LimitPoint.SOLUTION,
        defaults={
            "eta": 0.1,
            **{f"alpha{v}": 50.0 for v in (1, 2, 3)},
            **{f"beta{v}": 1.0 for v in (1, 2, 3)},
        },
    )
