"""Sweeps: the cross product of lists of values for the fields of a description.

Fields are called as the flags of ``p2pbo run`` call them, or else by their place (``algorithm.eta``). A sweep is what a
file says (``base``), under cases that set several fields together, under lists of values (``axes``). An axis of one
value is the same in all points; those of several values, and the cases, tell the points apart and name them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, reduce
from itertools import product
from pathlib import Path
from typing import Any

from p2pbo.config.assignments import merge
from p2pbo.config.description import FILES, Description
from p2pbo.config.run_flags import RUN_FLAGS
from p2pbo.config.sources import from_file
from p2pbo.config.value_lists import as_text, expand_ranges, in_file_name
from p2pbo.errors import InputError, notices_if
from p2pbo.topology.build import AUTO

TABLE, CASES, SEED = "sweep", "cases", "seed"

LONGEST_NAME = 200

FIELD_PATHS = {flag.name: flag.path for flag in RUN_FLAGS if flag.path != flag.name}
"""The path of the field that a flag sets, for flags that set one of a section."""

_NAMES = {path: flag for flag, path in FIELD_PATHS.items()}

FieldValues = Mapping[str, Any]
"""The values of fields, by field name."""


def nested(settings: FieldValues) -> dict[str, Any]:
    """Return field values nested as a description holds them."""

    def one(field: str, value: Any) -> dict[str, Any]:
        *sections, key = FIELD_PATHS.get(field, field).split(".")
        return reduce(lambda inner, section: {section: inner}, reversed(sections), {key: value})

    return reduce(merge, (one(*setting) for setting in settings.items()), {})


def field_name(key: str) -> str:
    """Return the name of the field that ``key`` means: ``algorithm.mixing`` and ``mixing`` are one field."""
    place = ".".join(part.strip() for part in key.split(".")).removesuffix(".name")
    return _NAMES.get(place, place)


@dataclass(frozen=True)
class SweepPoint:
    """One run of a sweep.

    Attributes:
        index: its place in the sweep, from 0.
        settings: what tells it from the other points.
        given: the values that its description is made from.
    """

    index: int
    settings: FieldValues
    given: Mapping[str, Any]

    @cached_property
    def name(self) -> str:
        """A name such as ``topology=torus,codec=randk-0.1,seed=3``, made from the point's own settings alone."""
        parts = [
            f"{field.rpartition('.')[2]}={in_file_name(as_text(value))}"
            for field, value in self.settings.items()
        ]
        return in_file_name(",".join(parts) or "run", LONGEST_NAME)

    @cached_property
    def description(self) -> Description:
        """The resolved description, with the number of nodes and the weights that they mix by.

        Raises:
            InputError: there is no such run.
        """
        found = Description.parse(self.given).resolve()
        if found.nodes is not None and found.topology.weights != AUTO:
            return found
        with notices_if(False):  # the run itself says it
            return found.with_topology(found.build_topology())

    @property
    def nodes(self) -> int:
        """The number of nodes K."""
        nodes = self.description.nodes
        assert nodes is not None  # the description says it
        return nodes


@dataclass(frozen=True)
class Sweep:
    """A sweep as it is asked for.

    Attributes:
        base: the values that a file gives, nested as for a run.
        cases: fields that are set together, one case after another.
        axes: the values of each other field, one or more.
    """

    base: Mapping[str, Any]
    cases: list[FieldValues]
    axes: Mapping[str, list[Any]]

    @classmethod
    def from_file(cls, path: Path) -> Sweep:
        """Return the sweep of a TOML file (lists in ``[sweep]``, cases in ``[[sweep.cases]]``) or of a trace's run.

        Raises:
            InputError: the file cannot be read, or lists and cases are none or empty.
        """
        base = from_file(path)
        table = base.pop(TABLE, {})
        cases = table.pop(CASES, [{}]) if isinstance(table, dict) else None
        if not (isinstance(cases, list) and cases and all(isinstance(case, dict) for case in cases)):
            raise InputError(
                f"{path}: {TABLE}", "is no table of lists and cases", "write [sweep] seed = [0, 1, 2]"
            )
        lists = {
            field: expand_ranges(f"{path}: {TABLE}.{field}", values if isinstance(values, list) else [values])
            for field, values in by_field(table)
        }
        return cls(base, [dict(by_field(case)) for case in cases], lists)

    @classmethod
    def from_json(cls, subject: str, values: Mapping[str, Any]) -> Sweep:
        """Return the sweep that ``as_json`` gave as these values.

        Raises:
            InputError: these values are not of that form; names ``subject``.
        """
        base, cases, axes = (values.get(name) for name in ("base", "cases", "axes"))
        if (
            isinstance(base, dict)
            and isinstance(cases, list)
            and isinstance(axes, dict)
            and all(isinstance(case, dict) for case in cases)
            and all(isinstance(choices, list) and choices for choices in axes.values())
        ):
            return cls(base, cases, axes)
        remedy = "start the sweep with its own file or flags again"
        raise InputError(subject, "is no sweep of base, cases and axes", remedy)

    def as_json(self) -> dict[str, Any]:
        """Return ``base``, ``cases`` and ``axes`` as JSON-able values."""
        return asdict(self)

    def over(self, axes: Mapping[str, list[Any]]) -> Sweep:
        """Return this sweep with other values for some fields, also of cases, or with more fields."""
        return Sweep(self.base, self.cases, {**self.axes, **axes})

    def points(self) -> list[SweepPoint]:
        """Return all points of the sweep; the last axis varies fastest, and is the seed where that varies.

        Raises:
            InputError: two points have one name, or ``out`` or ``timeline`` is among the fields.
        """
        fields = {field for values in (self.axes, *self.cases) for field in values}
        if "out" in fields:
            raise InputError("out", "cannot be swept", "name the sweep's folder with --out")
        if "timeline" in fields:
            raise InputError(
                "timeline", "is of one run", "repeat a point: p2pbo run POINT.h5 --timeline FILE"
            )
        varying = sorted((field for field, values in self.axes.items() if len(values) > 1), key=SEED.__eq__)
        same = {field: values[0] for field, values in self.axes.items() if field not in varying}
        cases = [
            {field: value for field, value in case.items() if field not in self.axes} for case in self.cases
        ]
        points = []
        for index, (case, *values) in enumerate(product(cases, *(self.axes[field] for field in varying))):
            settings = {**(case if len(cases) > 1 else {}), **dict(zip(varying, values, strict=True))}
            points.append(SweepPoint(index, settings, self._given({**case, **same, **settings})))
        _check_distinct(points)
        return points

    def _given(self, settings: FieldValues) -> dict[str, Any]:
        """Return the file's values overlaid by settings as by flags: a point is the run with its settings as flags."""
        return merge({key: value for key, value in self.base.items() if key not in FILES}, nested(settings))


def _check_distinct(points: Iterable[SweepPoint]) -> None:
    for name, count in Counter(point.name for point in points).items():
        if count > 1:
            raise InputError(f"the point {name}", f"is there {count} times", "give each value once")


def by_field(table: Mapping[str, Any], section: str = "") -> list[tuple[str, Any]]:
    """Return the values in a table, by field name; ``algorithm.eta`` may be written with quotes and without."""
    return [
        found
        for key, value in table.items()
        for found in (
            by_field(value, f"{section}{key}.")
            if isinstance(value, Mapping)
            else [(field_name(f"{section}{key}"), value)]
        )
    ]
