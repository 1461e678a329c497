"""The mark of tests that compare algorithms with listings written by hand: who is compared is collected, not told.

``@pytest.mark.listing`` on a test with the parameter ``name``, ``@pytest.mark.listing("fednest")`` on any other.
"""

import json
from pathlib import Path

import pytest

from p2pbo.algorithms import ALGORITHMS

WRITE_NAMES = "--write-names"


def pytest_addoption(parser):
    parser.addoption(WRITE_NAMES, help="a file for the names of all algorithms that collected tests compare")


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "listing(*names): compares the named algorithms, or the test's ``name``, with their listing",
    )


def compared(item):
    """The algorithms that a test says it compares with their listings."""
    mark = item.get_closest_marker("listing")
    if mark is None:
        return set()
    return set(mark.args) or {item.callspec.params["name"]}


def pytest_collection_finish(session):
    path = session.config.getoption(WRITE_NAMES, None)
    if path is not None:
        Path(path).write_text(json.dumps(sorted(set().union(*map(compared, session.items)))))


@pytest.fixture(autouse=True)
def made_as_marked(request, monkeypatch):
    """A test makes every algorithm that it says it compares."""
    made, make = set(), ALGORITHMS.make

    def recording(name, *context, **options):
        made.add(name)
        return make(name, *context, **options)

    monkeypatch.setattr(ALGORITHMS, "make", recording)
    yield
    assert compared(request.node) <= made
