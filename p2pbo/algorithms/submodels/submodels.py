"""The submodels of a run: the parts of x and y that each node works on, by capacity and policy, in each round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.state import Point
from p2pbo.algorithms.submodels.capacity import Capacity, kept_units, node_capacities
from p2pbo.algorithms.submodels.maskable_layers import KeptUnits, MaskableVariable, maskable_variables
from p2pbo.algorithms.submodels.policy import LayerContext, Policy
from p2pbo.arrays import IndexArray, Rows
from p2pbo.network import Consensus, Kind, PartialConsensus, PartialRows, RowParts, Sent
from p2pbo.network.row_parts import RowPart
from p2pbo.problems import Oracles, ParameterSlice, Submodel
from p2pbo.problems.submodels.masked_oracles import submodel_oracles


@dataclass(frozen=True)
class RoundSubmodels:
    """The hosted nodes' submodels in one round, and how neighbours learn of them; None: whole rows."""

    submodels: Sequence[Submodel] | None = None
    x: RowParts | None = None
    y: RowParts | None = None

    def of(self, oracles: Oracles) -> Oracles:
        """Return the oracles of the submodels."""
        return oracles if self.submodels is None else submodel_oracles(oracles, self.submodels)

    def sent(self, variable: str, rows: Rows) -> Sent:
        """Return what nodes send of a variable's rows."""
        entries = self.x if variable == "x" else self.y
        return rows if entries is None else PartialRows(rows, entries)


class WholeModels:
    """No submodels: every node works on the whole model."""

    part_sizes: Mapping[str, NDArray[np.int64]] = MappingProxyType({})
    """For each masked variable the number of entries in every node's part, the same in all rounds."""

    def kind(self, variable: str) -> Kind:
        """Return what nodes send of a variable: whole rows, or the entries of their parts."""
        return Consensus()

    def round(self, number: int, nodes: range, point: Point) -> RoundSubmodels:
        """Return the submodels of round ``number`` for the hosted ``nodes``, which are at ``point`` when it begins."""
        return RoundSubmodels()

    def trained_counts(self, number: int, nodes: range, point: Point) -> dict[str, NDArray[np.int64]]:
        """Return how many of ``nodes`` work on each entry of the masked variables in that round."""
        return {}

    def untrained_shares(self, graph: nx.Graph, start: Point) -> dict[str, float]:
        """Return, for each masked variable, the share of entries that nobody around a node ever trains.

        It is the mean over the nodes of ``graph``; ``start`` is the common row of x and of y.
        """
        return {}


WHOLE = WholeModels()


