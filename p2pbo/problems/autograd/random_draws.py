"""Random draws of losses (dropout, noise) as a function of keys: whoever evaluates a loss draws the same.

Losses draw from the global generators of torch, numpy and Python. These are seeded by a key for one evaluation,
and afterwards are as they were: a user's own draws see nothing of p2pbo's.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from p2pbo.errors import InputError
from p2pbo.problems.node_data import Batch, KeyedBatch
from p2pbo.randomness import keys


class GlobalGenerators:
    """The global generators that a loss on ``device`` may draw from."""

    def __init__(self, device: str = "cpu") -> None:
        self.of_torch = list(_generators_of_torch(device))

    def state(self) -> tuple[Any, ...]:
        """Return the state of all generators."""
        return [own.get_state() for own in self.of_torch], np.random.get_state(), random.getstate()

    def drawn_since(self, state: tuple[Any, ...]) -> bool:
        """Tell whether anybody has drawn from one of them since that state."""
        before, (_, words_before, *place_before), python_before = state
        of_torch, (_, words, *place), of_python = self.state()
        return (
            any(not now.equal(was) for now, was in zip(of_torch, before, strict=True))
            or place != place_before
            or bool((words != words_before).any())
            or of_python != python_before
        )

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Set all generators back, after what is done inside, to the state that they have now."""
        for_torch, for_numpy, for_python = self.state()
        try:
            yield
        finally:
            for own, was in zip(self.of_torch, for_torch, strict=True):
                own.set_state(was)
            np.random.set_state(for_numpy)
            random.setstate(for_python)

    @contextmanager
    def seeded(self, key: int) -> Iterator[None]:
        """Seed all generators by ``key`` for what is done inside."""
        with self.restored():
            for own in self.of_torch:
                own.manual_seed(key)
            np.random.seed(key & 0xFFFFFFFF)
            random.seed(key)
            yield


def _generators_of_torch(device: str) -> Iterator[Any]:
    """Yield torch's generators for the device; none as long as nobody has imported torch, who then cannot draw."""
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        yield torch.default_generator
        kind = torch.device(device)
        if kind.type == "cuda":
            torch.cuda.init()
            yield torch.cuda.default_generators[
                torch.cuda.current_device() if kind.index is None else kind.index
            ]


class LossDraws:
    """The random draws of one loss on its hosted nodes.

    Attributes:
        loss: its name.
        nodes: those that are hosted.
        random: whether it draws at random; None: nobody knows, and it draws from the generators as they stand.
    """

    def __init__(self, loss: str, nodes: range, device: str) -> None:
        self.random: bool | None = None
        self.generators = GlobalGenerators(device)
        self.loss, self.nodes = loss, nodes
        self._usual = keys(0, f"losses/{loss}", np.arange(nodes.start, nodes.stop))

    def on(self, node: int, batch: Batch) -> AbstractContextManager[None]:
        """Return a context in which an evaluation on a hosted node's ``batch`` draws what its keys say."""
        if self.random is None:
            return nullcontext()
        if not self.random:
            return _Watched(self, node)
        key = batch.keys if isinstance(batch, KeyedBatch) else self._usual
        return self.generators.seeded(int(key[node]))


class _Watched:
    """A check that a loss which did not draw at the start does not draw inside; entered in every oracle."""

    def __init__(self, draws: LossDraws, node: int) -> None:
        self._draws, self._node = draws, node

    def __enter__(self) -> None:
        self._before = [own.get_state() for own in self._draws.generators.of_torch]

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        after = (own.get_state() for own in self._draws.generators.of_torch)
        if error is None and not all(now.equal(was) for now, was in zip(after, self._before, strict=True)):
            subject = f"the {self._draws.loss} loss of node {self._draws.nodes[self._node]}"
            cause = "draws random numbers, and did not at the start, so that no seed says which"
            raise InputError(subject, cause, "let it draw in every call, as dropout does, or in none")
