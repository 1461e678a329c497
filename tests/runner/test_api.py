"""``p2pbo.run`` spells the fields of a description out as keywords."""

import inspect

import pytest

import p2pbo
from p2pbo.config import Description

KEYWORDS = inspect.signature(p2pbo.run).parameters
BESIDE = {"settings", "weights", "undirected", "callback", "resume", "comm"}
"""Of the sections ``algorithm`` and ``topology``, and what says nothing of the run itself."""


def test_keywords_are_the_fields():
    assert KEYWORDS.keys() - BESIDE == Description.model_fields.keys()


@pytest.mark.parametrize("name", KEYWORDS.keys() - BESIDE - {"links"})
def test_a_default_is_that_of_the_field(name):
    default = Description.model_fields[name].default
    assert KEYWORDS[name].default == getattr(default, "name", default)


def test_defaults_of_sections():
    assert KEYWORDS["links"].default is None  # no faults
    topology = Description.model_fields["topology"].default
    assert (KEYWORDS["weights"].default, KEYWORDS["undirected"].default) == (
        topology.weights,
        topology.undirected,
    )


@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_every_keyword_is_explained(name):
    explained = inspect.getdoc(p2pbo.run).partition("Args:")[2].partition("Returns:")[0]
    heads = [line.partition(":")[0].strip() for line in explained.splitlines() if ":" in line]
    assert name in {part.strip() for head in heads for part in head.split(",")}
