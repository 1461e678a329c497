"""CM-SOBA's x (He 2024, Alg. 1): momentum after the average.

H⁺ = (1 − θ) H + θ G⁺,  V⁺ = mix(V) − α H            a step follows the H from before it; H starts at 0
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from p2pbo.algorithms.mixings.innovations import InnovationMixing
from p2pbo.algorithms.parts import MIXINGS
from p2pbo.problems import Rows

Rate = Annotated[float, Field(gt=0, le=1)]


@MIXINGS.register("innovations-momentum")
@dataclass(frozen=True)
class InnovationsMomentum(InnovationMixing):
    """Averaged innovations with momentum after the average (CM-SOBA's x)."""

    theta: Rate = field(default=0.1, kw_only=True)

    def follow(self, H: Rows, G: Rows) -> tuple[Rows, Rows]:
        """Return H, and H⁺ = (1 − θ)H + θG⁺."""
        return H, (1 - self.theta) * H + self.theta * G
