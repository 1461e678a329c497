"""Optuna's samplers, which propose settings, and its pruners, which end poor trials early, by name."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from p2pbo.errors import InputError
from p2pbo.randomness import generator
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.parameter import Choices

if TYPE_CHECKING:
    import optuna

SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("median", "halving", "none")

STARTUP = 5
"""The complete trials before the first is judged by their median."""


def make_sampler(name: str, method: TunedMethod, proposal: int) -> optuna.samplers.BaseSampler:
    """Return the sampler of one proposal, whose draws are keyed by the method and the proposal's number.

    So a search that is interrupted and gone on with proposes what it would have proposed.
    """
    import optuna

    seed = int(_draws(method, proposal).integers(2**31))
    return (
        optuna.samplers.TPESampler(seed=seed) if name == "tpe" else optuna.samplers.RandomSampler(seed=seed)
    )


def make_pruner(name: str, steps: int) -> optuna.pruners.BasePruner:
    """Return the pruner of trials of so many steps.

    ``median``: at each row after a fifth of the steps, trials whose best value so far is worse than the median of the
    complete ones there. ``halving``: all but the best third at 1/9 and at 1/3 of the steps, asynchronously.
    """
    import optuna

    match name:
        case "median":
            return optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=steps // 5)
        case "halving":
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=max(1, steps // 9), reduction_factor=3)
    return optuna.pruners.NopPruner()


def grid(method: TunedMethod) -> list[dict[str, Any]]:
    """Return all combinations of the method's choices, in an order of their own.

    Raises:
        InputError: the space has a range.
    """
    for field, parameter in method.space.items():
        if not isinstance(parameter, Choices):
            raise InputError(
                f"--sampler grid has the range {field}={parameter}, which",
                "has no grid",
                f"write --space {field}=A|B|C",
            )
    combined = [
        dict(zip(method.space, values, strict=True))
        for values in product(*(part.extremes for part in method.space.values()))
    ]
    _draws(method, 0).shuffle(combined)
    return combined


def _draws(method: TunedMethod, proposal: int) -> Any:
    return generator(method.seeds[0], f"tune/{method.name}/{proposal}")
