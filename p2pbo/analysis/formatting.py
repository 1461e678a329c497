"""Values as text for people: bytes as MB, counts in full, the rest to six digits."""

from __future__ import annotations

from typing import Any

_SHOWN = {"byte": (1e-6, "MB"), "1": (1.0, "")}


def display_unit(units: str) -> tuple[float, str]:
    """Return the factor and the display unit of values in ``units``."""
    return _SHOWN.get(units, (1.0, units))


def axis_label(long_name: str, units: str) -> str:
    """Return an axis label with its display unit: ``payload sent by the node so far (MB)``."""
    unit = display_unit(units)[1]
    return f"{long_name} ({unit})" if unit else long_name


def format_value(value: float, units: str) -> str:
    """Return ``value``, which is in ``units``, as text with its display unit."""
    factor, unit = display_unit(units)
    number = value * factor
    text = f"{number:,.0f}" if not unit and number.is_integer() and abs(number) < 1e15 else f"{number:.6g}"
    return f"{text} {unit}".rstrip()


def format_setting(value: Any) -> str:
    """Return a setting as text; one that differs by variable as "gossip, y: ed"."""
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(str(part) if key == "name" else f"{key}: {part}" for key, part in value.items())
