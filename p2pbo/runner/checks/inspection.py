"""What a user has written is tried before any node sends anything, so that what is wrong with it is said of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2pbo.network import Ranks
from p2pbo.runner.assembly import Local

if TYPE_CHECKING:
    from p2pbo.problems.checks.inspection import Inspection

SIDES = ("upper", "lower")


def inspect(local: Local, ranks: Ranks) -> None:
    """Try losses and test at the start, the same on all ranks; none of it counts as work.

    Raises:
        InputError: a loss is not finite, no mean over rows, or has no derivatives; a test gives what cannot be logged.
    """
    inspection = local.oracles.inspection
    if inspection is not None:  # the same on all ranks
        _inspect_losses(inspection, local, ranks)
    if local.held_out is not None:
        ranks.agree(lambda: _check_test(local) if ranks.rank == 0 else None)


def _inspect_losses(inspection: Inspection, local: Local, ranks: Ranks) -> None:
    at = local.problem.x.start, local.problem.y.start, local.algorithm.batches[0]
    here = ranks.agree(lambda: inspection.random(*at))
    everywhere = ranks.total(np.array([side in here for side in SIDES], dtype=np.int64))
    local.oracles.draw_by_keys(
        frozenset(side for side, count in zip(SIDES, everywhere, strict=True) if count)
    )
    twice = local.algorithm.second_derivatives
    ranks.agree(lambda: inspection.check(*at, twice) if ranks.rank == 0 else None)


def _check_test(local: Local) -> None:
    X, Y, *_ = local.start().point
    assert local.held_out is not None
    local.held_out.check(X[0].astype(np.float64), Y[0].astype(np.float64), local.oracles.metrics(X, Y))
