"""The description of a run: everything that decides its numbers, in one validated object.

``Description`` checks types and ranges; :meth:`Description.resolve` looks every name up and fills in every default,
so that what a trace stores repeats the run even after a default has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import networkx as nx
import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from p2pbo.algorithms import ALGORITHMS
from p2pbo.config.interval import checked_interval
from p2pbo.data import DATASETS, PARTITIONS
from p2pbo.errors import InputError
from p2pbo.network import LINK_SCHEDULES
from p2pbo.problems import PROBLEMS
from p2pbo.registry import Registry, first_validation_error
from p2pbo.topology import GRAPHS, Topology, build
from p2pbo.topology.build import AUTO, check_weights, is_file, known_weights
from p2pbo.topology.graphs import nodes_in_spec

CUSTOM = "custom"
"""The name of what was given as a Python object: a run with one cannot be repeated from its trace."""


NOT_PART_OF_IDENTITY = (
    *("threads", "checksum", "checkpoint_every"),
    *("divergence_factor", "stall_timeout", "on_failure"),
)
"""The fields that may differ in descriptions of the same run."""


DEFAULT_NODES = 8
"""The number of nodes K where neither the user nor the topology says it."""


class Section(BaseModel):
    """A named thing and its settings: ``"mdbo"`` is short for ``{"name": "mdbo"}``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @property
    def settings(self) -> dict[str, Any]:
        """All values but the name."""
        return dict(self.model_extra or {})


class TopologySection(BaseModel):
    """A graph by name, file or specification, how its edges are weighted, and how fast its links are.

    ``weights`` "file" are those that the file brings along, "auto" these where there are any, else Metropolis weights.

    ``latency`` (ms) and ``bandwidth`` (bytes per second) are those of edges that do not say theirs; ``undirected``
    takes a directed graph for the drawing of an undirected one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "ring"
    weights: str = AUTO
    latency: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    bandwidth: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    undirected: bool = False


class LinksSection(BaseModel):
    """The faults of links, on purpose, and the schedule of edges that are used in a round.

    ``drop`` is the chance that an edge loses its messages in a round, ``delay`` the most rounds by which an edge's
    messages are late, ``stragglers`` the chance that a node's neighbours go on without it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    drop: Annotated[float, Field(ge=0, lt=1)] = 0.0
    delay: Annotated[int, Field(ge=0)] = 0
    stragglers: Annotated[float, Field(ge=0, lt=1)] = 0.0
    schedule: str = "all"


def _named(value: Any) -> Any:
    return {"name": str(value)} if isinstance(value, (str, Path)) else value


def _called(default: str) -> BeforeValidator:
    """Take text for the section's name, and ``default`` where no name is given."""

    def fill(value: Any) -> Any:
        value = _named(value)
        return {"name": default, **value} if isinstance(value, Mapping) else value

    return BeforeValidator(fill)


def _factor(value: float) -> float:
    if value and value <= 1:  # the start itself would be too much
        raise ValueError("give a number above 1, or 0 for no limit")
    return value


