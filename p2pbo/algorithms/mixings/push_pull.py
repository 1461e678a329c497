"""Push-pull, or AB: gradient tracking over directed and changing graphs.

T⁺ = C T + U⁺ − U                   sum(T) = sum(U) for ever, because the columns of C sum to 1
V⁺ = Π(R (V − β T))                 FAB (Ma 2026), Xin, Khan 2018, Pu et al. 2021

C T and U are 0 at the start, so that the first T is the first U. States are pulled by R, whose rows sum to 1; trackers
are pushed by C, whose columns do. One message a step carries both, after the oracles: R and C of a round are of the
same graph. On an undirected graph both are W.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.network import Consensus, Push


class PushPullMemory(NamedTuple):
    """What push-pull remembers of a variable."""

    CT: Rows
    """C T of the last step, in float64 whatever V is: what the sum of trackers loses by rounding never comes back."""


@MIXINGS.register("push-pull")
class PushPull(Mixing):
    """Pull states by R, push trackers by C: for directed and changing graphs, too (FAB, AB)."""

    needs_exact: ClassVar[bool] = True
    directed: ClassVar[bool] = True
    remembers: ClassVar[type[PushPullMemory]] = PushPullMemory

    def start(self, V: Rows) -> Variable:
        """Return the variable before the first step: U and C T are 0."""
        return Variable(V, np.zeros_like(V), PushPullMemory(CT=np.zeros(V.shape)))

    def recover(self, variable: Variable) -> Variable:
        """Return the variable with C T = U, so that sum(T) = sum(U) holds again among those who are left."""
        return replace(variable, memory=PushPullMemory(CT=variable.U.astype(np.float64)))

    def sends(self) -> Sends:
        """Plan V − βT and T, after the oracles."""
        return (), (Consensus(donated=True), Push())

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Send the moved iterate and the tracker, once the estimate is there."""
        memory: PushPullMemory = variable.memory
        (U,) = yield ()
        T = memory.CT + U
        T -= variable.U  # T⁺ = C T + U⁺ − U
        stepped = variable.V - (beta * T).astype(variable.V.dtype, copy=False)
        pulled, CT = yield stepped, T  # R (V − β T), C T
        return Variable(V=self.project(pulled), U=U, memory=PushPullMemory(CT))
