"""How figures are written for people: bytes as MB, counts in full, the rest to six digits."""

from __future__ import annotations

from typing import Any

_SHOWN = {"byte": (1e-6, "MB"), "1": (1.0, "")}


def shown(units: str) -> tuple[float, str]:
    """Return the factor and the unit in which figures of the unit ``units`` are shown."""
    return _SHOWN.get(units, (1.0, units))


def axis_label(long_name: str, units: str) -> str:
    """Return ``payload sent by the node so far (MB)``."""
    unit = shown(units)[1]
    return f"{long_name} ({unit})" if unit else long_name


def written(value: float, units: str) -> str:
    """Return ``value``, which has the unit ``units``, as text with the unit that is shown."""
    factor, unit = shown(units)
    number = value * factor
    text = f"{number:,.0f}" if not unit and number.is_integer() and abs(number) < 1e15 else f"{number:.6g}"
    return f"{text} {unit}".rstrip()


def setting(value: Any) -> str:
    """Return a setting as people write it; one that differs by variable as "gossip, y: ed"."""
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(str(part) if key == "name" else f"{key}: {part}" for key, part in value.items())
