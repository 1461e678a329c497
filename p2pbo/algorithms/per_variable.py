"""Parts that may differ from variable to variable, as people write them and as they are kept.

"ed" is one part for all variables, {"y": "ed"} changes y alone, {"name": "gossip", "y": "ed"} does both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from p2pbo.errors import InputError, did_you_mean
from p2pbo.registry import Registry

PerVariable = Mapping[str, str]
"""The specification of a part for each variable, in the order x, y, z."""


def resolve(
    registry: Registry[Any], variables: str, preset: str | PerVariable, given: str | Mapping[str, Any]
) -> PerVariable:
    """Return a part's specification for each variable: the given one, and the preset's where none is given.

    Raises:
        InputError: a part is unknown, or there is no such variable.
    """
    wanted = {"name": given} if not isinstance(given, Mapping) else dict(given)
    rest = wanted.pop("name", None)
    for variable in wanted:
        if variable not in variables:
            cause = f"has no variable '{variable}' here"
            raise InputError(registry.noun, cause, did_you_mean(variable, variables))
    usual = preset if isinstance(preset, Mapping) else dict.fromkeys(variables, preset)
    chosen: dict[str, Any] = {v: wanted.get(v, usual.get(v) if rest is None else rest) for v in variables}
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
