"""Capacities: the share of the model, in (0, 1], that each node can afford, as people write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from p2pbo.errors import InputError

AUTO = "auto"
"""The nodes' attribute ``capacity`` in the topology's file; 1 where they have none."""


def parse_share(text: Any) -> Fraction:
    """Return the share that a text such as ``1/4`` or ``0.25`` gives, a number in (0, 1].

    Raises:
        ValueError: it is none.
    """
    try:
        value = Fraction(str(text).strip())
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"'{text}' is no number: write shares such as 1,1/2,0.25") from None
    if not 0 < value <= 1:
        raise ValueError(f"{text} is not in (0, 1]: a node works on a part of the model, or on all of it")
    return value


def _shares(value: Any) -> str:
    if value == AUTO:
        return AUTO
    parts = value if isinstance(value, (list, tuple)) else str(value).split(",")
    if not parts:
        raise ValueError("there is none: write shares such as 1,1/2,0.25")
    return ",".join(str(parse_share(part)) for part in parts)


Capacity = Annotated[
    Any,
    PlainValidator(
        _shares, json_schema_input_type=Annotated[str, Field(description="shares > 0, ≤ 1, or auto")]
    ),
]
"""Shares, cycled over the nodes: "1,1/2,1/4"; or "auto"."""


def _starts(value: Any) -> str:
    parts = value if isinstance(value, (list, tuple)) else str(value).split(",")
    starts = [Fraction(str(part).strip()) for part in parts]
    if not starts or not all(0 <= start < 1 for start in starts):
        raise ValueError("write shares of a layer from 0 up to below 1, such as 0,1/4,1/2,3/4")
    return ",".join(map(str, starts))


Offset = Annotated[
    Any,
    PlainValidator(_starts, json_schema_input_type=Annotated[str, Field(description="shares ≥ 0, < 1")]),
]
"""Where in a layer each node's window of units begins, as a share of it, cycled over the nodes: "0,1/2"."""


def cycle_shares(text: str, nodes: int) -> list[Fraction]:
    """Return the share of each node: the checked ones of ``text``, one after another and again from the first."""
    parts = [Fraction(part) for part in text.split(",")]
    return [parts[node % len(parts)] for node in range(nodes)]


def node_capacities(
    text: str, nodes: int, of_topology: Mapping[int, Any], node_label: Callable[[int], str] = str
) -> list[Fraction]:
    """Return the capacity of each node, as ``text`` or the topology gives it.

    Raises:
        InputError: the topology gives a node one that is not in (0, 1].
    """
    if text != AUTO:
        return cycle_shares(text, nodes)
    found = []
    for node in range(nodes):
        try:
            found.append(parse_share(of_topology.get(node, 1)))
        except ValueError as error:
            cause, _, remedy = str(error).partition(": ")
            raise InputError(
                f"the capacity of node {node_label(node)}", f"in the topology: {cause}", remedy
            ) from None
    return found


def kept_units(capacity: Fraction, units: int) -> int:
    """Return how many of so many units a node keeps: the whole number nearest to its share, at least 1."""
    return max(1, int(capacity * units + Fraction(1, 2)))
