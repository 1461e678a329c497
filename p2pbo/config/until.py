"""The targets at which a run ends: what ``--until`` says."""

from __future__ import annotations

from p2pbo.trace.target import Target


def parse_until(text: str | None) -> tuple[Target, ...]:
    """Return the targets of ``METRIC=VALUE,METRIC=VALUE``, of which the first that is reached ends a run.

    Raises:
        InputError: one is no target.
    """
    if text is None:
        return ()
    return tuple(Target.parse(part.strip(), "--until", costs=True) for part in text.split(","))


def checked_until(text: str | None) -> str | None:
    """Check that a text says targets, or None; return it."""
    parse_until(text)
    return text
