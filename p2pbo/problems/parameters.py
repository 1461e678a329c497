"""x and y as the user writes them (flat, dict of tensors, module) and as rows, which is what travels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Parameters:
    """A variable's common start, flattened, and the named shapes it came from (None: it is flat)."""

    start: NDArray[np.float64]
    shapes: dict[str, tuple[int, ...]] | None

    @property
    def size(self) -> int:
        """Number of entries."""
        return len(self.start)

    def unflatten(self, flat: torch.Tensor) -> Any:
        """What the losses get: ``flat`` itself, or views of it by name."""
        return flat if self.shapes is None else unflatten(flat, self.shapes)


def unflatten(flat: torch.Tensor, shapes: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Tensors of ``shapes``, one after another, as views of ``flat``."""
    sizes = [math.prod(shape) for shape in shapes.values()]
    pieces: Sequence[torch.Tensor] = flat.split(sizes)  # type: ignore[no-untyped-call]
    return {name: piece.view(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}


UPDATED = {
    "track_running_stats": "use GroupNorm, or track_running_stats=False",
    "n_power_iterations": "use weight_norm instead of spectral_norm",
}
"""What torch's layers that update their buffers have in common, and what serves instead."""


def parameters_of(name: str, dim: int | None, start: Any) -> Parameters:
    """The parameters that ``dim`` and ``start`` describe.

    Raises:
        InputError: neither is given, they disagree, the start does not consist of numbers, or it is a module with a
            layer that changes its buffers in training.
    """
    if start is None:
        if dim is None or dim < 1:
            raise InputError(f"dim_{name}", f"is {dim}", f"give dim_{name} ≥ 1 or a start {name}0")
        return Parameters(np.zeros(dim), None)
    named = _parameters_of_module(name, start) if is_module(start) else start
    if isinstance(named, dict):
        shapes = {key: tuple(np.shape(value)) for key, value in named.items()}
        parts = [_array(f"{name}0[{key!r}]", value) for key, value in named.items()]
    else:
        shapes, parts = None, [_array(f"{name}0", named)]
    flat = np.concatenate(parts) if parts else np.zeros(0)
    if dim not in (None, len(flat)) or len(flat) == 0:
        raise InputError(f"{name}0", f"has {len(flat)} entries, dim_{name} is {dim}", "make them agree")
    return Parameters(flat, shapes)


def is_module(start: Any) -> bool:
    """Whether a start is a ``torch.nn.Module``; imports no torch."""
    return hasattr(start, "named_parameters")


def _parameters_of_module(name: str, module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A module's parameters; its buffers stay in the module, so all hosted nodes see the same, constant ones."""
    for path, layer in module.named_modules(prefix=f"{name}0"):
        for attribute, remedy in UPDATED.items():
            if getattr(layer, attribute, False):
                cause = "changes its buffers in training, which all nodes would share"
                raise InputError(f"{path} ({type(layer).__name__})", cause, remedy)
    return dict(module.named_parameters())


def _array(name: str, value: Any) -> NDArray[np.float64]:
    try:
        array = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
        return array.astype(np.float64).ravel()
    except (TypeError, ValueError):
        remedy = "give numbers, a dict of tensors, or a module"
        raise InputError(name, f"is a {type(value).__name__}, not numbers", remedy) from None
