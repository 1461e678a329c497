"""Delays of messages between nodes that do not wait."""

from __future__ import annotations

from theory.claims import Claim, Rule, Section
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
            "SPARKLE-GT: the largest stable step against the delay",
            "No theory predicts it for this method.",
            "latency, computations",
            "largest stable step",
            tuple(
                Point(latency, "largest_step", DELAYED, {"latency": latency, "most": 3.2, "ratio": 2**0.5})
                for latency in (1.0, 2.0, 3.0, 5.0)
            ),
            rule=Rule.NOTHING,
        ),
    ),
)
