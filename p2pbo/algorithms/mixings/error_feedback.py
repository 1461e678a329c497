"""EF-SOBA (He 2024, Alg. 2): innovations with memories at both ends of an edge.

C = C(U − m),  m⁺ = m + δ C                          (12b), (13)
y, z    T = m + C      V⁺ = mix(V) − β G⁺            (14): unbiased where the codec is
x       T = m⁺         V⁺ = mix(V) − α G             (12c), (12d): the memory itself, a step behind

δ is δ_u for x and δ_ℓ for y and z; by default the codec's rate: 1/(1 + ω), and 1 for a biased codec.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from p2pbo.algorithms.mixings.innovations import InnovationMixing
from p2pbo.algorithms.parts import MIXINGS
from p2pbo.arrays import Rows

Rate = Annotated[float, Field(gt=0, le=1)]


class LateMemory(NamedTuple):
    """What EF-SOBA's x remembers, beside the m that the network keeps; only the tracked form uses G and W T."""

    G: Rows
    """The average of memories after the last step: ĥ⁺ of He 2024 (12c)."""
    WT: Rows
    """W T of the last step, T = m⁺."""
    H: Rows
    """The same G, along which the next step goes (12d); after deaths it stays while G starts anew."""


@MIXINGS.register("error-feedback")
@dataclass(frozen=True)
class ErrorFeedback(InnovationMixing):
    """Averaged innovations with memories at both ends of an edge (EF-SOBA's y and z).

    Args:
        delta_lower: δ_ℓ, the share of what is new that memories take up; by default the codec's rate.
    """

    tracking: bool = field(default=True, kw_only=True)
    delta_lower: Rate | None = field(default=None, kw_only=True)

    @property
    def delta(self) -> float | None:
        """δ_ℓ; None: the codec's own rate."""
        return self.delta_lower


@MIXINGS.register("error-feedback-late")
@dataclass(frozen=True)
class ErrorFeedbackLate(InnovationMixing):
    """Averaged memories that follow innovations, a step behind (EF-SOBA's x).

    Args:
        delta_upper: δ_u, the share of what is new that memories take up; by default the codec's rate.
    """

    of_memory: ClassVar[bool] = True
    remembers: ClassVar[type[LateMemory]] = LateMemory

    tracking: bool = field(default=True, kw_only=True)
    delta_upper: Rate | None = field(default=None, kw_only=True)

    @property
    def delta(self) -> float | None:
        """δ_u; None: the codec's own rate."""
        return self.delta_upper

    def direction(self, memory: LateMemory, G: Rows) -> Rows:
        """Return the G from before this step."""
        return memory.H  # (12d)

    def remember(self, memory: LateMemory, G: Rows, WT: Rows) -> LateMemory:
        """Return G⁺, W T⁺, and G⁺ as the direction of the next step."""
        return LateMemory(G, WT, H=G)  # (12c)
