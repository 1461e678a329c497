"""The sections of a description: named things with their settings, the topology, and the faults of links."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from p2pbo.config.flag import Flag, Panel
from p2pbo.network import LINK_SCHEDULES
from p2pbo.topology import WEIGHTS
from p2pbo.topology.build import AUTO


class Section(BaseModel):
    """A named thing and its settings: ``"mdbo"`` is short for ``{"name": "mdbo"}``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @property
    def settings(self) -> dict[str, Any]:
        """All values but the name."""
        return dict(self.model_extra or {})


def from_name(value: Any) -> Any:
    """Return the section that text is short for; other values as they are."""
    return {"name": str(value)} if isinstance(value, (str, Path)) else value


def section(default: str) -> BeforeValidator:
    """Return a validator that takes text for a section's name, and ``default`` where no name is given."""

    def fill(value: Any) -> Any:
        value = from_name(value)
        return {"name": default, **value} if isinstance(value, Mapping) else value

    return BeforeValidator(fill)


def _pair(value: Any) -> Any:
    """Return the two ends that text such as ``-8,8`` has; lists and tuples of two as they are."""
    ends = value.split(",") if isinstance(value, str) else value
    if not isinstance(ends, (list, tuple)) or len(ends) != 2:
        raise ValueError("give LOWER,UPPER, or [LOWER,UPPER] where a comma starts a new value")
    return ends


def _check_order(bounds: tuple[float, float]) -> tuple[float, float]:
    if not bounds[0] < bounds[1]:
        raise ValueError("give LOWER < UPPER, -inf or inf where there is no bound")
    return bounds


def _as_json(bounds: tuple[float, float]) -> list[float | str]:
    return [end if math.isfinite(end) else str(end) for end in bounds]


Pair = Annotated[
    tuple[float, float],
    BeforeValidator(_pair),
    AfterValidator(_check_order),
    PlainSerializer(_as_json, when_used="json"),
]
"""Two numbers, the smaller one first."""


class ProblemSection(Section):
    """A problem with its settings, and bounds that every entry of x is kept in."""

    bounds: Annotated[
        Pair | None, Field(description="Two numbers, LOWER,UPPER, that every entry of x is kept between.")
    ] = None


class TopologySection(BaseModel):
    """A graph by name, file or specification, how its edges are weighted, and how fast its links are.

    ``weights`` "file" are those that the file brings along, "auto" these where there are any, else Metropolis weights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "ring"
    weights: Annotated[
        str,
        Field(description="Mixing weights"),
        Flag(
            Panel.NETWORK,
            choices=WEIGHTS,
            also="; file: the mixing_weight of a file's edges",
            default="file where there are any, else metropolis",
        ),
    ] = AUTO
    latency: Annotated[
        float | None,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="Milliseconds of a message on edges that do not say theirs.",
        ),
    ] = None
    bandwidth: Annotated[
        float | None,
        Field(gt=0, allow_inf_nan=False, description="Bytes per second of edges that do not say theirs."),
    ] = None
    node_bandwidth: Annotated[
        float | None,
        Field(
            gt=0,
            allow_inf_nan=False,
            description="Bytes per second that a node's edges share, out and in, at nodes that do not say theirs.",
        ),
    ] = None
    schedule: Annotated[
        str | None,
        Field(
            description="Graphs in turn, one a round, in the place of --topology: files or families, separated by "
            "commas."
        ),
        Flag(Panel.NETWORK, "topology_schedule", metavar="FILE,...", before="undirected"),
    ] = None
    undirected: Annotated[
        bool,
        Field(
            description="Take a directed graph for the drawing of an undirected one; where two directions differ, the "
            "smaller bandwidth and the larger latency count."
        ),
        Flag(Panel.NETWORK, before="weights"),
    ] = False


class LinksSection(BaseModel):
    """The faults of links, on purpose, and the schedule of edges that are used in a round."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    drop: Annotated[
        float,
        Field(ge=0, lt=1, description="The chance that an edge loses its messages in a round."),
        Flag(Panel.LINKS, "link_drop"),
    ] = 0.0
    delay: Annotated[
        int,
        Field(
            ge=0, description="Messages come up to so many rounds late, those of an edge always equally late."
        ),
        Flag(Panel.LINKS, "link_delay"),
    ] = 0
    stragglers: Annotated[
        float,
        Field(ge=0, lt=1, description="The chance that a round goes on without a node, which is late."),
        Flag(Panel.LINKS),
    ] = 0.0
    schedule: Annotated[
        str,
        Field(description="Which edges are used in a round"),
        Flag(Panel.LINKS, "link_schedule", choices=LINK_SCHEDULES),
    ] = "all"
    double: Annotated[
        float,
        Field(ge=0, lt=1, description="The chance that a message of an asynchronous node comes twice."),
        Flag(Panel.LINKS, "link_double"),
    ] = 0.0
