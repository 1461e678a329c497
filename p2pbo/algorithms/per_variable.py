"""Parts that may differ from variable to variable, as people write them and as they are kept.

"ed" is one part for all variables, {"y": "ed"} changes y alone, {"name": "gossip", "y": "ed"} does both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from p2pbo.errors import InputError, did_you_mean
from p2pbo.registry import Registry

PerVariable = Mapping[str, str]
"""The specification of a part for each variable, in the order x, y, z or x, y, u."""

AMPLIFIED = "the penalty multiplies what they do apart, noise too, by λ"
"""The reason why u moves as y does."""


def resolve(
    registry: Registry[Any],
    variables: str,
    preset: str | PerVariable,
    given: str | Mapping[str, Any],
    moves_as: Mapping[str, str] = MappingProxyType({}),
) -> PerVariable:
    """Return a part's specification for each variable: the given one, and the preset's where none is given.

    A variable in ``moves_as`` has that of the one that it moves as.

    Raises:
        InputError: a part is unknown, there is no such variable, or one is to move unlike the one that it moves as.
    """
    wanted = {"name": given} if not isinstance(given, Mapping) else dict(given)
    rest = wanted.pop("name", None)
    for variable in wanted:
        if variable not in variables:
            cause = f"has no variable '{variable}' here"
            raise InputError(registry.noun, cause, did_you_mean(variable, variables))
    followers = {follower: wanted.pop(follower, None) for follower in moves_as}
    usual = preset if isinstance(preset, Mapping) else dict.fromkeys(variables, preset)
    chosen: dict[str, Any] = {v: wanted.get(v, usual.get(v) if rest is None else rest) for v in variables}
    for follower, leader in moves_as.items():
        own, chosen[follower] = followers[follower], chosen[leader]
        if own not in (None, chosen[leader]):
            cause = f"is not {leader}'s {chosen[leader]}, and {AMPLIFIED}"
            raise InputError(f"{registry.noun} {own} of {follower}", cause, f"give {leader} the same")
    for spec in chosen.values():
        if not isinstance(spec, str):
            raise InputError(f"{registry.noun} {spec!r}", "is no name", f"choose from {', '.join(registry)}")
        registry.check(spec)
    return chosen


def shorten(choice: PerVariable) -> str | dict[str, str]:
    """Return the shortest text for these parts: the name that most variables share, and the others beside it."""
    ((usual, _),) = Counter(choice.values()).most_common(1)
    others = {variable: spec for variable, spec in choice.items() if spec != usual}
    return {"name": usual, **others} if others else usual
