"""The drivers of fuzz/, a little of each, and that they notice what they are for."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from p2pbo.errors import InputError

sys.path.append(str(Path(__file__).resolve().parents[1] / "fuzz"))
from harness import MEMORY, ROOT, check_reader

FUZZ = ROOT / "fuzz"

EXAMPLES = {"libsvm": 100, "idx": 100, "graphs": 100, "descriptions": 100, "wire": 100, "runs": 30}


@pytest.mark.parametrize("driver", EXAMPLES)
def test_no_mutated_input_escapes(driver):
    """In a process of its own: it forks, and takes memory and time away from itself."""
    command = [
        sys.executable,
        "-W",
        "error",
        FUZZ / f"{driver}.py",
        "--examples",
        f"{EXAMPLES[driver]}",
        "--same",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(f"{EXAMPLES[driver]} examples, no failure\n")


def test_every_driver_is_here():
    files = {path.stem for path in FUZZ.glob("*.py")}
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
    monkeypatch.setattr("harness.SECONDS", 0.1 if error is TimeoutError else 60)
    with pytest.raises(error, match=said):
        check_reader(Path("here"), read)


def test_the_property_holds_for_a_reader_that_reads_or_refuses():
    assert check_reader(Path("here"), str) is None
    assert "here is wrong" in str(check_reader(Path("here"), refuse))
