"""The description of a run: everything that decides its numbers, in one validated object.

Its fields check types and ranges; :meth:`Description.resolve` looks every name up and fills in every default,
so that what a trace stores repeats the run even after a default has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from p2pbo.algorithms import ALGORITHMS, Preset
from p2pbo.algorithms.sampling import SAME
from p2pbo.config.fields import DEFAULT_NODES, Fields
from p2pbo.config.sections import ProblemSection, Section, TopologySection
from p2pbo.data import DATASETS, PARTITIONS
from p2pbo.errors import InputError
from p2pbo.network import LINK_SCHEDULES
from p2pbo.problems import PROBLEMS
from p2pbo.registry import Registry, first_validation_error
from p2pbo.topology import GRAPHS, Topology, build
from p2pbo.topology.build import CUSTOM, SCHEDULE, OneGraph, check_weights, is_file, known_weights
from p2pbo.topology.graph_rounds import graphs_in_turn
from p2pbo.topology.graphs import nodes_in_spec

NOT_PART_OF_IDENTITY = (
    *("threads", "checksum", "checkpoint_every", "time_limit"),
    *("divergence_factor", "stall_timeout", "on_failure"),
)
"""The fields that may differ in descriptions of the same run."""


FILES = ("out", "timeline")
"""The fields that are paths of what a run writes; what it computes has none of them."""


LATER_FIELDS = {
    "topology.undirected": False,
    "topology.schedule": None,
    "topology.node_bandwidth": None,
    "compute_time": None,
    "until": None,
    "time_limit": None,
    "data_seed": None,
    "sampling": "independent",
    "lower_level": "shared",
    "asynchronous": "off",
    "links.double": 0.0,
    "silent_after": None,
    "algorithm.batch_upper": SAME,
    "algorithm.batch_lower": SAME,
    "algorithm.scheduled_weights": False,
    "problem.bounds": None,
    "problem.loss": "softmax",
}
"""The fields that earlier versions did not have, and their values that change nothing."""


class Description(Fields):
    """The description of one run."""

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

    @property
    def preset(self) -> Preset:
        """The method, as it is on the lower level of the run.

        Raises:
            InputError: it is unknown, or does not work there.
        """
        name = self.algorithm.name
        return ALGORITHMS.make(name).on(name, self.lower_level or "shared")

    def resolve(self) -> Description:
        """Return this description with every name looked up and every default written out.

        Sections named "custom" stand for Python objects and are left as they are.

        Raises:
            InputError: a name is unknown or a setting is refused.
        """
        changed: dict[str, Any] = {"lower_level": self.lower_level or "shared"}
        if self.algorithm.name != CUSTOM:
            settings = self.preset.check(self.algorithm.name, self.algorithm.settings)
            changed["algorithm"] = Section(name=self.algorithm.name, **settings)
            if self.asynchronous == "auto":
                changed["asynchronous"] = "on" if self.preset.asynchronous(settings) else "off"
        if self.problem.name != CUSTOM:
            checked = _checked(PROBLEMS, self.problem)
            changed["problem"] = ProblemSection(
                name=checked.name, bounds=self.problem.bounds, **checked.settings
            )
            changed["data"] = _checked(DATASETS, self.data)
            PARTITIONS.check(self.partition)
        name = self.topology.name
        if self.topology.schedule is not None:
            changed |= self._scheduled(self.topology.schedule)
        elif name != CUSTOM and not is_file(name):
            GRAPHS.check(name)
            weights = known_weights(name, self.topology.weights)
            changed["topology"] = self.topology.model_copy(update={"weights": weights})
            if self.nodes is None and nodes_in_spec(name) is None:
                changed["nodes"] = DEFAULT_NODES
        LINK_SCHEDULES.check(self.links.schedule)
        if self.topology.weights != CUSTOM:
            check_weights(self.topology.weights)
        return self.model_copy(update=changed)

    def _scheduled(self, schedule: str) -> dict[str, Any]:
        """Return the fields that graphs in turn change: the topology's name, and K where no graph says it."""
        section, names = self.topology, graphs_in_turn(schedule)
        if section.name not in (TopologySection().name, SCHEDULE):
            cause = "and --topology-schedule exclude each other"
            raise InputError(f"--topology {section.name}", cause, "leave one of them out")
        for name in names:
            if not is_file(name):
                GRAPHS.check(name)
        sized = any(is_file(name) or nodes_in_spec(name) is not None for name in names)
        nodes = self.nodes if sized or self.nodes is not None else DEFAULT_NODES
        return {"topology": section.model_copy(update={"name": SCHEDULE}), "nodes": nodes}

    def build_topology(self, given: OneGraph | Sequence[OneGraph] | np.ndarray | None = None) -> Topology:
        """Build the described topology, or one of ``given`` graphs or W with all else as described.

        Raises:
            InputError: it cannot be built.
        """
        section = self.topology
        if given is None:
            given = section.name if section.schedule is None else graphs_in_turn(section.schedule)
        return build(given, self.nodes, section.weights, self.seed, section.undirected)

    def with_topology(self, topology: Topology) -> Description:
        """Return this description with the number of nodes and the weighting of a topology that has been built."""
        section = self.topology.model_copy(update={"weights": topology.weighting})
        return self.model_copy(update={"nodes": topology.nodes, "topology": section})

    def portable(self) -> dict[str, Any]:
        """Return the description as JSON-able values, without the paths of what the run writes.

        What is in ``LATER_FIELDS`` is left out where it is off: such a run is the same as before there was this field.
        """
        described = self.model_dump(mode="json", exclude=set(FILES))
        for field, off in LATER_FIELDS.items():
            *sections, name = field.split(".")
            held = described[sections[0]] if sections else described
            if name in held and held[name] == off:
                del held[name]
        return described


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
