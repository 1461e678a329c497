"""The cost of the autograd oracles against one plain gradient, of all nodes at once and of one after another.

A step is fx, fy, gy and products(V) = (hyy, hxy) once each, through p2pbo. The plain gradient is an ordinary training
step in bare torch: the drawn rows, the lower loss, its gradient with respect to all parameters. Both sides of a
comparison take turns in one run. Usage: python tools/bench_oracles.py [--json FILE] [--threads N]
"""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from torch.nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from torch.nn.functional import cross_entropy
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from p2pbo import NodeData, Problem
from p2pbo.network import Ranks
from p2pbo.randomness import keys, subsets
from p2pbo.runner.process.heap import retained_heap
from p2pbo.runner.process.threads import thread_limit

SAMPLES = 1000
RIDGE = 1e-3

Loss = Callable[[Any, Any, Any], torch.Tensor]


class LiveMemory(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The memory of tensors created inside: the bytes that are alive, and their peak.

    Every operation is seen, also in backward passes and under vmap. A storage counts once, however many tensors view
    it, from the operation that creates it until torch frees it; storages from before do not count.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = self.peak = 0
        self._known: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        self._known.update(_storages((args, given)))
        result = function(*args, **given)
        for storage in _storages(result):
            if storage not in self._known:
                self._known.add(storage)
                self._grow(storage.nbytes())
                weakref.finalize(storage, self._grow, -storage.nbytes())
        return result

    def _grow(self, size: int) -> None:
        self.live += size
        self.peak = max(self.peak, self.live)


def _storages(tree: Any) -> list[torch.UntypedStorage]:
    return [leaf.untyped_storage() for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def peak(function: Callable[[], object]) -> int:
    """Return the most bytes that tensors of one call occupy, its results included."""
    with LiveMemory() as memory:
        function()
    return memory.peak


def seconds(function: Callable[[], object]) -> float:
    """Return the time of one call."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def in_turns(repeats: int, *functions: Callable[[], object]) -> np.ndarray[Any, Any]:
    """Return the times of functions (a column each) that take turns (a row each), after a row to warm up."""
    return np.array([[seconds(function) for function in functions] for _ in range(repeats + 1)])[1:]


@dataclass(frozen=True)
class Model:
    """A model for classification with a backbone x and a head y, as in hyper-representation learning."""

    x: torch.nn.Module
    y: torch.nn.Module
    sample: tuple[int, ...]
    classes: int

    def upper(self, x: Any, y: Any, batch: Any) -> torch.Tensor:
        """Return the mean cross-entropy."""
        inputs, labels = batch
        call = torch.func.functional_call
        return cross_entropy(call(self.y, y, call(self.x, x, inputs)), labels)

    def lower(self, x: Any, y: Any, batch: Any) -> torch.Tensor:
        """Return the mean cross-entropy with a ridge on the head."""
        return self.upper(x, y, batch) + RIDGE * sum((value**2).sum() for value in y.values())

    def data(self, draw: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw the samples of one node."""
        inputs = torch.randn(SAMPLES, *self.sample, dtype=torch.float64, generator=draw)
        return inputs, torch.randint(self.classes, (SAMPLES,), generator=draw)


def mlp() -> Model:
    """Return an MLP 784-200-10, with 157,000 numbers in x and 2,010 in y."""
    return Model(Sequential(Linear(784, 200), ReLU()), Linear(200, 10), (784,), 10)


def logistic() -> Model:
    """Return logistic regression on 20 scaled features."""
    return Model(Linear(20, 20), Linear(20, 2), (20,), 2)


def lenet() -> Model:
    """Return LeNet for 28×28 images, with its last layer as y."""
    convolutions = (Conv2d(1, 6, 5, padding=2), ReLU(), MaxPool2d(2), Conv2d(6, 16, 5), ReLU(), MaxPool2d(2))
    dense = (Flatten(), Linear(400, 120), ReLU(), Linear(120, 84), ReLU())
    return Model(Sequential(*convolutions, *dense), Linear(84, 10), (1, 28, 28), 10)


def _variables(module: torch.nn.Module, *nodes: int) -> dict[str, torch.Tensor]:
    """Return the parameters of a module in float64, once or stacked for ``nodes``."""
    named = module.named_parameters()
    return {
        name: value.detach().double().repeat(*nodes, *[1] * value.ndim).requires_grad_()
        for name, value in named
    }


class Case:
    """A model on some nodes at one point with one draw: p2pbo's step and bare torch's gradient, each both ways."""

    def __init__(self, model: Model, nodes: int, size: int) -> None:
        draw = torch.Generator().manual_seed(0)
        data = [NodeData(upper=model.data(draw), lower=model.data(draw)) for _ in range(nodes)]
        self._model, self._nodes, self._data = model, nodes, data
        self._drawn = subsets(keys(0, "bench", np.arange(nodes)), np.full(nodes, SAMPLES), size)

    @property
    def parameters(self) -> int:
        """The entries of x and y of a node."""
        return sum(
            value.numel() for module in (self._model.x, self._model.y) for value in module.parameters()
        )

    def step(self, stacked: bool) -> Callable[[], object]:
        """Return a step (fx, fy, gy and the products) of all nodes at once or one after another."""
        model = self._model
        problem = Problem(model.upper, model.lower, nodes=self._data, x0=model.x, y0=model.y)
        oracles = problem.autograd(range(self._nodes), np.dtype(np.float64))
        oracles.stack_up_to(np.inf if stacked else 0)
        X, Y = (np.tile(variable.start, (self._nodes, 1)) for variable in (problem.x, problem.y))

        def step() -> object:
            fx, fy = oracles.upper(X, Y, self._drawn)
            lower = oracles.lower(X, Y, self._drawn)
            return fx, lower.gy, lower.products(fy)

        return step

    def gradient(self, stacked: bool) -> Callable[[], object]:
        """Return the plain gradients of all nodes, at once or one after another."""
        return self._gradient_at_once() if stacked else self._gradients_one_by_one()

    def _gradient_at_once(self) -> Callable[[], object]:
        x, y = (_variables(module, self._nodes) for module in (self._model.x, self._model.y))
        samples = [torch.stack(leaf) for leaf in zip(*(node.lower for node in self._data), strict=True)]
        index = torch.arange(self._nodes)[:, None], torch.as_tensor(self._drawn)
        losses = torch.func.vmap(self._model.lower)

        def gradient() -> object:
            total = losses(x, y, tuple(leaf[index] for leaf in samples)).sum()
            return torch.autograd.grad(total, [*x.values(), *y.values()])

        return gradient

    def _gradients_one_by_one(self) -> Callable[[], object]:
        points = [(_variables(self._model.x), _variables(self._model.y)) for _ in range(self._nodes)]
        drawn = torch.as_tensor(self._drawn)

        def gradient(node: int) -> object:
            x, y = points[node]
            batch = tuple(leaf[drawn[node]] for leaf in self._data[node].lower)
            return torch.autograd.grad(self._model.lower(x, y, batch), [*x.values(), *y.values()])

        return lambda: [gradient(node) for node in range(self._nodes)]


def cost(case: Case, stacked: bool, repeats: int) -> dict[str, float]:
    """Measure median times (ms) and peak memory (MB) of a step and of the plain gradient, and their ratios."""
    step, gradient = case.step(stacked), case.gradient(stacked)
    times = in_turns(repeats, step, gradient)
    peaks = peak(step), peak(gradient)
    step_ms, gradient_ms = np.median(times, axis=0) * 1e3
    return {
        "step_ms": step_ms,
        "gradient_ms": gradient_ms,
        "time_ratio": float(np.median(times[:, 0] / times[:, 1])),
        "step_mb": peaks[0] / 1e6,
        "gradient_mb": peaks[1] / 1e6,
        "memory_ratio": peaks[0] / peaks[1],
    }


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    threads: Annotated[int, typer.Option(help="Threads of torch and BLAS.")] = 1,
) -> None:
    """Measure, print a table, write JSON."""
    with thread_limit(threads, Ranks()), retained_heap():
        costs = {
            "1 node": cost(Case(mlp(), 1, 512), stacked=False, repeats=40),
            "10 nodes at once": cost(Case(mlp(), 10, 512), stacked=True, repeats=8),
            "10 nodes one by one": cost(Case(mlp(), 10, 512), stacked=False, repeats=8),
        }
    table = Table(
        "MLP 784-200-10, batch 512", "step", "plain gradient", "time", "memory",
        title="fx, fy, gy, hyy, hxy against one plain gradient", title_justify="left",
    )  # fmt: skip
    for name, c in costs.items():
        table.add_row(
            name,
            f"{c['step_ms']:.1f} ms, {c['step_mb']:.1f} MB",
            f"{c['gradient_ms']:.1f} ms, {c['gradient_mb']:.1f} MB",
            f"{c['time_ratio']:.2f}×",
            f"{c['memory_ratio']:.2f}×",
        )
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(costs, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
