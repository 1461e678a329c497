"""A method is hypergradient × estimator × mixing; this is the one loop body that all compositions share."""

from __future__ import annotations

from dataclasses import dataclass

from p2pbo.algorithms.parts import Estimator, Hypergradient, Mixing
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point, State
from p2pbo.network import Network
from p2pbo.problems import Oracles


@dataclass(frozen=True)
class Composition:
    """A method with all its settings fixed: one estimator and one mixing per variable."""

    hypergradient: Hypergradient
    estimators: tuple[Estimator, ...]
    mixings: tuple[Mixing, ...]
    batch: int | None
    first_batch: int | None

    def start(self, point: Point) -> State:
        """The state before the first step, from the common start of every variable (hosted×dim)."""
        variables = tuple(mixing.start(V) for mixing, V in zip(self.mixings, point, strict=True))
        return State(0, variables, point)

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """One step: post what neighbours need, compute directions meanwhile, then mix and move."""
        outgoing = [mixing.outgoing(v) for mixing, v in zip(self.mixings, state.variables, strict=True)]
        pending = network.exchange(*(rows for group in outgoing for rows in group))

        sample = self.hypergradient.draw(sampler, state.step, self.batch if state.step else self.first_batch)
        D = self.hypergradient.directions(oracles, state.point, sample)
        pending.poll()
        if state.step == 0:
            estimates = D
        else:
            looks_back = any(estimator.looks_back for estimator in self.estimators)
            before = self.hypergradient.directions(oracles, state.previous, sample) if looks_back else D
            estimates = tuple(
                estimator.update(v.U, d, d_before)
                for estimator, v, d, d_before in zip(self.estimators, state.variables, D, before, strict=True)
            )

        mixed = iter(pending.wait())
        moved = tuple(
            mixing.update(v, U, *(next(mixed) for _ in sent))
            for mixing, v, U, sent in zip(self.mixings, state.variables, estimates, outgoing, strict=True)
        )
        return State(state.step + 1, moved, state.point)
