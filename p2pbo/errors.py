"""The errors that p2pbo raises on purpose, each on one line that names object, cause and remedy."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class InputError(ValueError):
    """An error in something given to p2pbo; nothing has been sent or written yet.

    Reads ``OBJECT CAUSE; REMEDY``, for example "torus:3x5 has 15 places for 16 nodes; use --nodes 15".
    The command line prints it on one line and ends with exit code 2.
    """

    def __init__(self, subject: str, cause: str, remedy: str) -> None:
        super().__init__(f"{subject} {cause}; {remedy}")


class CollectiveInputError(InputError):
    """An InputError of some rank, as text, raised alike on all."""

    def __init__(self, text: str) -> None:
        ValueError.__init__(self, text)


class WriteError(RuntimeError):
    """A failure to write a file; what was written before is intact. Reads like an :class:`InputError`.

    The command line prints it on one line and ends with exit code 74.
    """

    def __init__(self, subject: str, cause: str, remedy: str) -> None:
        super().__init__(f"{subject} {cause}; {remedy}")


class Notice(UserWarning):
    """A warning of what p2pbo can do but its user may not have meant; reads like an :class:`InputError`."""


@contextmanager
def notices_if(speaker: bool) -> Iterator[None]:
    """Show notices, inside, by the speaker alone, where several find the same."""
    with warnings.catch_warnings():
        if not speaker:
            warnings.simplefilter("ignore", Notice)
        yield


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown name: the nearest known one if there is one, and all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    listing = f"choose from {', '.join(names)}" if names else "nothing can be set here"
    return f"did you mean {near[0]}? {listing}" if near else listing
