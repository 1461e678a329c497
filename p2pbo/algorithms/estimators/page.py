"""PAGE and SPIDER: differences along the way, added up from a large batch's direction that is taken anew now and then.

U ← D(now; large batch)                            in step 0, then with probability p (PAGE: Li et al. 2021), or in
                                                   every q-th step (SPIDER: Fang et al. 2018)
U ← U + D(now; ξ) − D(previous; ξ)                 in all other steps
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import Field

from p2pbo.algorithms.parts import ESTIMATORS, Estimator
from p2pbo.algorithms.sampling import Sampler
from p2pbo.arrays import Rows


@ESTIMATORS.register("page")
@dataclass(frozen=True)
class Page(Estimator):
    """Differences added to a large batch's direction, which is taken anew at random (PAGE) or regularly (SPIDER).

    All nodes and variables take it in the same steps. The large batch is that of the first step.

    Settings:
        page_probability: p, the probability that a step takes it anew.
        page_period: q, the steps from one to the next, in the place of p.
    """

    looks_back: ClassVar[bool] = True

    page_probability: Annotated[float, Field(ge=0, le=1)] = field(default=0.1, kw_only=True)
    page_period: Annotated[int, Field(ge=1)] | None = field(default=None, kw_only=True)

    def restarts(self, t: int, sampler: Sampler) -> bool:
        """Tell whether U is the direction of a large batch in step t, the same on all nodes."""
        if self.page_period is not None:
            return t % self.page_period == 0
        return t == 0 or sampler.shared(t, "page", 0) < self.page_probability

    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """Return U⁺ = U + D − D_previous."""
        return U + (D - D_previous)
