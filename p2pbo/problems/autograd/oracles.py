"""Oracles by automatic differentiation: any two torch losses, one differentiable evaluation of ∇_y g.

All hosted nodes share one graph, made of the sum of their losses (:mod:`p2pbo.problems.autograd.stacking`). Submodels
are nodes' own (:mod:`p2pbo.problems.submodels.sliced_oracles`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from p2pbo.problems.autograd.device import Place
from p2pbo.problems.autograd.differentiation import AutogradLower, Measured, gradients
from p2pbo.problems.autograd.random_draws import LossDraws
from p2pbo.problems.autograd.stacking import HostedLoss, HostedSamples
from p2pbo.problems.autograd.torch_modes import differentiable
from p2pbo.problems.checks.inspection import Inspection
from p2pbo.problems.losses import LazyNodes, leaves
from p2pbo.problems.oracle_cost import Work
from p2pbo.problems.oracles import Batch, Oracles, Rows, indices
from p2pbo.problems.submodels.parameter_slice import Submodel
from p2pbo.problems.submodels.sliced_oracles import CutOracles

if TYPE_CHECKING:
    from p2pbo.problems.losses import Losses


class AutogradOracles(Oracles):
    """The hosted nodes' oracles from the problem's two torch losses."""

    work: Work

    def __init__(self, losses: Losses, nodes: range, dtype: np.dtype[Any], device: str) -> None:
        if isinstance(losses.nodes, LazyNodes):
            losses.nodes.check_memory(nodes, dtype.itemsize)
        self.place, self.work = Place.of(device, dtype), Work(len(nodes), losses.steady)
        with differentiable():
            self.f, self.g = (self._hosted(losses, side, nodes) for side in ("upper", "lower"))
        self.upper_samples, self.lower_samples = self.f.samples.counts, self.g.samples.counts

    def _hosted(self, losses: Losses, side: str, nodes: range) -> HostedLoss:
        owners = [f"{side} data of node {i}" for i in nodes]
        data = [
            leaves(getattr(losses.nodes[i], side), partial(self.place.data, owner=owner))
            for i, owner in zip(nodes, owners, strict=True)
        ]
        x, y = (parameters.placed(self.place.data) for parameters in (losses.x, losses.y))
        draws = LossDraws(side, nodes, str(self.place.device))
        return HostedLoss(side, getattr(losses, side), x, y, HostedSamples(data, owners), draws)

    @property
    def random(self) -> frozenset[str]:
        """Which of the losses draw at random."""
        sides = {"upper": self.f, "lower": self.g}
        return frozenset(side for side, loss in sides.items() if loss.draws.random)

    def draw_by_keys(self, sides: frozenset[str]) -> None:
        """From now on the losses of ``sides`` draw what a batch's keys say, and the others nothing."""
        self.f.draws.random, self.g.draws.random = "upper" in sides, "lower" in sides

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy) by one backward pass."""
        return gradients(lambda x, y: self.f(x, y, batch), self.place, X, Y, self._measured(batch))

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> AutogradLower:
        """Return ∇_y g with its graph."""
        return AutogradLower(lambda x, y: self.g(x, y, batch), self.place, X, Y, self._measured(batch))

    @property
    def inspection(self) -> Inspection:
        """Of both losses."""
        return Inspection(self.f, self.g, self.place)

    def _measured(self, batch: Batch) -> Measured:
        """To all hosted nodes."""
        drawn = indices(batch)
        return partial(self.work.measured, None, None if drawn is None else drawn.shape)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all samples, one node after another: all samples at once may not fit in memory."""
        point = self.place.tensor(X).clone(), self.place.tensor(Y).clone()  # a loss may write into them
        with differentiable(), torch.no_grad():
            f, g = (np.array([float(v) for v in loss.one_by_one(*point, None)]) for loss in (self.f, self.g))
        return f, g

    def narrower(self, submodels: Sequence[Submodel]) -> CutOracles | None:
        """Narrower networks, where cuts have shapes."""
        if any(cut.shapes is not None for submodel in submodels for cut in submodel):
            return CutOracles(self, (self.f, self.g), self.place, self.work, submodels)
        return None
