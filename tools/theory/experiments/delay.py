"""Delays of messages between nodes that do not wait."""

from __future__ import annotations

from theory.claims import Claim, Section
from theory.points import Point
from theory.runs import ALL, quadratic

DELAYED = {
    "problem": quadratic(),
    "algorithm": "sparkle-gt",
    "settings": {"theta": 1.0, "batch": ALL},
    "nodes": 8,
    "asynchronous": "on",
    "compute_time": "1ms",
    "steps": 1500,
    "log_every": 50,
}
DELAY = Section(
    "delay",
    "Delays of nodes that do not wait",
    "SPARKLE-GT with `--asynchronous on`, a ring of 8 unequal nodes, full batches; messages take as long "
    "as so many computations. The largest step of 3.2, 3.2/√2, 3.2/2, … with which ‖∇Φ(x̄)‖ after 1,500 "
    "steps is below that after 750, or 1e-10, and that below the start.",
    (
        Claim(
            "delay-step",
            "SPARKLE-GT: the largest stable step does not shrink with the delay",
            "No bound of this method says how it depends on the delay. Decentralized gradient descent without "
            "rounds has steps that are independent of delays (Wu 2023, arXiv 2312.06508, abstract), and the ledger is "
            "exact under any: so none was expected. Tian 2020, whose ledger it is, asks for sufficiently small steps "
            "(abstract).",
            "latency, computations",
            "largest stable step",
            tuple(
                Point(latency, "largest_step", DELAYED, {"latency": latency, "most": 3.2, "ratio": 2**0.5})
                for latency in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
            ),
            0,
            remark="It does not shrink up to delays of 2, is an eighth at 5, and falls hardly further: no power law. "
            "With delays of 30 it is larger again, as [the page on these nodes](how-to/asynchronous.md#step-sizes) "
            "says. Gradient descent with gradients τ steps late bears steps below 2 sin(π/(4τ + 2))/L, about "
            "1/τ, by its characteristic polynomial; here only what is heard of others is late.",
        ),
    ),
)
