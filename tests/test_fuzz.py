"""The drivers of fuzz/, a little of each, and that they notice what they are for."""

import importlib
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

from p2pbo.errors import InputError

sys.path.append(str(Path(__file__).resolve().parents[1] / "fuzz"))
from harness import MEMORY, survives

EXAMPLES = {"libsvm": 100, "idx": 100, "graphs": 100, "descriptions": 100, "wire": 100, "runs": 30}


@pytest.fixture
def same_examples():
    """The same spoilt files in every run of the tests; ``python fuzz/…`` looks for others."""
    settings.register_profile("the same", derandomize=True)
    settings.load_profile("the same")
    yield
    settings.load_profile("default")


@pytest.mark.usefixtures("same_examples")
@pytest.mark.parametrize("driver", EXAMPLES)
def test_no_spoilt_input_escapes(driver):
    importlib.import_module(driver).drive(EXAMPLES[driver])


def test_every_driver_is_here():
    files = {path.stem for path in Path(sys.path[-1]).glob("*.py")}
    assert files - {"harness"} == set(EXAMPLES)


def refuse(said):
    raise InputError(said, "is wrong", "mend it")


@pytest.mark.parametrize(
    ("read", "error", "said"),
    [
        (lambda path: refuse("another"), AssertionError, "does not name here"),
        (lambda path: refuse("here\nand there"), AssertionError, "several lines"),
        (lambda path: refuse("here" * 300), AssertionError, "characters"),
        (lambda path: bytes(2 * MEMORY), MemoryError, "^$"),
        (lambda path: time.sleep(9), TimeoutError, "more than 0.1 s"),
        (lambda path: {}["x"], KeyError, "x"),
    ],
)
def test_the_property_can_fail(monkeypatch, read, error, said):
    monkeypatch.setattr("harness.SECONDS", 0.1)
    with pytest.raises(error, match=said):
        survives(Path("here"), read)


def test_the_property_holds_for_a_reader_that_reads_or_refuses():
    assert survives(Path("here"), str) is None
    assert "here is wrong" in str(survives(Path("here"), refuse))
