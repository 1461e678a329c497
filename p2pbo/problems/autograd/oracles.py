"""Oracles by automatic differentiation: any two torch losses, one differentiable evaluation of ∇_y g.

Hosted nodes share one graph, made of the sum of their losses (:mod:`p2pbo.problems.autograd.stacking`). Submodels are
nodes' own (:mod:`p2pbo.problems.autograd.sliced_oracles`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch

from p2pbo.arrays import Rows
from p2pbo.problems.autograd.differentiation import AutogradLower, Device, Measured, differentiable, gradients
from p2pbo.problems.autograd.random_draws import LossDraws
from p2pbo.problems.autograd.sliced_oracles import SlicedOracles
from p2pbo.problems.autograd.stacking import HostedLoss, HostedSamples, TorchLosses
from p2pbo.problems.autograd.stacking_limit import stacking_limit
from p2pbo.problems.flat_variable import FlatVariable
from p2pbo.problems.node_data import Batch, LazyNodeData, Loss, NodeData, map_leaves, sample_indices
from p2pbo.problems.oracle_cost import OracleCost
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.parameter_slice import Submodel


class TorchProblem(Protocol):
    """A :class:`~p2pbo.problems.problem.Problem` as automatic differentiation needs it."""

    upper: Loss
    lower: Loss
    x: FlatVariable
    y: FlatVariable
    nodes: Sequence[NodeData]
    steady: bool


class AutogradOracles(Oracles):
    """The hosted nodes' oracles from the problem's two torch losses."""

    cost: OracleCost

    def __init__(self, problem: TorchProblem, nodes: range, dtype: np.dtype[Any], device: str) -> None:
        if isinstance(problem.nodes, LazyNodeData):
            problem.nodes.check_memory(nodes, dtype.itemsize)
        self.device, self.cost = Device.of(device, dtype), OracleCost(len(nodes), problem.steady)
        with differentiable():
            self.f, self.g = (self._hosted(problem, side, nodes) for side in ("upper", "lower"))
        self.upper_samples, self.lower_samples = self.f.samples.counts, self.g.samples.counts

    def _hosted(self, problem: TorchProblem, side: str, nodes: range) -> HostedLoss:
        """Return the loss named ``side`` (upper, lower) with the data of ``nodes``, on the device."""
        owners = [f"{side} data of node {i}" for i in nodes]
        data = [
            map_leaves(getattr(problem.nodes[i], side), partial(self.device.move, owner=owner))
            for i, owner in zip(nodes, owners, strict=True)
        ]
        x, y = (variable.map_constants(self.device.move) for variable in (problem.x, problem.y))
        draws = LossDraws(side, nodes, str(self.device.torch_device))
        limit = stacking_limit(len(problem.nodes))
        return HostedLoss(side, getattr(problem, side), x, y, HostedSamples(data, owners), draws, limit)

    @property
    def random(self) -> frozenset[str]:
        """The losses that draw at random."""
        sides = {"upper": self.f, "lower": self.g}
        return frozenset(side for side, loss in sides.items() if loss.draws.random)

    def draw_by_keys(self, sides: frozenset[str]) -> None:
        """Let the losses of ``sides`` draw what a batch's keys say from now on, and the others nothing."""
        self.f.draws.random, self.g.draws.random = "upper" in sides, "lower" in sides

    @property
    def stacking_limit(self) -> float:
        """The most rows × parameters of a node with which all hosted nodes share a graph."""
        return self.f.stacking_limit

    def stack_up_to(self, limit: float) -> None:
        """Let hosted nodes share a graph up to so many rows × parameters of a node from now on."""
        self.f.stacking_limit = self.g.stacking_limit = limit

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy) by one backward pass."""
        return gradients("upper", lambda x, y: self.f(x, y, batch), self.device, X, Y, self._measured(batch))

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> AutogradLower:
        """Return ∇_y g with its graph."""
        return AutogradLower(lambda x, y: self.g(x, y, batch), self.device, X, Y, self._measured(batch))

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (gx, gy) by one backward pass, of which no graph is made."""
        measured = self._measured(batch)
        return gradients("lower gradients", lambda x, y: self.g(x, y, batch), self.device, X, Y, measured)

    @property
    def torch_losses(self) -> TorchLosses:
        """The losses that the oracles are the derivatives of."""
        return TorchLosses(self.f, self.g, self.device)

    def _measured(self, batch: Batch) -> Measured:
        """Return what adds the cost of a batch's oracle to all hosted nodes."""
        drawn = sample_indices(batch)
        return partial(self.cost.measured, None, None if drawn is None else drawn.shape)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all samples, one node after another: all samples at once may not fit in memory."""
        point = self.device.tensor(X).clone(), self.device.tensor(Y).clone()  # a loss may write into them
        with differentiable(), torch.no_grad():
            f, g = (np.array([float(v) for v in loss.one_by_one(*point, None)]) for loss in (self.f, self.g))
        return f, g

    def narrower(self, submodels: Sequence[Submodel]) -> SlicedOracles | None:
        """Return the oracles of narrower networks, where slices have shapes."""
        if any(part.shapes is not None for submodel in submodels for part in submodel):
            return SlicedOracles(self, self.torch_losses, self.cost, submodels)
        return None
