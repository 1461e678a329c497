"""What is missing of the benchmark, in its order: a case's searches, targets, factors, cells, comparisons.

Each search and each cell is kept as soon as it is done, so that a killed benchmark goes on where it was. What a file
holds stands as long as its key does: a changed method asks for its own cells alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from benchmark.budgets import SCALED_ON, Budget
from benchmark.cache import CaseFile
from benchmark.cases import Case
from benchmark.cells import Cell
from benchmark.comparisons import COMPARISONS, competitors
from benchmark.conditions import Condition, on
from benchmark.measuring import Measured, measure
from benchmark.methods import Entrant
from benchmark.scaling import scale, scaling_key
from benchmark.targets import Targets, asked
from benchmark.tuning import tune, tuning_key

Task = tuple[str, Callable[[], None]]
"""What is to be done: what it is called, and how."""


@dataclass(frozen=True)
class Bench:
    """The work on one case.

    Attributes:
        case: the problem.
        budget: of each method.
        held: what has been found.
        data: the folder of files that are not in the package.
        out: where the traces of searches go.
    """

    case: Case
    budget: Budget
    held: CaseFile
    data: Path
    out: Path

    def tasks(self) -> Iterator[Task]:
        """Yield what is missing; each has to be done before the next is asked for."""
        self.held.drop_others({entrant.name for entrant in self.case.entrants}, self.budget.measured_on)
        yield from self._searches()
        if self.held.targets is None or self.held.asked != asked(self.case, self.budget):
            yield "targets", self._set_targets
        for entrant in self.case.entrants:
            yield from self._scaling(entrant, self._searched_under)
        for topology in self.budget.topologies:
            for entrant in self.case.entrants:
                yield from self._cells(entrant, on(topology))
        for comparison in COMPARISONS:
            for entrant, condition in competitors(comparison, self.case, self.held):
                yield from self._scaling(entrant, condition)
                yield from self._cells(entrant, condition)

    def cell(self, entrant: Entrant, condition: Condition, seed: int) -> Cell:
        """Return the cell of a method with the settings that were found for it, and for the condition."""
        own, plain = ((entrant.name, one.name) for one in (condition, self._searched_under))
        scaled = self.held.scaled.get(own) or self.held.scaled[plain]
        return self._as_found(entrant, condition, seed).times(scaled.factor)

    @property
    def _searched_under(self) -> Condition:
        return on(self.budget.topologies[0])

    def _as_found(self, entrant: Entrant, condition: Condition, seed: int) -> Cell:
        settings = self.held.tuned[entrant.name].settings
        return Cell(self.case, entrant, settings, condition, seed, self.data)

    def _searches(self) -> Iterator[Task]:
        for entrant in self.case.entrants:
            found = self.held.tuned.get(entrant.name)
            if found is None or found.key != tuning_key(self.case, entrant, self.budget, self.data):
                yield f"search {entrant.name}", lambda entrant=entrant: self._search(entrant)  # type: ignore[misc]

    def _search(self, entrant: Entrant) -> None:
        self.held.tuned[entrant.name] = tune(
            self.case, entrant, self.budget, self.data, self.out / self.case.name
        )
        self.held.write()

    def _set_targets(self) -> None:
        self.held.targets = Targets.of(self.case, self.held.tuned)
        self.held.asked = asked(self.case, self.budget)
        self.held.write()

    def _scaling(self, entrant: Entrant, condition: Condition) -> Iterator[Task]:
        assert self.held.targets is not None  # they were set before
        if self.held.tuned[entrant.name].value is None:
            return
        cells = [self._as_found(entrant, condition, seed) for seed in SCALED_ON]
        found = self.held.scaled.get((entrant.name, condition.name))
        if found is None or found.key != scaling_key(cells, self.held.targets):
            yield f"factor of {entrant.name},{condition.name}", lambda: self._scale(cells)

    def _scale(self, cells: Sequence[Cell]) -> None:
        assert self.held.targets is not None  # they were set before
        place = cells[0].entrant.name, cells[0].condition.name
        self.held.scaled[place] = scale(cells, self.held.targets)
        self.held.write()

    def _cells(self, entrant: Entrant, condition: Condition) -> Iterator[Task]:
        assert self.held.targets is not None  # they were set before
        if self.held.tuned[entrant.name].value is None:
            return
        for seed in self.budget.measured_on:
            cell, place = self.cell(entrant, condition, seed), (entrant.name, condition.name, seed)
            measured = self.held.cells.get(place)
            if measured is None or measured.key != cell.key(self.held.targets.levels()):
                yield ",".join(map(str, place)), lambda cell=cell: self._measure(cell)  # type: ignore[misc]

    def _measure(self, cell: Cell) -> None:
        assert self.held.targets is not None  # they were set before
        self.keep(cell, measure(cell, self.held.targets))

    def keep(self, cell: Cell, measured: Measured) -> None:
        """Keep what a cell has cost."""
        self.held.cells[cell.entrant.name, cell.condition.name, cell.seed] = measured
        self.held.write()


def advance(benches: Sequence[Bench], seconds: float, say: Callable[[str], None]) -> bool:
    """Do what is missing, until the time is over; tell whether nothing is missing any more."""
    end = monotonic() + seconds
    for bench in benches:
        for name, do in bench.tasks():
            if monotonic() > end:
                return False
            began = monotonic()
            do()
            say(f"{bench.case.name} {name}: {monotonic() - began:.2g} s")
    return True
