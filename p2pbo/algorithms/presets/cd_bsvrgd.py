"""CD-BSVRGD: tracked hypergradient, STORM on all three variables, gradient tracking (Zhang 2023, Alg. 1).

U ← D + (1 − αη²)(U − D_prev),  T⁺ = W T + U − U_prev,  V⁺ = V + η(Π[W V − βT⁺] − V),  Π on z alone, radius c_fy/μ

z here is −z of the paper. Its experiments set αη² = 1, which takes STORM's memory away; here αη² = ½ unless
alpha1, alpha2, alpha3 = 1/η² ask for it.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition


@ALGORITHMS.register("cd-bsvrgd")
def cd_bsvrgd() -> Composition:
    """CD-BSVRGD: tracked hypergradient, STORM, gradient tracking (Zhang 2023, Alg. 1)."""
    return Composition(
        hypergradient="tracked",
        estimator="storm",
        mixing="tracking",
        paper="Zhang 2023, Alg. 1",
        defaults={
            "eta": 0.1,
            **{f"alpha{v}": 50.0 for v in (1, 2, 3)},
            **{f"beta{v}": 1.0 for v in (1, 2, 3)},
        },
    )
