"""What a trace holds, in one small value: where it comes from and the figures it ends with."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from p2pbo.trace import Trace
from p2pbo.trace.schema import STEP_NODE, Field


@dataclass(frozen=True)
class FinalValue:
    """The last logged value of a metric; of a figure that every node has, the mean over the nodes that live."""

    value: float
    units: str
    meaning: str


@dataclass(frozen=True)
class Death:
    """A node that died in a step; ``gap`` is the spectral gap of those who were left."""

    node: int
    step: int
    gap: float


@dataclass(frozen=True)
class Summary:
    """A trace in brief; None where the trace does not say.

    ``links`` are what went wrong on the way on purpose, ``resumed_at`` the steps from which the run has gone on, and
    ``deaths`` the nodes that died, each with the step and the spectral gap of who were left.

    Attributes:
        path: the file, or None for a trace in memory.
        version: of p2pbo that wrote it; ``outdated`` is what that one computed otherwise than this one.
        algorithm: name and settings; so are problem, data and topology.
        last_step: the last logged step.
        final: the final figures by the name of their metric.
    """

    path: str | None
    version: str
    outdated: list[str]
    status: str
    algorithm: dict[str, Any] | None
    problem: dict[str, Any] | None
    data: dict[str, Any] | None
    partition: Any
    topology: dict[str, Any] | None
    spectral_gap: float | None
    links: dict[str, Any]
    nodes: int | None
    ranks: int | None
    seed: int | None
    resumed_at: list[int]
    deaths: list[Death]
    logged_steps: int
    last_step: int | None
    final: dict[str, FinalValue]

    def as_json(self) -> dict[str, Any]:
        """Return the same for ``json.dumps``; figures that are not finite become null, as JSON has none."""
        plain = asdict(self)
        for figure in plain["final"].values():
            figure["value"] = figure["value"] if math.isfinite(figure["value"]) else None
        return plain


def summary(trace: Trace) -> Summary:
    """Return sum up ``trace``, which may still be growing."""
    described, attributes = trace.description, trace.attributes
    row = trace.last
    figures = {} if row is None else {**row.metrics, **row.node_metrics}
    return Summary(
        path=str(trace.path) if trace.path else None,
        version=trace.version,
        outdated=trace.outdated,
        status=trace.status,
        algorithm=_section(described.get("algorithm")),
        problem=_section(described.get("problem")),
        data=_section(described.get("data")),
        partition=described.get("partition"),
        topology=_section(described.get("topology")),
        spectral_gap=attributes.get("spectral_gap"),
        links={name: value for name, value in described.get("links", {}).items() if value not in (0, "all")},
        nodes=described.get("nodes"),
        ranks=attributes.get("ranks"),
        seed=described.get("seed", attributes.get("seed")),
        resumed_at=attributes.get("resumed_at", []),
        deaths=_deaths(trace),
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
    """Return a part of the description with its name and settings, also where it is only a name."""
    return value if isinstance(value, dict) or value is None else {"name": value}


def _final(field: Field, value: Any) -> FinalValue:
    meaning = f"{field.long_name}, mean over the nodes" if field.dims == STEP_NODE else field.long_name
    held = np.asarray(value)
    known = held[~np.isnan(held)] if held.ndim and held.dtype.kind == "f" else held
    return FinalValue(float(np.mean(known)) if known.size else math.nan, field.units, meaning)
