"""CM-SOBA's x (He 2024, Alg. 1): momentum after the average.

H⁺ = (1 − θ) H + θ G⁺,  V⁺ = mix(V) − α H            a step follows the H from before it; H starts at 0
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from p2pbo.algorithms.mixings.innovations import InnovationMixing
from p2pbo.algorithms.parts import MIXINGS
from p2pbo.arrays import Rows

Rate = Annotated[float, Field(gt=0, le=1)]


class MomentumMemory(NamedTuple):
    """What averaged innovations with momentum remember of a variable; only the tracked form uses G and W T."""

    G: Rows
    """The direction of the last step before its momentum, in the place of the server's average of C(D)."""
    WT: Rows
    """W T of the last step: the average of what neighbours have decoded."""
    H: Rows
    """h of He 2024, Alg. 1 (CM-SOBA): the moving average of G."""


@MIXINGS.register("innovations-momentum")
@dataclass(frozen=True)
class InnovationsMomentum(InnovationMixing):
    """Averaged innovations with momentum after the average (CM-SOBA's x).

    Args:
        theta: θ, the weight of a new direction.
    """

    remembers: ClassVar[type[MomentumMemory]] = MomentumMemory

    theta: Rate = field(default=0.1, kw_only=True)

    def direction(self, memory: MomentumMemory, G: Rows) -> Rows:
        """Return the H from before this step."""
        return memory.H  # x⁺ = x − α h

    def remember(self, memory: MomentumMemory, G: Rows, WT: Rows) -> MomentumMemory:
        """Return G⁺, W T⁺ and H⁺ = (1 − θ) H + θ G⁺."""
        H = (1 - self.theta) * memory.H + self.theta * G  # h⁺ = (1 − θ) h + θ G⁺
        return MomentumMemory(G, WT, H)
