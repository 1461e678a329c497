"""The variables x and y, as the user writes them (flat, dict of tensors, module) and as rows, which is what travels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class FlatVariable:
    """The start of x, y or z, flattened, and the named shapes it came from (None: it is flat).

    Attributes:
        start: what is trained of it, the same for all nodes; of starts per node their mean.
        shapes: of the tensors that are trained, by name.
        constants: tensors that the losses get beside these and nobody trains: parameters with ``requires_grad=False``.
        names: all of them, in the order in which the losses get them.
        starts: a start for each node, K×d; None: all nodes start alike.
    """

    start: NDArray[np.float64]
    shapes: dict[str, tuple[int, ...]] | None
    constants: dict[str, torch.Tensor] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    starts: NDArray[np.float64] | None = None

    def rows(self, nodes: range) -> NDArray[np.float64]:
        """Return where ``nodes`` start, a row each."""
        if self.starts is None:
            return np.broadcast_to(self.start, (len(nodes), self.size))
        return self.starts[nodes.start : nodes.stop]

    @property
    def size(self) -> int:
        """The number of entries."""
        return len(self.start)

    def entry(self, k: int) -> str:
        """Return how the ``k``-th entry of a row of x is called, such as x[3] or x['w'][0, 1]."""
        if self.shapes is None:
            return f"x[{k}]"
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()])
        tensor = int(np.searchsorted(ends, k, side="right"))
        name, shape = list(self.shapes.items())[tensor]
        place = ", ".join(map(str, np.unravel_index(k - ends[tensor] + math.prod(shape), shape)))
        return f"x[{name!r}][{place}]" if shape else f"x[{name!r}]"

    def unflatten(self, flat: torch.Tensor) -> Any:
        """Return what the losses get: ``flat`` itself, or views of it by name, beside the constants."""
        return flat if self.shapes is None else self.whole(unflatten(flat, self.shapes))

    def whole(self, trained: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return all tensors by name, from those that are trained, which may be narrower than ``shapes``."""
        if not self.constants:
            return trained
        return {name: trained[name] if name in trained else self.constants[name] for name in self.names}

    def map_constants(self, move: Callable[[torch.Tensor], torch.Tensor]) -> FlatVariable:
        """Return the same variable with each constant moved to where losses are computed."""
        return replace(self, constants={name: move(value) for name, value in self.constants.items()})


def unflatten(flat: torch.Tensor, shapes: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Return tensors of ``shapes``, one after another, as views of ``flat``."""
    sizes = [math.prod(shape) for shape in shapes.values()]
    pieces: Sequence[torch.Tensor] = flat.split(sizes)  # type: ignore[no-untyped-call]
    return {name: piece.view(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}


BUFFER_UPDATES = {
    "track_running_stats": "use GroupNorm, track_running_stats=False, or call .eval() on it first",
    "n_power_iterations": "use weight_norm instead of spectral_norm, or call .eval() on it first",
}
"""Attributes of torch's layers that update their buffers in training, and what serves instead."""


def make_flat_variable(name: str, dim: int | None, start: Any, nodes: int = 1) -> FlatVariable:
    """Return the variable that ``dim`` and ``start`` describe; a matrix of ``nodes`` rows is a start for each node.

    Raises:
        InputError: neither is given, they disagree, the start does not consist of finite numbers or trains none of
            them, or it is a module with a layer that changes its buffers or has no shape yet.
    """
    if start is None:
        if dim is None or dim < 1:
            raise InputError(f"dim_{name}", f"is {dim}", f"give dim_{name} ≥ 1 or a start {name}0")
        return FlatVariable(np.zeros(dim), None)
    named = _parameters_of_module(f"{name}0", start) if is_module(start) else start
    made = _named(f"{name}0", named) if isinstance(named, dict) else _flat(name, dim, named, nodes)
    if dim not in (None, made.size) or made.size == 0:
        raise InputError(f"{name}0", f"has {made.size} entries, dim_{name} is {dim}", "make them agree")
    return made


def is_module(start: Any) -> bool:
    """Tell whether a start is a ``torch.nn.Module``; imports no torch."""
    return hasattr(start, "named_parameters")


def check_buffers(name: str, module: torch.nn.Module) -> None:
    """Check that no layer is set to change its buffers: they stay in the module, the same for all hosted nodes.

    Raises:
        InputError: one does; names it.
    """
    for path, layer in module.named_modules(prefix=name):
        for attribute, remedy in BUFFER_UPDATES.items():
            if layer.training and getattr(layer, attribute, False):
                cause = "changes its buffers in training, which all nodes would share"
                raise InputError(f"{path} ({type(layer).__name__})", cause, remedy)


def _parameters_of_module(name: str, module: torch.nn.Module) -> dict[str, torch.Tensor]:
    for path, layer in module.named_modules(prefix=name):
        if getattr(layer, "has_uninitialized_params", bool)():
            cause, remedy = "has parameters without a shape", "call it once on some rows before"
            raise InputError(f"{path} ({type(layer).__name__})", cause, remedy)
    check_buffers(name, module)
    return dict(module.named_parameters())


def _named(name: str, named: dict[str, Any]) -> FlatVariable:
    trained = {key: value for key, value in named.items() if not _frozen(value)}
    if named and not trained:
        cause = "has nothing to train: requires_grad is False everywhere"
        raise InputError(name, cause, "leave it True for what is to be trained")
    parts = [_array(f"{name}[{key!r}]", value) for key, value in trained.items()]
    return FlatVariable(
        np.concatenate([part.ravel() for part in parts]) if parts else np.zeros(0),
        {key: part.shape for key, part in zip(trained, parts, strict=True)},
        {key: value.detach().clone() for key, value in named.items() if key not in trained},
        tuple(named),
    )


def _frozen(value: Any) -> bool:
    """Tell whether ``value`` is a module's parameter that is not to be trained; a plain tensor says nothing of that."""
    if not hasattr(value, "requires_grad"):
        return False
    from torch.nn import Parameter

    return isinstance(value, Parameter) and not value.requires_grad


def _flat(name: str, dim: int | None, start: Any, nodes: int) -> FlatVariable:
    array = _array(f"{name}0", start)
    if array.ndim == 2 and len(array) == nodes and dim in (None, array.shape[1]):
        return FlatVariable(array.mean(axis=0), None, starts=array)
    if array.ndim > 1 and dim is None:  # it may be meant as a matrix, or as one row for each node
        remedy = (
            f"give {nodes} rows, one for each node, or dim_{name}={array.size} too, or {{'w': {name}0}} for losses "
            "that are to get a matrix"
        )
        raise InputError(f"{name}0", f"has the shape {array.shape}, and losses get one flat row", remedy)
    if array.ndim == 2 and array.shape[1] == dim and array.size != dim:
        cause = f"has {len(array)} rows for {nodes} node{'s' * (nodes != 1)}"
        raise InputError(f"{name}0", cause, "give one row, or one for each node")
    return FlatVariable(array.ravel(), None)


def _array(name: str, value: Any) -> NDArray[np.float64]:
    try:
        array = value.detach().cpu().double().numpy() if hasattr(value, "detach") else np.asarray(value)
        numbers: NDArray[np.float64] = array.astype(np.float64)
    except (TypeError, ValueError):
        remedy = "give numbers, a dict of tensors, or a module"
        raise InputError(name, f"is a {type(value).__name__}, not numbers", remedy) from None
    if not np.isfinite(numbers).all():
        where = np.argwhere(~np.isfinite(numbers))[0].tolist()
        raise InputError(name, f"holds {numbers[tuple(where)]} at {where}", "start from finite numbers")
    return numbers
