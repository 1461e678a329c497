"""The harness of all drivers: mutated files, and the property that a reader must have for any file.

A reader returns, or raises an InputError that names the file on one line, within ``SECONDS`` and ``MEMORY`` more bytes.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from p2pbo.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 5.0
MEMORY = 2**30


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes], tokens: Sequence[bytes] = ()) -> bytes:
    """Draw one of ``seeds`` with up to four mutations: flips, cuts, doublings, insertions, swaps of tokens, lost ends.

    ``tokens`` are words of the format, valid and invalid; one is inserted, or replaces another.
    """
    content = draw(st.sampled_from(seeds))
    pieces = st.sampled_from(tokens) if tokens else st.nothing()
    for _ in range(draw(st.integers(0, 4))):
        first, last = sorted(draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        known = [token for token in tokens if token in content]
        match draw(st.sampled_from(["flip", "cut", "double", "insert", "end"] + ["swap"] * bool(known))):
            case "flip" if first < len(content):
                content = content[:first] + draw(st.binary(min_size=1, max_size=1)) + content[first + 1 :]
            case "cut":
                content = content[:first] + content[last:]
            case "double":
                content = content[:last] + content[first:]
            case "insert":
                content = content[:first] + draw(st.binary(max_size=8) | pieces) + content[first:]
            case "swap":
                content = content.replace(draw(st.sampled_from(known)), draw(pieces), draw(st.integers(1, 3)))
            case "end":
                content = content[:first]
    return content


def check_reader(path: Path, read: Callable[[Path], Any]) -> InputError | None:
    """Check that ``read`` reads the file or refuses it with one line that names it, and return the refusal, if any.

    Raises:
        AssertionError: the refusal has several lines or does not name the file.
        Exception: any other error of the reader; MemoryError and TimeoutError beyond the limits.
    """
    try:
        with resource_limits():
            read(path)
    except InputError as refusal:
        said = str(refusal)
        assert len(said.splitlines()) == 1, f"several lines: {said!r}"
        assert path.name in said, f"does not name {path.name}: {said}"
        assert len(said) < 1000, f"{len(said)} characters"
        return refusal
    return None


@contextmanager
def resource_limits() -> Iterator[None]:
    """Limit the memory inside to ``MEMORY`` more bytes, and the time to ``SECONDS``."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before = signal.signal(signal.SIGALRM, _too_long)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, most))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        signal.signal(signal.SIGALRM, before)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def run_property(test: Callable[[], None], examples: int) -> None:
    """Run a property on ``examples`` examples; the first that fails is minimized, printed and raised."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    settings(max_examples=examples, deadline=None, database=None, suppress_health_check=checks)(test)()


def main(drive: Callable[[int], None]) -> None:
    """Run the command line of a driver."""

    def command(examples: int = 1000, same: bool = False) -> None:
        """Run the driver; with --same on the same examples each time."""
        settings.register_profile("the same", derandomize=same)
        settings.load_profile("the same")
        drive(examples)
        typer.echo(f"{examples} examples, no failure")

    typer.run(command)
