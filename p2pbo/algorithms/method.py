"""A method is a sentence: which hypergradient, estimator and mixing it composes, and the paper's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Annotated, Any, Literal, get_args

from pydantic import PlainValidator

from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.parts import ESTIMATORS, HYPERGRADIENTS, MIXINGS, OnePerVariable
from p2pbo.errors import InputError
from p2pbo.problems import Problem
from p2pbo.registry import Entry, Parameters, Registry, checked


def _batch_size(value: Any) -> int | Literal["all"]:
    if value is None or value == "all":
        return "all"
    size = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(value, bool) or not isinstance(size, Integral) or size < 1:
        raise ValueError("give a whole number of rows, at least 1, or all")
    return int(size)


BatchSize = Annotated[Any, PlainValidator(_batch_size)]
"""Rows that a node draws; "all" (None in Python): a deterministic run."""

PARTS: Mapping[str, Registry[Any]] = {
    "hypergradient": HYPERGRADIENTS,
    "estimator": ESTIMATORS,
    "mixing": MIXINGS,
}


@dataclass(frozen=True)
class Method:
    """A composition of named parts; ``defaults`` are the paper's settings, other settings keep their parts' own."""

    hypergradient: str
    estimator: str
    mixing: str
    paper: str
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every setting of the method by name, and its three parts (which may be given to replace the preset's).

        Raises:
            InputError: a part or setting is unknown, or a value is refused.
        """
        parts = {part: given.get(part, getattr(self, part)) for part in PARTS}
        for part, named in parts.items():
            if not isinstance(named, str):
                raise InputError(f"{part} {named!r}", "is no name", f"choose from {', '.join(PARTS[part])}")
        method = replace(self, **parts)
        rest = {key: value for key, value in given.items() if key not in PARTS}
        return {**parts, **checked(f"algorithm {name}", method._parameters(), rest)}

    def assemble(self, settings: Mapping[str, Any], problem: Problem) -> Composition:
        """The method for one problem, from settings that :meth:`check` returned."""
        hypergradient = self._entry("hypergradient", settings)
        made = hypergradient.make(problem, **{name: settings[name] for name in hypergradient.parameters()})
        estimators, mixings = (
            tuple(
                self._make(self._entry(part, settings), index, settings) for index in _indices(made.variables)
            )
            for part in ("estimator", "mixing")
        )
        batch = _size(settings["batch"])
        return Composition(
            made, estimators, mixings, batch, _size(settings.get("first_batch", settings["batch"]))
        )

    def _entry(self, part: str, settings: Mapping[str, Any]) -> Entry[Any]:
        return PARTS[part][settings[part]]

    @staticmethod
    def _make(entry: Entry[Any], index: int, settings: Mapping[str, Any]) -> Any:
        """An estimator or mixing for variable ``index``: its β is the setting beta1, beta2 or beta3."""
        return entry.make(
            **{
                name: settings[f"{name}{index}" if _per_variable(annotation) else name]
                for name, (annotation, _) in entry.parameters().items()
            }
        )

    def _parameters(self) -> Parameters:
        entries = {part: registry[getattr(self, part)] for part, registry in PARTS.items()}
        indices = _indices(entries["hypergradient"].make.variables)  # type: ignore[attr-defined]
        found: dict[str, tuple[Any, Any]] = {"batch": (BatchSize, "all")}
        if entries["estimator"].make.looks_back:  # type: ignore[attr-defined]
            found["first_batch"] = (BatchSize, "all")
        for entry in entries.values():
            for name, (annotation, default) in entry.parameters().items():
                names = [f"{name}{index}" for index in indices] if _per_variable(annotation) else [name]
                found.update(dict.fromkeys(names, (annotation, default)))
        return {name: (kind, self.defaults.get(name, default)) for name, (kind, default) in found.items()}


METHODS: Registry[Method] = Registry("algorithm", "p2pbo.algorithms.presets")
"""Functions ``() -> Method``, one file each in ``presets/``."""


def _indices(variables: str) -> range:
    """1 for x, 2 for y, 3 for z."""
    return range(1, len(variables) + 1)


def _per_variable(annotation: Any) -> bool:
    return any(isinstance(mark, OnePerVariable) for mark in get_args(annotation))


def _size(batch: Any) -> int | None:
    return None if batch == "all" else int(batch)
