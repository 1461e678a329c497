"""The page of what a step of every method costs: counted when the site is built, with times from a file in git."""

from __future__ import annotations

from step_costs.cost_table import markdown
from step_costs.counting import ORACLES
from step_costs.step_times import StepTimes

from extensions.markdown import code, inline, page, table
from p2pbo.algorithms import ALGORITHMS

METHODS = tuple(ALGORITHMS)
"""Those of the package: the gallery's scripts register more before the page is made."""


def costs_page() -> str:
    """Return the page.

    Raises:
        InputError: a method has no time in the file.
    """
    times = StepTimes.read()
    return page(
        "# What a step costs",
        "One node in one step after the first, with the defaults of each method and drawn batches, without a codec; x "
        "has dx entries, y has dy. The pages of the [methods](methods.md) say which rounds are under way while nodes "
        "compute.",
        markdown(METHODS, times).rstrip(),
        "A composition is hypergradient × estimator × mixing, whose parts can be replaced; a listing is a method of "
        "its own. Rounds are messages to each neighbour, which carry these numbers; bytes and µs are those of the "
        "[problem that is measured](#how-it-is-measured).",
        "## Oracle calls",
        table(
            ("written", "what is called"),
            [(code(short), inline(oracle)) for oracle, short in ORACLES.items()],
        ),
        f"Parentheses are one call. [What the oracles are](../glossary.md#the-problem). {_variants()}",
        "## How it is measured",
        measured(times),
        f"Measured on {times.machine}, with {', '.join(f'{name} {v}' for name, v in times.versions.items())}.",
        "`python tools/bench_methods.py` measures again and prints this table; with "
        "`--json docs/reference/step-times.json` it keeps the times for this page.",
    )


def _variants() -> str:
    """Return which methods take a loss of the quadratic in place of theirs, and what others leave out."""
    names = [code(name) for name in METHODS if ALGORITHMS.make(name).variant is not None]
    return (
        f"{' and '.join(names)} train losses of their own on few-shot problems; here they take the quadratic's. "
        "Methods for submodels have whole models here. Those without rounds step node by node, others all nodes of a "
        "process at once."
    )


def measured(times: StepTimes) -> str:
    """Return what was measured, and how."""
    of = times.setting
    return (
        f"The problem `quadratic` with dx = {of.dim_x} and dy = {of.dim_y}, {of.nodes} nodes on a ring in one process "
        f"with one thread, batches of {of.batch} rows of {of.samples}, float64. Each block of a method's steps follows "
        f"a block of `{times.reference}`'s, which what else the machine does slows alike; the last column is the "
        "median ratio of the two over many turns, in an order that is drawn for each turn. µs are this times the "
        f"median of `{times.reference}`'s, in processor time shared among the nodes. Oracles of a quadratic are cheap; "
        "the dearer those of a problem are, the more their calls decide. No message is waited for: "
        "[modelled time](../how-to/predict-time.md) has links."
    )
