"""A trial of a user's losses and test before any node sends anything, so that errors name what is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2pbo.network import Ranks
from p2pbo.runner.assembly import Assembly

if TYPE_CHECKING:
    from p2pbo.problems.autograd.stacking import TorchLosses

SIDES = ("upper", "lower")


def inspect(assembly: Assembly, ranks: Ranks) -> None:
    """Try losses and test at the start, the same on all ranks; none of it counts as work.

    Raises:
        InputError: a loss is not finite, no mean over rows, or has no derivatives; a test gives what cannot be logged.
    """
    losses = assembly.oracles.torch_losses
    if losses is not None:  # the same on all ranks
        _inspect_losses(losses, assembly, ranks)
    if assembly.held_out is not None:
        ranks.agree(lambda: _check_test(assembly) if ranks.rank == 0 else None)


def _inspect_losses(losses: TorchLosses, assembly: Assembly, ranks: Ranks) -> None:
    from p2pbo.problems.checks.inspection import check_losses, random_losses

    at = assembly.problem.x.start, assembly.problem.y.start, assembly.algorithm.batches[0]
    here = ranks.agree(lambda: random_losses(losses, *at))
    everywhere = ranks.total(np.array([side in here for side in SIDES], dtype=np.int64))
    assembly.oracles.draw_by_keys(
        frozenset(side for side, count in zip(SIDES, everywhere, strict=True) if count)
    )
    asked = assembly.algorithm.second_derivatives, assembly.algorithm.lower_gradients
    ranks.agree(lambda: check_losses(losses, *at, *asked) if ranks.rank == 0 else None)


def _check_test(assembly: Assembly) -> None:
    X, Y, *_ = assembly.start().point
    assert assembly.held_out is not None
    assembly.held_out.check(X[0].astype(np.float64), Y[0].astype(np.float64), assembly.oracles.metrics(X, Y))
