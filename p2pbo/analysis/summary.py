"""The summary of a trace: its origin and its final values."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from p2pbo.analysis.groups import part_of
from p2pbo.analysis.waits import SlowestLink, SlowestRank, slowest
from p2pbo.trace import Trace
from p2pbo.trace.schema import STEP_NODE, Field


@dataclass(frozen=True)
class FinalValue:
    """The last logged value of a metric; of a metric of every node, the mean over the living nodes."""

    value: float
    units: str
    meaning: str


@dataclass(frozen=True)
class Death:
    """The death of a node in a step; ``gap`` is the spectral gap of the survivors' graph."""

    node: int
    step: int
    gap: float


@dataclass(frozen=True)
class Summary:
    """The summary of a trace; None where the trace does not tell.

    Attributes:
        path: the file, or None for a trace in memory.
        version: the version of p2pbo that wrote it.
        outdated: the former behaviours of that version that give other results.
        ended_by: what ended a complete run: ``steps``, ``until METRIC=VALUE`` or ``callback``.
        algorithm: name and settings; likewise problem, data and topology.
        data, partition: None where the problem brings data of its own.
        lower_level: ``local`` where each node has its own.
        codec: of all variables, or of each.
        asynchronous: ``on`` where nodes step without rounds.
        links: the modelled faults of links.
        resumed_at: the steps from which the run was resumed.
        begun_again_at: the steps after which it began again from its start, with shorter steps of x.
        deaths: the nodes that died.
        slowest_rank: the rank that holds the others up most; likewise the link.
        last_step: the last logged step.
        final: the final values by the name of their metric.
    """

    path: str | None
    version: str
    outdated: list[str]
    status: str
    ended_by: str | None
    algorithm: dict[str, Any] | None
    problem: dict[str, Any] | None
    lower_level: str | None
    data: dict[str, Any] | None
    partition: Any
    topology: dict[str, Any] | None
    spectral_gap: float | None
    codec: str | None
    asynchronous: str | None
    links: dict[str, Any]
    nodes: int | None
    ranks: int | None
    seed: int | None
    data_seed: int | None
    resumed_at: list[int]
    begun_again_at: list[int]
    deaths: list[Death]
    slowest_rank: SlowestRank | None
    slowest_link: SlowestLink | None
    logged_steps: int
    last_step: int | None
    final: dict[str, FinalValue]

    def as_json(self) -> dict[str, Any]:
        """Return the summary for ``json.dumps``, with null for values that are not finite."""
        plain = asdict(self)
        for final in plain["final"].values():
            final["value"] = final["value"] if math.isfinite(final["value"]) else None
        return plain


def summarize(trace: Trace) -> Summary:
    """Summarize ``trace``, which may still be growing."""
    described, attributes = trace.description, trace.attributes
    row = trace.last
    rank, link = slowest(trace) or (None, None)
    figures = {} if row is None else {**row.metrics, **row.node_metrics}
    return Summary(
        path=str(trace.path) if trace.path else None,
        version=trace.version,
        outdated=trace.outdated,
        status=trace.status,
        ended_by=trace.ended_by,
        algorithm=_section(described.get("algorithm")),
        problem=_section(described.get("problem")),
        lower_level=described.get("lower_level"),
        data=_section(part_of(trace, "data")),
        partition=part_of(trace, "partition"),
        topology=_section(described.get("topology")),
        spectral_gap=attributes.get("spectral_gap"),
        codec=described.get("codec"),
        asynchronous=described.get("asynchronous"),
        links={name: value for name, value in described.get("links", {}).items() if value not in (0, "all")},
        nodes=described.get("nodes"),
        ranks=attributes.get("ranks"),
        seed=described.get("seed", attributes.get("seed")),
        data_seed=described.get("data_seed"),
        resumed_at=attributes.get("resumed_at", []),
        begun_again_at=attributes.get("begun_again_at", []),
        deaths=_deaths(trace),
        slowest_rank=rank,
        slowest_link=link,
        logged_steps=trace.rows,
        last_step=None if row is None else row.step,
        final={name: _final(trace.field(name), value) for name, value in figures.items()},
    )


def _deaths(trace: Trace) -> list[Death]:
    if "failure_node" not in trace:
        return []
    columns = (trace.values(f"failure_{name}").tolist() for name in ("node", "step", "gap"))
    return [Death(*death) for death in zip(*columns, strict=True)]


def _section(value: Any) -> dict[str, Any] | None:
    """Return a part of the description as a section; a plain value is a name without settings."""
    return value if isinstance(value, dict) or value is None else {"name": value}


def _final(field: Field, value: Any) -> FinalValue:
    meaning = f"{field.long_name}, mean over the nodes" if field.dims == STEP_NODE else field.long_name
    held = np.asarray(value)
    known = held[~np.isnan(held)] if held.ndim and held.dtype.kind == "f" else held
    return FinalValue(float(np.mean(known)) if known.size else math.nan, field.units, meaning)
