"""The flags of a run, made from the fields of its description and from settings of algorithms that have flags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from p2pbo.algorithms import PARTS
from p2pbo.algorithms.submodels import POLICIES
from p2pbo.config.fields import Fields
from p2pbo.config.flag import Flag, Panel
from p2pbo.config.sections import Section, TopologySection


class AlgorithmFlags:
    """The settings of algorithms that flags set; each algorithm says which of them it has, and their defaults."""

    hypergradient: Annotated[
        str,
        Field(description="Replace the method's hypergradient"),
        Flag(Panel.METHOD, choices=PARTS["hypergradient"]),
    ]
    estimator: Annotated[
        str,
        Field(description="Replace the method's estimator"),
        Flag(Panel.METHOD, choices=PARTS["estimator"]),
    ]
    mixing: Annotated[
        str, Field(description="Replace the method's mixing"), Flag(Panel.METHOD, choices=PARTS["mixing"])
    ]
    schedule: Annotated[
        str,
        Field(description="What the step sizes are multiplied by, step after step"),
        Flag(Panel.METHOD, choices=PARTS["schedule"]),
    ]
    neumann_batches: Annotated[
        str,
        Field(description="Draw each Neumann factor's batch: fresh or shared."),
        Flag(Panel.METHOD, default="fresh"),
    ]
    tracking: Annotated[
        str,
        Field(description="Whether a SOBA method tracks its directions: on or off."),
        Flag(Panel.METHOD, default="the method's"),
    ]
    masks: Annotated[
        str,
        Field(description="How nodes choose their submodels, where they have any"),
        Flag(Panel.METHOD, choices=POLICIES),
    ]
    capacity: Annotated[
        str,
        Field(description="The share of the model that a node works on, cycled over the nodes: 1,1/2,1/4."),
        Flag(Panel.METHOD, default="the topology file's, else 1"),
    ]
    rafbo_form: Annotated[
        str,
        Field(description="RAFBO's differences: fixed, or literal as printed."),
        Flag(Panel.METHOD, default="fixed"),
    ]
    unroll: Annotated[
        int,
        Field(description="Lower steps that RAFBO's differences go through."),
        Flag(Panel.METHOD, default="5"),
    ]
    coordinates: Annotated[
        str,
        Field(description="Coordinates of x that RAFBO draws in a step, or all."),
        Flag(Panel.METHOD, default="all"),
    ]


@dataclass(frozen=True)
class RunFlag:
    """A flag of ``p2pbo run``.

    Attributes:
        name: of the flag, as a keyword: ``link_drop`` for --link-drop.
        path: of the field that it sets: ``links.drop``.
        kind: the type of its value.
        text: what help says, without choices.
        default: the default as help shows it; "": help shows none.
        field: the marker of its field.
    """

    name: str
    path: str
    kind: type
    text: str
    default: str
    field: Flag

    @property
    def help(self) -> str:
        """The text of the flag, with the entries that it chooses from, or the command that lists them."""
        if self.field.choices is None:
            return self.text
        if self.field.listed:
            return f"{self.text} (p2pbo list {self.field.listed}){self.field.also}."
        names = ", ".join(self.field.choices[name].usage for name in self.field.choices)
        return f"{self.text}: {names}{self.field.also}."


def run_flags() -> tuple[RunFlag, ...]:
    """Return all flags of a run in their order, which is that of a sweep's axes."""
    found = [*_of_fields()]
    for flag in [flag for flag in found if flag.field.before]:
        found.remove(flag)
        found.insert([other.name for other in found].index(flag.field.before), flag)
    return tuple(found)


def _of_fields() -> Iterator[RunFlag]:
    """Yield the flags of fields and of what is in their sections, in the order of the fields."""
    for name, hint in get_type_hints(Fields, include_extras=True).items():
        if name not in Fields.model_fields:
            continue
        default = Fields.model_fields[name].default
        section = type(default) if isinstance(default, BaseModel) else None
        if section is None or "name" in section.model_fields:
            yield _flag(name, hint, default)
        if name == "algorithm":
            yield from _of_section(name, AlgorithmFlags, {})
        elif section is not None:
            yield from _of_section(name, section, section.model_fields)


def _of_section(section: str, model: type, fields: Mapping[str, FieldInfo]) -> Iterator[RunFlag]:
    """Yield the flags of those values of a section that have a marker."""
    for name, hint in get_type_hints(model, include_extras=True).items():
        if any(isinstance(part, Flag) for part in get_args(hint)[1:]):
            yield _flag(f"{section}.{name}", hint, fields[name].default if name in fields else None)


def _flag(path: str, hint: Any, default: Any) -> RunFlag:
    annotation, *metadata = get_args(hint)
    (field,) = (part for part in metadata if isinstance(part, FieldInfo))
    (marker,) = (part for part in metadata if isinstance(part, Flag))
    shown = marker.default or ("" if default is None else _shown(default))
    name = marker.name or path.rpartition(".")[2]
    return RunFlag(name, path, marker.kind or _kind(annotation), field.description or "", shown, marker)


def _kind(annotation: Any) -> type:
    """Return the type of a flag's value: text for a section and for one of several words."""
    if get_origin(annotation) is Literal:
        return str
    (kind, *_) = [part for part in get_args(annotation) if part is not type(None)] or [annotation]
    return str if get_origin(kind) is Literal or issubclass(kind, BaseModel) else kind


def _shown(default: Any) -> str:
    """Return a default as people write it: ``off``, ``600``, ``1e6``, ``mdbo``."""
    if isinstance(default, (Section, TopologySection)):
        return default.name
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default:g}".replace("e+0", "e") if isinstance(default, float) else str(default)


RUN_FLAGS = run_flags()
