"""Stored rows are lent to losses, some of which write into what they are given (``batch.div_(255)``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from p2pbo.errors import InputError
from p2pbo.problems.losses import Structure, leaves


class Lender:
    """Lends stored rows to one loss: themselves if it leaves them alone, else a copy each time.

    What it does with the first ones, a copy, tells. Nothing that a loss does changes the stored rows of a run that
    goes on.
    """

    def __init__(self, loss: str) -> None:
        self._loss = loss
        self._writes: bool | None = None  # nobody knows yet

    @contextmanager
    def lend(self, stored: Structure) -> Iterator[Structure]:
        """The rows, for one evaluation.

        Raises:
            InputError: a loss that has left its first rows alone writes into these.
        """
        if self._writes is False:
            before = _versions(stored)
            yield leaves(stored, lambda leaf: leaf)  # a loss may put something else into its dict, too
            if _versions(stored) != before:
                cause = "wrote into a node's data, which it had left alone before"
                raise InputError(
                    f"the {self._loss} loss", cause, "let it work on copies, such as batch / 255"
                )
            return
        copy = leaves(stored, torch.clone)
        yield leaves(copy, lambda leaf: leaf)
        if self._writes is None:
            self._writes = not _same(copy, stored)


def _versions(structure: Structure) -> list[int]:
    """Return how often torch has written into each tensor, or into what it is a view of."""
    found: list[int] = []
    leaves(structure, lambda leaf: found.append(leaf._version))
    return found


def _same(one: Structure, other: Structure) -> bool:
    """Tell whether all entries are equal; numpy writes without torch's knowledge."""
    equal: list[bool] = []
    leaves(one, lambda a, b: equal.append(torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)), other)
    return all(equal)