class Submodels(WholeModels):
    """The part of the model that each node works on.

    Settings:
        capacity: share of every layer's units that a node works on, cycled over the nodes: 1,1/2; auto: what the
            topology's file says, else 1.
        masked: the variables of which nodes have parts only.
        structure: what a part consists of: units of layers, or single entries. Only with units does a node compute
            less: its tensors are really smaller.
        groups: how many units, or some more, a flat vector has: contiguous groups of its entries.
    """

    def __init__(
        self,
        context: RunContext,
        policy: Policy,
        /,
        *,
        capacity: Capacity = "auto",
        masked: Literal["x", "y", "xy"] = "xy",
        structure: Literal["units", "entries"] = "units",
        groups: Annotated[int, Field(ge=1)] = 16,
    ) -> None:
        problem = context.problem
        self._policy, self._seed = policy, context.seed
        self._capacities = node_capacities(
            capacity, len(problem.nodes), context.capacities, context.node_label
        )
        self.whole = all(share == 1 for share in self._capacities)
        self._maskable = {} if self.whole else maskable_variables(problem, masked, structure, groups)
        self._layers = {
            name: n for maskable in self._maskable.values() for name, n in maskable.layers.items()
        }
        self._uncut = {v: _whole(problem.size(v), getattr(problem, v).shapes) for v in "xy"}
        self._round = -1
        self._derived: dict[int, Submodel] = {}
        self.part_sizes = {variable: self._sizes(maskable) for variable, maskable in self._maskable.items()}

    def kind(self, variable: str) -> Kind:
        """Return what nodes send of a variable: whole rows, or the entries of their parts and which these are."""
        if variable not in self._maskable:
            return Consensus()
        units = sum(self._maskable[variable].layers.values())
        return PartialConsensus(self.part_sizes[variable], 0 if self._policy.derivable else -(-units // 8))

    def round(self, number: int, nodes: range, point: Point) -> RoundSubmodels:
        """Return the submodels that the policy chooses in round ``number`` for the hosted ``nodes``."""
        if self.whole:
            return RoundSubmodels()
        notes = {variable: np.zeros((len(nodes), 0), np.uint8) for variable in self._maskable}
        if self._policy.derivable:
            submodels = [self._derive(number, node) for node in nodes]
        else:
            chosen = [self._chosen(number, node, *rows) for node, *rows in zip(nodes, *point, strict=True)]
            submodels = [self._cut(own) for own in chosen]
            notes = {variable: _bits(maskable, chosen) for variable, maskable in self._maskable.items()}
        return RoundSubmodels(
            submodels,
            **{
                variable: RowParts(
                    self.part_sizes[variable],
                    [self._part(variable, submodel) for submodel in submodels],
                    notes[variable],
                    self._reader(variable, number),
                )
                for variable in self._maskable
            },
        )

    def trained_counts(self, number: int, nodes: range, point: Point) -> dict[str, NDArray[np.int64]]:
        """Return how many of ``nodes`` work on each entry in the round that begins at ``point``."""
        round_ = self.round(number, nodes, point)
        counts = {v: np.zeros(self._uncut[v].entries.size, dtype=np.int64) for v in self._maskable}
        for submodel in round_.submodels or ():
            for variable, count in counts.items():
                count[_of(variable, submodel).entries] += 1
        return counts

    def untrained_shares(self, graph: nx.Graph, start: Point) -> dict[str, float]:
        """Return the shares by the submodels at the start; none where units change by rule and so reach all entries."""
        if self.whole or (self._policy.derivable and not self._policy.constant):
            return {}
        cuts = [
            self._derive(0, node) if self._policy.derivable else self._cut(self._chosen(0, node, *start))
            for node in graph
        ]
        missed = dict.fromkeys(self._maskable, 0.0)
        for node in graph:
            around = [cuts[other] for other in (node, *graph[node])]
            for variable in missed:
                trained = np.zeros(self._uncut[variable].entries.size, dtype=bool)
                for submodel in around:
                    trained[_of(variable, submodel).entries] = True
                missed[variable] += float(np.mean(~trained)) / len(cuts)
        return missed

    def _sizes(self, maskable: MaskableVariable) -> NDArray[np.int64]:
        """Return how many entries each node's part has in all rounds: nodes of equal capacity have equally many."""
        sizes = {
            share: maskable.cut(
                {name: np.arange(kept_units(share, n)) for name, n in maskable.layers.items()}
            ).entries.size
            for share in set(self._capacities)
        }
        return np.array([sizes[share] for share in self._capacities])

    def _chosen(self, number: int, node: int, x: Rows | None = None, y: Rows | None = None) -> KeptUnits:
        """Return the units of each layer that a node keeps; a derivable choice does not look at its rows."""
        magnitudes: dict[str, NDArray[np.floating]] = {}
        for variable, row in (("x", x), ("y", y)):
            if row is not None and variable in self._maskable:
                for name, own in self._maskable[variable].magnitudes(row).items():
                    magnitudes[name] = magnitudes.get(name, 0) + own
        share = self._capacities[node]
        return {
            name: self._policy.choose(
                LayerContext(name, n, kept_units(share, n), node, number, self._seed, magnitudes.get(name))
            )
            if share < 1
            else np.arange(n)
            for name, n in self._layers.items()
        }

    def _derive(self, number: int, node: int) -> Submodel:
        """Return the parts of a node as any node can derive them; they are kept for as long as they last."""
        if number != self._round and not self._policy.constant:
            self._round, self._derived = number, {}
        if node not in self._derived:
            self._derived[node] = self._cut(self._chosen(number, node))
        return self._derived[node]

    def _cut(self, chosen: KeptUnits) -> Submodel:
        x, y = (self._maskable[v].cut(chosen) if v in self._maskable else self._uncut[v] for v in "xy")
        return x, y

    def _reader(self, variable: str, number: int) -> Callable[[int, NDArray[np.uint8]], RowPart]:
        maskable = self._maskable[variable]
        ends = np.cumsum(list(maskable.layers.values()))

        def read(node: int, note: NDArray[np.uint8]) -> RowPart:
            if self._policy.derivable:
                return self._part(variable, self._derive(number, node))
            bits = np.split(np.unpackbits(note, count=int(ends[-1])), ends[:-1])
            chosen = {name: np.flatnonzero(own) for name, own in zip(maskable.layers, bits, strict=True)}
            return self._slice(variable, maskable.cut(chosen).entries)

        return read

    def _part(self, variable: str, submodel: Submodel) -> RowPart:
        return self._slice(variable, _of(variable, submodel).entries)

    def _slice(self, variable: str, entries: IndexArray) -> RowPart:
        return slice(None) if entries.size == self._uncut[variable].entries.size else entries


def _bits(maskable: MaskableVariable, chosen: Sequence[KeptUnits]) -> NDArray[np.uint8]:
    """Return the notes: a bit for every unit of the layers that a variable's entries belong to."""
    held = [[np.isin(np.arange(n), own[name]) for name, n in maskable.layers.items()] for own in chosen]
    return np.packbits(np.array([np.concatenate(bits) for bits in held]), axis=1)


def _of(variable: str, submodel: Submodel) -> ParameterSlice:
    return submodel["xy".index(variable)]


def _whole(dim: int, shapes: dict[str, tuple[int, ...]] | None) -> ParameterSlice:
    return ParameterSlice(np.arange(dim), shapes)
