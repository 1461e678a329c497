"""Every setting of what is registered is explained where it is declared."""

import pytest

from p2pbo.algorithms import ALGORITHMS
from p2pbo.cli.catalogue.setting_meanings import meanings, method_meanings
from p2pbo.cli.commands.catalogue import CATALOGUE


class Base:
    """A base.

    Args:
        shared: what both have,
            on two lines: here.
        first, second: two at once.

    Raises:
        InputError: never.
    """


class Own(Base):
    """Another.

    Settings:
        second: its own.
    """


def test_classes_inherit_meanings():
    assert meanings(Own) == {
        "shared": "what both have, on two lines: here.",
        "first": "two at once.",
        "second": "its own.",
    }


@pytest.mark.parametrize("kind", sorted(set(CATALOGUE) - {"algorithms"}))
def test_every_setting_of_a_part_is_explained(kind):
    entries = [CATALOGUE[kind][name] for name in CATALOGUE[kind]]
    assert {
        entry.name: missing
        for entry in entries
        if (missing := set(entry.settings()) ^ set(meanings(entry.make)))
    } == {}


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_setting_of_a_method_is_explained(name):
    assert set(ALGORITHMS.make(name).settings({})) - set(method_meanings(name)) == set()
