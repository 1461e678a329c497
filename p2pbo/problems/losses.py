"""What a user writes of a problem: two torch losses, the shapes of x and y, and each node's data."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from p2pbo.problems.parameters import Parameters

if TYPE_CHECKING:
    import torch

Structure = Any
"""A tuple or a dict of tensors whose first dimension counts samples."""

Loss = Callable[[Any, Any, Any], "torch.Tensor"]
"""f(x, y, batch) → scalar, a mean over the rows of the batch."""


@dataclass(frozen=True)
class NodeData:
    """One node's private samples: ``upper`` for f (validation), ``lower`` for g (training)."""

    upper: Structure
    lower: Structure


class LazyNodes(Sequence[NodeData]):
    """Data of nodes, made when they are asked for: a rank holds tensors of its own nodes only."""

    @abstractmethod
    def check_memory(self, nodes: range, itemsize: int) -> None:
        """Check that the tensors of ``nodes`` will fit, of numbers of ``itemsize`` bytes.

        Raises:
            InputError: they take more memory than there is.
        """


@dataclass(frozen=True)
class Losses:
    """All that automatic differentiation needs of a problem.

    ``steady``: what a loss computes depends on the shapes of what it is given, not on the numbers.
    """

    upper: Loss
    lower: Loss
    x: Parameters
    y: Parameters
    nodes: Sequence[NodeData]
    steady: bool = True


def named_leaves(structure: Structure) -> Iterator[tuple[str, Any]]:
    """Every tensor behind its place in the structure, such as ``['a']``; behind nothing where it is alone."""
    if isinstance(structure, dict):
        yield from ((f"[{name!r}]", leaf) for name, leaf in structure.items())
    elif isinstance(structure, (tuple, list)):
        yield from ((f"[{place}]", leaf) for place, leaf in enumerate(structure))
    else:
        yield "", structure


def leaves(structure: Structure, function: Callable[..., Any], *more: Structure) -> Any:
    """The same tuple or dict with ``function`` over each tensor, and over its counterparts in equal structures."""
    if isinstance(structure, dict):
        return {name: function(leaf, *(other[name] for other in more)) for name, leaf in structure.items()}
    if isinstance(structure, (tuple, list)):
        return tuple(function(*same) for same in zip(structure, *more, strict=True))
    return function(structure, *more)
