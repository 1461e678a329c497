"""Your own method
===============

A method is composed of parts; write the part that is new. Here, D-SOBA averages m times a step,
V⁺ = Wᵐ (V − β U): less of the nodes' differences, for more messages.
"""

from dataclasses import dataclass, field
from typing import Annotated

import matplotlib.pyplot as plt
from pydantic import Field

import p2pbo
from p2pbo.algorithms import ALGORITHMS, Composition, Variable
from p2pbo.algorithms.notation import HE_NOTATION
from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.network import Consensus


# %%
# A mixing declares what it sends, and tells its step in order: what it yields comes back multiplied by W.
@MIXINGS.register("atc-often")
@dataclass(frozen=True)
class AdaptThenCombineOften(Mixing):
    """Step along the own direction, then average several times."""

    rounds: Annotated[int, Field(ge=1)] = field(default=2, kw_only=True)  # a setting, checked by pydantic

    def sends(self) -> Sends:
        """Declare no rows before the oracles run, and then V once a round; the network may write into it."""
        return ((), *[(Consensus(donated=True),)] * self.rounds)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Step along the direction as soon as it is known, then average."""
        (U,) = yield ()
        V = variable.V - beta * U
        for _ in range(self.rounds):
            (V,) = yield (V,)  # V ← W V
        return Variable(V=self.project(V), U=U)


# %%
# A method names its parts; ``--algorithm``, ``settings=`` and the trace then know it like any other.
@ALGORITHMS.register("d-soba-often")
def d_soba_often() -> Composition:
    """D-SOBA with several rounds of averaging."""
    return Composition(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing="atc-often",
        paper="",
        notation=HE_NOTATION,
    )


# %%
# The floor that the nodes' differences leave sinks.
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for rounds in (1, 2, 4):
    trace = p2pbo.run(
        problem="quadratic", algorithm="d-soba-often", settings={"rounds": rounds}, steps=500, exact="on"
    )
    norm, messages = trace.values("hypergradient_norm"), trace.values("messages_sent")[-1].mean()
    print(f"{rounds} rounds a step: ‖∇Φ(x̄)‖ = {norm[-1]:.4f}, {messages:.0f} messages sent by a node")
    axes.plot(trace.values("step"), norm, label=f"{rounds}")
axes.set(xlabel="step", ylabel="‖∇Φ(x̄)‖", yscale="log")
axes.legend(title="rounds a step")
plt.show()

# %%
# All start alike. D-SOBA stops at a floor that the nodes' differences leave; it halves with two rounds a step, and is a
# fifth with four.
