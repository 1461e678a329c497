"""Checks of one loss of one hosted node before a run: its mean over rows and its derivatives."""

from __future__ import annotations

import math
from contextlib import nullcontext

import numpy as np
import torch

from p2pbo.arrays import Rows, Vector
from p2pbo.errors import InputError
from p2pbo.problems.autograd.differentiation import (
    NO_SECOND_DERIVATIVES_REMEDY,
    AutogradLower,
    Device,
    differentiable,
    gradients,
)
from p2pbo.problems.autograd.random_draws import LossDraws
from p2pbo.problems.autograd.stacking import HostedLoss, HostedSamples
from p2pbo.problems.checks.row_means import check_mean
from p2pbo.problems.checks.second_derivatives import LowerAt
from p2pbo.problems.node_data import Batch, KeyedBatch, map_leaves, sample_indices
from p2pbo.randomness import generator, keys

CHECKED_NODE = 0
"""The first hosted node stands for all."""

SUFFICIENT_ROWS = 32
"""As many rows tell what more would, where a loss takes so few."""


class LossChecks:
    """The checks of one loss near the common start (x, y), on ``size`` rows (None: all) or fewer."""

    def __init__(self, loss: HostedLoss, device: Device, x: Vector, y: Vector, size: int | None) -> None:
        self._loss, self._device, self._drawn = loss, device, size is not None
        self._start = x, y
        self._x, self._y = (np.array(row, dtype=device.numpy_dtype) for row in (x, y))
        available = int(loss.samples.counts[CHECKED_NODE]) if size is None else size
        self._rows = np.arange(min(available, SUFFICIENT_ROWS))
        self._near = self._x, self._y
        if not self._works():
            self._rows = np.arange(available)
        self._near = _near(self._x), _near(self._y)
        if not self._works():
            self._near = self._x, self._y

    def in_double(self) -> LossChecks:
        """Return the same node's loss of these rows in double precision: differences need the digits."""
        device = Device(self._device.torch_device, torch.float64)
        rows = map_leaves(self._loss.samples.of(CHECKED_NODE, sample_indices(self._batch())), device.move)
        nodes = self._loss.nodes[:1]
        draws = LossDraws(self._loss.name, nodes, str(device.torch_device))
        draws.random = self._loss.draws.random
        x, y = (variable.map_constants(device.move) for variable in (self._loss.x, self._loss.y))
        samples = HostedSamples([rows], [f"{self._loss.name} data of node {nodes[0]}"])
        loss = HostedLoss(self._loss.name, self._loss.function, x, y, samples, draws)
        return LossChecks(loss, device, *self._start, size=len(self._rows))

    def check_mean(self) -> None:
        """Check that the loss is a mean over rows, by the same rows twice (:mod:`p2pbo.problems.checks.row_means`).

        Raises:
            InputError: it is a sum, and batches are drawn.
        """

        def repeated(times: int, trial: int) -> float:
            return self._value(*self._near, times=times, trial=trial)

        precision = float(np.finfo(self._y.dtype).eps)
        with self._loss.draws.generators.restored():
            check_mean(self._loss.name, repeated, len(self._rows), self._drawn, precision)

    def check_gradient(self, variables: str) -> None:
        """Check that the loss has a gradient at the start, which is finite by these ``variables``.

        Raises:
            InputError: there is none, or it is not finite.
        """
        subject = f"the {self._loss.name} loss"
        point = self._device.point(self._x.copy(), self._y.copy())
        with differentiable(), self._loss.draws.generators.restored():
            if not self._at(*point).requires_grad:
                cause = "has no gradient: torch sees neither x nor y in it"
                raise InputError(subject, cause, "compute it from x and y by operations of torch")
            fx, fy = self._gradient(self._x, self._y)
        for variable, gradient in (("x", fx), ("y", fy)):
            if variable in variables and not np.isfinite(gradient).all():
                entry = int(np.flatnonzero(~np.isfinite(gradient))[0])
                cause = f"has {gradient[entry]} in its gradient by {variable} at the start (entry {entry})"
                raise InputError(subject, cause, f"start elsewhere by {variable}0, or mend the loss there")

    def check_products(self) -> None:
        """Check that torch has products with the loss's second derivatives.

        Raises:
            InputError: torch has none of some operation.
        """
        try:
            self._lower(*self._near).products(np.ones_like(self._y))
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            cause = f"cannot be differentiated twice ({str(error).splitlines()[0]})"
            raise InputError(f"the {self._loss.name} loss", cause, NO_SECOND_DERIVATIVES_REMEDY) from None

    def check_second_derivatives(self) -> None:
        """Check second derivatives by differences, where possible (:mod:`p2pbo.problems.checks.second_derivatives`).

        Raises:
            InputError: a part of them is missing.
        """
        if self._works():
            with self._loss.draws.generators.restored():
                self._lower_at().check()

    def check_nothing_hidden(self) -> None:
        """Tell by a notice, where possible, of variables that the loss depends on and that torch does not see."""
        if self._works():
            with self._loss.draws.generators.restored():
                self._lower_at().check_nothing_hidden()

    def _lower_at(self) -> LowerAt:
        return LowerAt(self._value, self._gradient, self._lower, *self._near)

    def _works(self) -> bool:
        with self._loss.draws.generators.restored():
            try:
                return math.isfinite(self._value(*self._near))
            except Exception:  # it wants as many rows as a step has, or has no value there
                return False

    def _batch(self, times: int = 1, trial: int = 0) -> Batch:
        hosted = len(self._loss.samples)
        rows = np.tile(self._rows, (hosted, times))
        return (
            KeyedBatch(rows, keys(trial, "examination", np.arange(hosted)))
            if self._loss.draws.random
            else rows
        )

    def _value(self, x: Vector, y: Vector, times: int = 1, trial: int = 0) -> float:
        with differentiable(), torch.no_grad():
            x_there, y_there = (self._device.tensor(row).clone() for row in (x, y))
            return float(self._loss.at(CHECKED_NODE, x_there, y_there, self._batch(times, trial)))

    def _at(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self._loss.at(CHECKED_NODE, x, y, self._batch())

    def _gradient(self, x: Vector, y: Vector) -> tuple[Rows, Rows]:
        return gradients(self._loss.name, self._at, self._device, x, y, lambda _: nullcontext())

    def _lower(self, x: Vector, y: Vector) -> AutogradLower:
        return AutogradLower(self._at, self._device, x, y, lambda _: nullcontext())


def _near(row: Vector) -> Vector:
    """Return a point above the start by up to a third of its entries' size: zeros hide what a loss does, kinks too."""
    u = generator(0, "examination", len(row)).random(len(row)).astype(row.dtype)
    size = abs(row).mean(dtype=row.dtype) or row.dtype.type(1)
    moved: Vector = row + size / 3 * u
    return moved
