"""The compressed SOBA family over a graph (He 2024): states agree, decoded innovations T of directions are averaged.

untracked   G⁺ = W T⁺                               T = C(U), or with a memory m⁺ = m + δ C(U − m): see error_feedback
tracked     G⁺ = mix(G) + W (T⁺ − T)                G and T start at 0
V⁺ = Π(mix(V) − β H)                                H = G⁺, or what each class says

mix(·) is the consensus channel of a state. Without a codec mix(V) = W V and T = U: the untracked form is then ``atc``.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.network import Consensus, Innovation
from p2pbo.problems import Rows

Rounds = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class InnovationMixing(Mixing):
    """What the family shares; ``rounds`` is R of multi-step compression."""

    of_memory: ClassVar[bool] = False
    """Whether T is the memory itself."""

    tracking: bool = field(default=False, kw_only=True)
    rounds: Rounds = field(default=1, kw_only=True)

    @property
    def compressions(self) -> int:
        """R."""
        return self.rounds

    @property
    def delta(self) -> float | None:
        """The rate at which memories follow; None: the codec's own; 0: there are no memories."""
        return 0.0

    @abstractmethod
    def follow(self, H: Rows, G: Rows) -> tuple[Rows, Rows]:
        """Return (the direction of this step, H⁺) from H of the step before and G⁺."""

    def start(self, V: Rows) -> Variable:
        """Return G = W T = H = 0."""
        return Variable(V, np.zeros_like(V), tuple(np.zeros_like(V) for _ in range(3)))

    def recover(self, variable: Variable) -> Variable:
        """Return G = W T, where it is tracked."""
        G, WT, H = variable.carried
        return replace(variable, carried=(WT if self.tracking else G, WT, H))

    def sends(self) -> Sends:
        """Plan V, and G where it is tracked, before the oracles, and the innovation after them."""
        innovation = Innovation(self.delta, self.of_memory, self.rounds)
        return (Consensus(), Consensus()) if self.tracking else (Consensus(),), (innovation,)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """States go out before the oracles run, innovations after them."""
        G, WT, H = variable.carried
        if self.tracking:
            U, mixed, mixed_G = yield variable.V, G
            (WT_next,) = yield (U,)
            G = mixed_G + WT_next - WT  # G⁺ = mix(G) + W (T⁺ − T)
        else:
            U, mixed = yield (variable.V,)
            (WT_next,) = yield (U,)
            G = WT_next
        direction, H = self.follow(H, G)
        return Variable(V=self.project(mixed - beta * direction), U=U, carried=(G, WT_next, H))


@MIXINGS.register("innovations")
@dataclass(frozen=True)
class Innovations(InnovationMixing):
    """Averages of what neighbours decode of each other's directions (C-SOBA)."""

    def follow(self, H: Rows, G: Rows) -> tuple[Rows, Rows]:
        """Return H = G⁺."""
        return G, G