class Description(BaseModel):
    """The description of one run.

    Field names are the flags of ``p2pbo run``; sections hold the settings of what they name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: Annotated[Section, _called("mdbo")] = Section(name="mdbo")
    problem: Annotated[Section, _called("logreg-hpo")] = Section(name="logreg-hpo")
    data: Annotated[Section, _called("a9a")] = Section(name="a9a")
    partition: str = "iid"
    topology: Annotated[TopologySection, BeforeValidator(_named)] = TopologySection()
    nodes: Annotated[int, Field(ge=1)] | None = None
    codec: str = "none"
    codec_by: str | None = None
    codec_scope: Literal["edge", "node"] = "edge"
    channel: Literal["auto", "masked", "difference"] = "auto"
    consensus_step: Annotated[float, Field(gt=0, le=1)] | None = None
    links: LinksSection = LinksSection()
    steps: Annotated[int, Field(ge=0)] = 1000
    seed: Annotated[int, Field(ge=0)] = 0
    dtype: Literal["float64", "float32"] = "float64"
    device: str = "cpu"
    threads: Annotated[int, Field(ge=1)] | None = None
    log_every: Annotated[int, Field(ge=1)] = 10
    exact: Literal["auto", "on", "off"] = "auto"
    flops: Literal["auto", "on", "off"] = "auto"
    checksum: Literal["on", "off"] = "off"
    checkpoint_every: Annotated[str, BeforeValidator(checked_interval)] | None = None
    divergence_factor: Annotated[float, Field(allow_inf_nan=False), AfterValidator(_factor)] = 1e6
    stall_timeout: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 600.0
    on_failure: Literal["abort", "continue"] = "abort"
    out: str | None = None

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Description:
        """Return the description that plain values give.

        Raises:
            InputError: a key is unknown, a type is wrong or a value impossible.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            raise first_validation_error(error, "the run", cls.model_fields) from None

    def resolve(self) -> Description:
        """Return this description with every name looked up and every default written out.

        Sections named "custom" stand for Python objects and are left as they are.

        Raises:
            InputError: a name is unknown or a setting is refused.
        """
        changed: dict[str, Any] = {}
        if self.algorithm.name != CUSTOM:
            settings = ALGORITHMS.make(self.algorithm.name).check(
                self.algorithm.name, self.algorithm.settings
            )
            changed["algorithm"] = Section(name=self.algorithm.name, **settings)
        if self.problem.name != CUSTOM:
            changed["problem"] = _checked(PROBLEMS, self.problem)
            changed["data"] = _checked(DATASETS, self.data)
            PARTITIONS.check(self.partition)
        name = self.topology.name
        if name != CUSTOM and not is_file(name):
            GRAPHS.check(name)
            weights = known_weights(name, self.topology.weights)
            changed["topology"] = self.topology.model_copy(update={"weights": weights})
            if self.nodes is None and nodes_in_spec(name) is None:
                changed["nodes"] = DEFAULT_NODES
        LINK_SCHEDULES.check(self.links.schedule)
        if self.topology.weights != CUSTOM:
            check_weights(self.topology.weights)
        return self.model_copy(update=changed)

    def build_topology(self, given: nx.Graph | np.ndarray | None = None) -> Topology:
        """Build the described topology, or one of a ``given`` graph or W with all else as described.

        Raises:
            InputError: it cannot be built.
        """
        section = self.topology
        graph = section.name if given is None else given
        return build(graph, self.nodes, section.weights, self.seed, section.undirected)

    def with_topology(self, topology: Topology) -> Description:
        """Return this description with the number of nodes and the weighting of a topology that has been built."""
        section = self.topology.model_copy(update={"weights": topology.weighting})
        return self.model_copy(update={"nodes": topology.nodes, "topology": section})

    def portable(self) -> dict[str, Any]:
        """Return the description as JSON-able values, without the path of the trace.

        ``topology.undirected`` is told where it is on: a run without it is the same as before there was a switch.
        """
        untold = {} if self.topology.undirected else {"topology": {"undirected"}}
        return self.model_dump(mode="json", exclude={"out": True, **untold})


def _checked(registry: Registry[Any], section: Section) -> Section:
    entry, settings = registry.check(section.name, section.settings)
    if entry.argument is not None and ":" in section.name:
        settings.pop(entry.argument)  # the name says it already
    return Section(name=section.name, **settings)


def check_repeatable(description: Description, source: str) -> None:
    """Check that a run was not made from Python objects, so that it can be repeated.

    Raises:
        InputError: a part of the description is "custom".
    """
    for part in ("problem", "topology"):
        if getattr(description, part).name == CUSTOM:
            raise InputError(
                source, f"was made with its own {part}", "repeat it from the script that made it"
            )
