"""A trace as HTML, for notebooks: what was run, its loss as a small curve, and the last logged values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from p2pbo.trace.reading.reader import Trace
    from p2pbo.trace.record import TraceRow

CURVE = "upper_loss"
WIDTH, HEIGHT, MARGIN = 240, 48, 3
MOST_POINTS = 240
PARTS = ("algorithm", "problem", "topology", "nodes", "seed")


def html_summary(trace: Trace) -> str:
    """Return a table of the run, the sparkline of its upper loss, and a table of its last values."""
    facts = _table((name, _name(trace.description[name])) for name in PARTS if name in trace.description)
    title = f"{trace.subject}: {trace.rows:,} logged steps, {trace.status}"
    parts = [f"<strong>{escape(title)}</strong>", facts]
    if CURVE in trace.metrics:
        parts.append(sparkline(trace.values("step"), trace.values(CURVE), trace.field(CURVE).long_name))
    if last := trace.last:
        parts += [f"<div>after step {last.step:,}</div>", _table(_values(trace, last))]
    return f"<div>{''.join(parts)}</div>"


def sparkline(x: NDArray[Any], y: NDArray[Any], label: str) -> str:
    """Return a curve without axes as an ``<svg>`` element; "" where fewer than two values are finite."""
    finite = np.flatnonzero(np.isfinite(y))
    if len(finite) < 2:
        return ""
    shown = finite[np.linspace(0, len(finite) - 1, min(len(finite), MOST_POINTS)).round().astype(int)]
    across = MARGIN + (WIDTH - 2 * MARGIN) * _share(x[shown])
    down = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * _share(y[shown])
    points = " ".join(f"{a:.1f},{d:.1f}" for a, d in zip(across, down, strict=True))
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{WIDTH}" height="{HEIGHT}">'
        f"<title>{escape(label)}</title>"
        f'<polyline points="{points}" fill="none" stroke="#0072B2" stroke-width="1.5"/></svg>'
    )


def _share(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return where each value lies between the smallest, 0, and the largest, 1; all at ½ where they are equal."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.full(len(values), 0.5)


def _values(trace: Trace, row: TraceRow) -> Iterator[tuple[str, ...]]:
    for name, value in row.metrics.items():
        field = trace.field(name)
        yield name, f"{value:.6g} {'' if field.units == '1' else field.units}".rstrip(), field.long_name


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def _name(part: Any) -> str:
    """Return the name of a part of the description; of a plain value, the value."""
    return str(part.get("name", "unnamed") if isinstance(part, dict) else part)
