"""The compressed SOBA family over a graph (He 2024): states agree, decoded innovations T of directions are averaged.

untracked   G⁺ = W T⁺                               T = C(U), or with a memory m⁺ = m + δ C(U − m): see error_feedback
tracked     G⁺ = mix(G) + W (T⁺ − T)                G and W T start at 0
V⁺ = Π(mix(V) − β G⁺)                               or along what each class remembers of G

mix(·) is the consensus channel of a state. Without a codec mix(V) = W V and T = U: the untracked form is then ``atc``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.network import Consensus, Innovation

Rounds = Annotated[int, Field(ge=1)]


class InnovationsMemory(NamedTuple):
    """What averaged innovations remember of a variable; only the tracked form uses it."""

    G: Rows
    """The average direction of the last step: the server's of C(D) (He 2024, Alg. 1), D̂ of EF-SOBA (14)."""
    WT: Rows
    """W T of the last step: the average of what neighbours have decoded."""


@dataclass(frozen=True)
class InnovationMixing(Mixing):
    """What the family shares.

    Args:
        tracking: whether the average of what is sent is tracked, in the place of the server's.
        rounds: R, the rounds of multi-step compression, and the batches that a direction is averaged over.
    """

    of_memory: ClassVar[bool] = False
    """Whether T is the memory m itself."""
    remembers: ClassVar[type[Any]] = InnovationsMemory

    tracking: bool = field(default=False, kw_only=True)
    rounds: Rounds = field(default=1, kw_only=True)

    @property
    def compressions(self) -> int:
        """R, the rounds of multi-step compression."""
        return self.rounds

    @property
    def delta(self) -> float | None:
        """The rate δ at which memories m follow; None: the codec's own; 0: there are no memories."""
        return 0.0

    def direction(self, memory: Any, G: Rows) -> Rows:
        """Return the direction of this step, of what the last one has left and G⁺: here G⁺ itself."""
        return G

    def remember(self, memory: Any, G: Rows, WT: Rows) -> Any:
        """Return what the next step needs, of what the last one has left, G⁺ and W T⁺."""
        return InnovationsMemory(G, WT)

    def recover(self, variable: Variable) -> Variable:
        """Return the variable with G = W T where it is tracked, so that mean(G) = mean(W T) holds again."""
        memory = variable.memory
        return replace(variable, memory=memory._replace(G=memory.WT)) if self.tracking else variable

    def sends(self) -> Sends:
        """Plan V, and G where it is tracked, before the oracles, and the innovation of U after them."""
        innovation = Innovation(self.delta, self.of_memory, self.rounds)
        return (Consensus(), Consensus()) if self.tracking else (Consensus(),), (innovation,)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Send states before the oracles run, and the innovation of U after them."""
        memory = variable.memory
        if self.tracking:
            U, mixed, mixed_G = yield variable.V, memory.G
            (WT,) = yield (U,)
            G = mixed_G + WT - memory.WT  # G⁺ = mix(G) + W (T⁺ − T)
        else:
            U, mixed = yield (variable.V,)
            (WT,) = yield (U,)
            G = WT  # G⁺ = W T⁺
        V = self.project(mixed - beta * self.direction(memory, G))
        return Variable(V=V, U=U, memory=self.remember(memory, G, WT))


@MIXINGS.register("innovations")
@dataclass(frozen=True)
class Innovations(InnovationMixing):
    """Averages of what neighbours decode of each other's directions (C-SOBA)."""
