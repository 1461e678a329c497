"""The rank that writes, among ranks that may die: it makes rows of what the living have told it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import Notice
from p2pbo.network import Network
from p2pbo.runner.logging.metrics import Figures, Means, with_norms
from p2pbo.runner.process.abort import Diverged
from p2pbo.runner.survivors.mailbox import Letter, Post
from p2pbo.topology.induced_topology import induced_topology
from p2pbo.trace import COMPLETED, Row, Trace, TraceWriter

Vector = NDArray[np.float64]


@dataclass
class Draft:
    """A row in the making: what has come from each rank."""

    sums: dict[int, Vector] = field(default_factory=dict)
    means: Means | None = None
    figures: dict[int, Vector] = field(default_factory=dict)
    found: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """What a rank's figures are, in the order in which they travel."""

    over_nodes: tuple[str, ...]
    over_ranks: tuple[str, ...]
    of_nodes: Mapping[str, np.dtype[Any]]


class Editor:
    """Collects letters, and writes.

    Args:
        network: whose ranks may die.
        dims: the entries of each variable.
        post: to ask for figures.
        figures: what one rank alone can tell.
        writer: of the trace, on the rank that has it open.
        open_part: opens the next part of it.
        watch: called with each row that is not the end of a run that has diverged.
    """

    def __init__(
        self,
        network: Network,
        dims: tuple[int, ...],
        post: Post,
        figures: Figures,
        writer: TraceWriter | None,
        open_part: Callable[[], TraceWriter],
        watch: Callable[[Row], None],
    ) -> None:
        self._network, self._dims, self._post, self._figures = network, dims, post, figures
        self._writer, self._open_part, self._watch = writer, open_part, watch
        self._drafts: dict[int, Draft] = {}
        self._finals: dict[int, Vector] = {}
        self._recorded: set[int] = set()
        self._columns: dict[str, NDArray[Any]] = {}

    def sums(self, letter: Letter, sums: Vector, found: str) -> None:
        """Σ v_i of a rank's nodes, variable after variable, and why the run ends there, where it does."""
        draft = self._drafts.setdefault(letter.step, Draft())
        draft.sums[letter.sender], draft.found[letter.sender] = sums, found

    def figures(self, letter: Letter) -> None:
        """A rank's figures."""
        self._drafts.setdefault(letter.step, Draft()).figures[letter.sender] = letter.values

    def final(self, letter: Letter) -> None:
        """A rank's final state."""
        self._finals[letter.sender] = letter.values

    def advance(self, ask: Callable[[int, Vector], None], form: Form | None, died: Mapping[int, int]) -> None:
        """Ask for figures, and write rows, where all who live have written.

        ``ask`` sends means to everybody; ``died`` says who has died in which step.

        Raises:
            Diverged: somebody's state has outgrown the start; its row is written.
        """
        for step in sorted(self._drafts):
            draft = self._drafts.get(step, Draft())
            if draft.means is None and self._complete(draft.sums):
                means = self._average(draft.sums)
                draft.means = tuple(np.split(means, np.cumsum(self._dims)[:-1]))
                ask(step, means)
            if draft.means is not None and form is not None and self._complete(draft.figures):
                self._write(step, draft, draft.means, form, died)

    def ready(self) -> bool:
        """Tell whether all who live have told their final state, and no row is open."""
        return not self._drafts and self._complete(self._finals)

    def conclude(self) -> Trace:
        """Write the final states and the counts of all who live."""
        writer = self._open()
        source, entries = self._network.topology.source, sum(self._dims)
        counts = np.zeros((2, len(source)), dtype=np.int64)
        for rank in self._post.living:
            hosted = self._network.placement.hosted(rank)
            rows, sent = np.split(self._finals[rank], [len(hosted) * entries])
            ends = np.cumsum([len(hosted) * dim for dim in self._dims])
            for name, (a, b), dim in zip("xyz", pairwise([0, *ends]), self._dims, strict=False):
                writer.final(
                    f"final_{name}", hosted.start, rows[a:b].reshape(-1, dim).astype(self._network.dtype)
                )
            counts[:, (source >= hosted.start) & (source < hosted.stop)] = sent.reshape(2, -1)
        writer.edges(counts[0], counts[1])
        return writer.close(COMPLETED)

    def close(self, status: str) -> Trace | None:
        """Return the run has not come to its end; what there is of the trace, unless it has a status."""
        return None if self._writer is None or self._writer.closed else self._writer.close(status)

    def _open(self) -> TraceWriter:
        if self._writer is None:
            self._writer = self._open_part()
        return self._writer

    def _complete(self, told: Mapping[int, Vector]) -> bool:
        return told.keys() >= set(self._post.living)

    def _hosted(self) -> list[range]:
        return [self._network.placement.hosted(rank) for rank in self._post.living]

    def _average(self, told: Mapping[int, Vector]) -> Vector:
        """Over the nodes of all who live."""
        total: Vector = np.sum([told[rank] for rank in self._post.living], axis=0)
        return total / sum(map(len, self._hosted()))

    def _write(self, step: int, draft: Draft, means: Means, form: Form, died: Mapping[int, int]) -> None:
        writer, ranks = self._open(), self._post.living
        nodes, times = len(form.over_nodes), len(form.over_ranks)
        told = np.array([draft.figures[rank][: nodes + times] for rank in ranks]).sum(axis=0)
        told[:nodes] /= sum(map(len, self._hosted()))
        told[nodes:] /= len(ranks)
        metrics = with_norms(dict(zip([*form.over_nodes, *form.over_ranks], told.tolist(), strict=True)))
        self._record(writer, died)
        self._fill({rank: draft.figures[rank][nodes + times :] for rank in ranks}, form)
        row = Row(step, metrics | self._figures.of_the_average(means), dict(self._columns))
        writer.append(row)
        for rank in ranks:
            if draft.found[rank]:
                raise Diverged(draft.found[rank])
        self._watch(row)
        self._drafts = {at: later for at, later in self._drafts.items() if at > step}

    def _fill(self, told: Mapping[int, Vector], form: Form) -> None:
        """Figures of every node; of the dead NaN, or the last count that is known."""
        K = self._network.topology.nodes
        for place, (name, dtype) in enumerate(form.of_nodes.items()):
            floating = np.issubdtype(dtype, np.floating)
            column = np.full(K, np.nan) if floating else self._columns.get(name, np.zeros(K, dtype)).copy()
            for rank, values in told.items():
                hosted = self._network.placement.hosted(rank)
                own = values.reshape(len(form.of_nodes), len(hosted))[place]
                column[hosted.start : hosted.stop] = own
            self._columns[name] = column

    def _record(self, writer: TraceWriter, died: Mapping[int, int]) -> None:
        for rank, step in sorted(died.items(), key=lambda death: death[1]):
            if rank not in self._recorded:
                self._recorded.add(rank)
                hosted = self._network.placement.hosted
                left = induced_topology(
                    self._network.topology, [n for dead in self._recorded for n in hosted(dead)]
                )
                writer.failure(step, list(hosted(rank)), left.gap)
                warnings.warn(_obituary(rank, hosted(rank), step, left.components), Notice, stacklevel=2)


def _obituary(rank: int, nodes: range, step: int, pieces: tuple[tuple[int, ...], ...]) -> str:
    who = f"rank {rank} with {_called(tuple(nodes))} died in step {step}; "
    if len(pieces) == 1:
        return f"{who}the other nodes go on"
    return f"{who}the others fall apart into {' | '.join(map(_called, pieces))}, each of which goes on alone"


def _called(nodes: tuple[int, ...]) -> str:
    if len(nodes) == 1:
        return f"node {nodes[0]}"
    whole = nodes == tuple(range(nodes[0], nodes[-1] + 1))
    return f"nodes {nodes[0]}–{nodes[-1]}" if whole else f"nodes {', '.join(map(str, nodes))}"
