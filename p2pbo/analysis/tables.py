"""Tables of a trace for the terminal: the facts of its run, and its final values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from p2pbo.analysis.formatting import format_setting, format_value
from p2pbo.analysis.summary import Summary, summarize
from p2pbo.method_names import method_name
from p2pbo.trace import Trace
from p2pbo.trace.attributes import STEPS


def facts_table(trace: Trace) -> Table:
    """Return a table of method, problem, topology with its spectral gap, nodes, seed, ranks, status, logged steps."""
    brief = summarize(trace)
    table = Table(title=brief.path or "trace in memory", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in _facts(brief):
        table.add_row(name, Text(text))
    return table


def final_table(trace: Trace) -> Table:
    """Return a table of the last logged value of every metric, with its unit and meaning."""
    brief = summarize(trace)
    title = "no steps logged yet" if brief.last_step is None else f"after step {brief.last_step:,}"
    table = Table("figure", title=title, title_justify="left")
    table.add_column("value", justify="right")
    table.add_column("meaning", overflow="fold")
    for name, figure in brief.final.items():
        table.add_row(name, format_value(figure.value, figure.units), figure.meaning)
    return table


def _facts(brief: Summary) -> Iterator[tuple[str, str]]:
    if method := brief.algorithm:
        yield "method", _named({**method, "name": method_name(str(method.get("name", "unnamed")))})
    for name, part in (("problem", brief.problem), ("data", brief.data)):
        if part:
            yield name, _named(part)
    if brief.lower_level == "local":
        yield "lower level", "local: each node has its own"
    if brief.partition:
        yield "partition", f"{brief.partition}"
    if brief.topology:
        gap = "" if brief.spectral_gap is None else f"; spectral gap {brief.spectral_gap:.4g}"
        yield "topology", _named(brief.topology) + gap
    if brief.codec not in (None, "none"):
        yield "codec", f"{brief.codec}"
    if brief.asynchronous == "on":
        yield "rounds", "none: nodes step without waiting"
    if brief.links:
        yield "links", ", ".join(f"{name}={format_setting(value)}" for name, value in brief.links.items())
    counts = {"nodes": brief.nodes, "ranks": brief.ranks, "seed": brief.seed, "data seed": brief.data_seed}
    for name, count in counts.items():
        if count is not None:
            yield name, f"{count}"
    yield (
        "p2pbo",
        "; ".join([brief.version, *(f"otherwise than now, it {other}" for other in brief.outdated)]),
    )
    early = brief.ended_by not in (None, STEPS)
    yield "status", f"{brief.status}: {brief.ended_by}" if early else brief.status
    if brief.resumed_at:
        yield "resumed at", ", ".join(f"step {step:,}" for step in brief.resumed_at)
    if brief.begun_again_at:
        steps = ", ".join(f"step {step:,}" for step in brief.begun_again_at)
        yield "begun again", f"after {steps}, each time with a tenth of c_x"
    for death in brief.deaths:
        yield "died", f"node {death.node} at step {death.step:,}; spectral gap {death.gap:.4g}"
    if brief.slowest_rank and brief.slowest_link:
        rank, link = brief.slowest_rank, brief.slowest_link
        yield (
            "slowest rank",
            f"rank {rank.rank} is waited for {rank.awaited:.0%} of the time, and waits {rank.waits:.0%} itself",
        )
        yield (
            "slowest link",
            f"rank {link.waiting} waits for rank {link.awaited} {link.share:.0%} of the time",
        )
    yield "logged steps", f"{brief.logged_steps:,}"


def _named(part: dict[str, Any]) -> str:
    settings = [
        f"{key}={format_setting(value)}" for key, value in part.items() if key != "name" and value is not None
    ]
    name = str(part.get("name", "unnamed"))
    return f"{name} ({', '.join(settings)})" if settings else name
