"""What a setting takes is said in words, from the annotation that checks it."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from p2pbo.algorithms import ALGORITHMS
from p2pbo.cli.catalogue.setting_ranges import default_text, schema, takes
from p2pbo.cli.commands.catalogue import CATALOGUE


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Annotated[float, Field(gt=0, le=1)], "number > 0, ≤ 1"),
        (Annotated[int, Field(ge=1)] | None, "whole number ≥ 1"),
        (Literal["sum", "random"], "sum, random"),
        (Annotated[int, Field(ge=1)] | Literal["all"], "whole number ≥ 1 or all"),
        (bool, "on or off"),
        (Annotated[float, Field(le=1e6)], "number ≤ 1,000,000"),
        (Annotated[str, Field(description="shares")], "shares"),
    ],
)
def test_what_a_setting_takes_is_said_in_words(annotation, words):
    assert takes(schema(annotation)) == words


def test_values_are_written_as_asked():
    assert takes(schema(Literal["a", "b"]), "`{}`".format) == "`a`, `b`"


def test_defaults_are_shown_as_people_write_them():
    assert [default_text(value) for value in (True, None, 0.1, ...)] == [
        "on",
        "unset",
        "0.1",
        "must be given",
    ]


def test_every_setting_says_what_it_takes_and_by_default():
    kinds = {kind: registry for kind, registry in CATALOGUE.items() if kind != "algorithms"}
    specs = {
        (kind, name, *setting)
        for kind, registry in kinds.items()
        for name in registry
        for setting in registry[name].settings().items()
    } | {
        ("algorithms", name, *setting)
        for name in ALGORITHMS
        for setting in ALGORITHMS.make(name).settings({}).items()
    }
    assert [
        (kind, name, setting)
        for kind, name, setting, (annotation, default) in specs
        if not (takes(schema(annotation)) and default_text(default))
    ] == []
