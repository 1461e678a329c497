"""Rows of a trace among ranks that may die: all figures travel as letters, and nobody waits for any.

    everybody → writer   Σ v_i of its nodes         writer → everybody   v̄, when all who live have written
    everybody → writer   figures at v̄               the writer appends the row, when all who live have written

The writer is the lowest rank alive. When it dies, everybody tells the next one what it has logged last, which goes on
in a part of its own. In the end everybody waits for the writer, or for the next.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.algorithms.state import Point
from p2pbo.network import Network
from p2pbo.runner.checks.divergence import Finding
from p2pbo.runner.logging.metrics import Figures
from p2pbo.runner.survivors.mailbox import Letter, Post
from p2pbo.runner.survivors.row_assembly import Editor, Form
from p2pbo.trace import Trace

SUMS, MEANS, FIGURES, FINAL, FAREWELL = range(1, 6)

REMEMBERED, UNANSWERED = 3, 64
"""Logged points that a new writer can be told of, and that wait for means."""

PAUSE = 1e-3
"""Seconds between looks at the letter box in the end."""


class Correspondent:
    """One rank's part in logging; nobody waits for a verdict: the writer ends the run behind the row it is about.

    Args:
        network: whose ranks may die.
        post: its letter box.
        figures: what this rank contributes to rows.
        editor: writes, while this rank is the lowest alive.
    """

    meets = False

    def __init__(self, network: Network, post: Post, figures: Figures, editor: Editor) -> None:
        self._network, self._post, self._figures, self._editor = network, post, figures, editor
        self._writer = post.living[0]
        self._logged: dict[int, Point] = {}
        self._found: dict[int, str] = {}  # why the run ends with it, by the same steps
        self._reported: dict[int, int] = {}  # rank → the first step in which somebody noticed its death
        self._known: set[int] = set()
        self._form: Form | None = None
        self._ended: State | None = None
        self._released = False

    def close(self, status: str) -> Trace | None:
        """Return the run has not come to its end, for nobody: who waits for this rank hears of it."""
        trace = self._editor.close(status)
        self._post.revoke()
        self._network.revoke()
        return trace

    def log(self, state: State, found: Finding | None = None) -> None:
        """Tell the writer of this state."""
        self._logged[state.step] = state.point
        self._found[state.step] = "" if found is None else found.text
        for step in sorted(self._logged)[:-UNANSWERED]:
            self._forget(step)
        self._tell(state.step, state.point)

    def attend(self, step: int) -> bool:
        """Read what has come; whether somebody has died since the last look."""
        for letter in self._post.fetch():
            self._read(letter)
        lost = self._network.failed
        self._post.dead |= lost
        news = self._post.dead - self._known
        for rank in news:
            self._reported.setdefault(rank, step)
            if rank not in lost:
                self._network.mark_failed(rank)
        self._known |= news
        if self._post.living[0] != self._writer:
            self._address(self._post.living[0])
        if self._writer == self._post.rank:
            self._editor.advance(self._ask, self._form, self._reported)
        return bool(news)

    def finish(self, state: State) -> Trace | None:
        """Hand the final state to the writer, and wait until it has all of them; the trace on its rank."""
        self._ended = state
        self._deliver(state)
        while not self._released:
            self.attend(state.step)
            if self._writer == self._post.rank and self._editor.ready():
                trace = self._editor.conclude()
                for rank in self._post.living:
                    self._post.send(rank, FAREWELL, state.step, np.empty(0))
                return trace
            time.sleep(PAUSE)
        return None

    def _address(self, writer: int) -> None:
        """There is a new writer: it has to hear what the last one may not have written."""
        self._writer = writer
        for step, point in self._logged.items():
            self._tell(step, point)
        if self._ended is not None:
            self._deliver(self._ended)

    def _tell(self, step: int, point: Point) -> None:
        deaths = [number for death in self._reported.items() for number in death]
        found = np.frombuffer(self._found[step].encode(), np.uint8)
        sums = [V.sum(axis=0, dtype=np.float64) for V in point]
        told = np.concatenate([[len(deaths)], deaths, [len(found)], found, *sums])
        self._post.send(self._writer, SUMS, step, told)

    def _deliver(self, state: State) -> None:
        parts = [*state.point, self._network.edge_bytes, self._network.edge_messages]
        told = np.concatenate([np.ravel(part).astype(np.float64) for part in parts])
        self._post.send(self._writer, FINAL, state.step, told)

    def _ask(self, step: int, means: NDArray[np.float64]) -> None:
        for rank in self._post.living:
            self._post.send(rank, MEANS, step, means)

    def _read(self, letter: Letter) -> None:
        kind, values = letter.kind, letter.values
        if kind == SUMS:
            deaths, values = _counted(values)
            for rank, step in deaths.reshape(-1, 2).astype(int).tolist():
                self._post.dead.add(rank)
                self._reported[rank] = min(step, self._reported.get(rank, step))
            found, sums = _counted(values)
            self._editor.sums(letter, sums, found.astype(np.uint8).tobytes().decode())
        elif kind == MEANS:
            self._answer(letter)
        elif kind == FIGURES:
            self._editor.figures(letter)
        elif kind == FINAL:
            self._editor.final(letter)
        else:
            self._released = True

    def _answer(self, letter: Letter) -> None:
        """The figures of a logged point at the means that the writer has told."""
        point = self._logged.get(letter.step)
        if point is None:  # too long ago: a later row is on its way
            return
        means = tuple(np.split(letter.values, np.cumsum([V.shape[1] for V in point])[:-1]))
        sums, times = self._figures.over_nodes(point, means), self._figures.over_ranks()
        columns = self._figures.of_nodes(point, means)
        self._form = Form(tuple(sums), tuple(times), {name: own.dtype for name, own in columns.items()})
        own = [column.astype(np.float64) for column in columns.values()]
        told = np.concatenate([[*sums.values()], [*times.values()], *own])
        self._post.send(letter.sender, FIGURES, letter.step, told)
        answered = [step for step in self._logged if step <= letter.step]
        for step in sorted(answered)[:-REMEMBERED]:
            self._forget(step)

    def _forget(self, step: int) -> None:
        del self._logged[step], self._found[step]


def _counted(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As many of the values as the first of them says, and what stands behind these."""
    end = 1 + int(values[0])
    return values[1:end], values[end:]
