"""EF-SOBA (He 2024, Alg. 2): innovations with memories at both ends of an edge.

T = m + C(U − m),  m ← m + δ C(U − m)                y, z: V⁺ = mix(V) − β G⁺;  x: V⁺ = mix(V) − α G, a step behind

δ is δ_u for x and δ_ℓ for y and z; by default the codec's contraction, 1/(1 + ω).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from p2pbo.algorithms.mixings.innovations import InnovationMixing
from p2pbo.algorithms.parts import MIXINGS
from p2pbo.problems import Rows

Rate = Annotated[float, Field(gt=0, le=1)]


@MIXINGS.register("error-feedback")
@dataclass(frozen=True)
class ErrorFeedback(InnovationMixing):
    """Averaged innovations with memories at both ends of an edge (EF-SOBA's y and z)."""

    tracking: bool = field(default=True, kw_only=True)
    delta_lower: Rate | None = field(default=None, kw_only=True)

    @property
    def delta(self) -> float | None:
        """δ_ℓ."""
        return self.delta_lower

    def follow(self, H: Rows, G: Rows) -> tuple[Rows, Rows]:
        """H = G⁺."""
        return G, G


@MIXINGS.register("error-feedback-late")
@dataclass(frozen=True)
class ErrorFeedbackLate(InnovationMixing):
    """The same, a step behind (EF-SOBA's x)."""

    tracking: bool = field(default=True, kw_only=True)
    delta_upper: Rate | None = field(default=None, kw_only=True)

    @property
    def delta(self) -> float | None:
        """δ_u."""
        return self.delta_upper

    def follow(self, H: Rows, G: Rows) -> tuple[Rows, Rows]:
        """The G from before this step, and G⁺."""
        return H, G
