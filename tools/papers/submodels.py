"""The claims of Li 2024 about nodes of unequal strength."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from claims import Claim, Verdict, shares
from curves import Curves, Runs

SINGLE_LEVEL = ("static", "oap", "fedrolex", "fiarse")
"""The methods in the order of Table II, the worst first."""


def accuracy(runs: Runs, name: str, metric: str = "test_accuracy") -> float:
    """Return the accuracy of a method over the last fifth of its steps."""
    return runs.of(algorithm=name).settled(metric)


def ahead(leader: str, *others: str, metric: str = "test_accuracy") -> Callable[[Runs], Verdict]:
    """Judge whether ``leader`` is more accurate than each of the others."""

    def judge(runs: Runs) -> Verdict:
        ends = {name: accuracy(runs, name, metric) for name in (leader, *others)}
        return Verdict(ends[leader] > max(ends[name] for name in others), shares(ends))

    return judge


def in_order(*methods: str) -> Callable[[Runs], Verdict]:
    """Judge whether each method is more accurate than the one before."""

    def judge(runs: Runs) -> Verdict:
        ends = {name: accuracy(runs, name) for name in methods}
        return Verdict(list(ends.values()) == sorted(ends.values()), shares(ends))

    return judge


def costs(name: str, metric: str, share: float, of: str = "fedmbo") -> Callable[[Runs], Verdict]:
    """Judge whether the total of ``metric`` is within a tenth of ``share`` of that of another method."""

    def judge(runs: Runs) -> Verdict:
        found = runs.of(algorithm=name).final(metric) / runs.of(algorithm=of).final(metric)
        return Verdict(abs(found - share) <= 0.1 * share, f"{100 * found:.1f} %")

    return judge


ONCE, TWICE = "0,0,0,1/4,1/4,1/4,1/2,1/2,1/2,3/4", "0,1/4,1/2,3/4"
"""The offsets of ten nodes with which every entry is trained by at least one node, or at least two."""


def covered_twice(name: str) -> Callable[[Runs], Verdict]:
    """Judge whether C* = 2 ends more accurate than C* = 1."""

    def judge(runs: Runs) -> Verdict:
        def of(offset: str) -> Curves:
            parts: dict[str, Any] = {"algorithm": name, "algorithm__offset": offset}
            return runs.of(**parts)

        once, twice = of(ONCE), of(TWICE)
        assert (once.final("coverage_x"), twice.final("coverage_x")) == (1, 2)
        ends = [curves.settled("test_accuracy") for curves in (once, twice)]
        return Verdict(ends[1] > ends[0], f"C* = 1 {100 * ends[0]:.1f} %, C* = 2 {100 * ends[1]:.1f} %")

    return judge


TABLE_II = (
    Claim("RABO is more accurate than single-level submodels", ahead("rabo", *SINGLE_LEVEL)),
    Claim("RAFBO, too", ahead("rafbo", *SINGLE_LEVEL)),
    Claim("RABO is more accurate than RAFBO", ahead("rabo", "rafbo")),
    Claim("FIARSE is ahead of FedRolex, OAP, Static, in this order", in_order(*SINGLE_LEVEL)),
    Claim(
        "FedMBO of whole models is ahead of all submodels", ahead("fedmbo", "rabo", "rafbo", *SINGLE_LEVEL)
    ),
    Claim("FedMBO is ahead of ProtoNet", ahead("fedmbo", "protonet")),
    Claim("RABO computes 26.7 % of what FedMBO does", costs("rabo", "node_flops", 0.267)),
    Claim("RAFBO computes 17.8 %", costs("rafbo", "node_flops", 0.178)),
    Claim("RABO sends 26.7 % of what FedMBO does", costs("rabo", "bytes_sent", 0.267)),
    Claim("RAFBO, too", costs("rafbo", "bytes_sent", 0.267)),
)

BALANCED = "balanced_accuracy"

FIGURES_5_6 = (
    Claim("RABO is more accurate than single-level submodels", ahead("rabo", *SINGLE_LEVEL, metric=BALANCED)),
    Claim("RAFBO, too", ahead("rafbo", *SINGLE_LEVEL, metric=BALANCED)),
    Claim(
        "RABO comes close to FedAvg of whole models or passes it", ahead("rabo", "fedavg", metric=BALANCED)
    ),
    Claim("FedMBO is ahead of RABO", ahead("fedmbo", "rabo", metric=BALANCED)),
    Claim("RABO computes half of what FedMBO does", costs("rabo", "node_flops", 0.5)),
    Claim("RAFBO computes a quarter", costs("rafbo", "node_flops", 0.25)),
    Claim("both send a quarter", costs("rabo", "bytes_sent", 0.25)),
)

FIGURE_3 = (
    Claim("RABO: entries that two nodes train or more are learnt better", covered_twice("rabo")),
    Claim("RAFBO, too", covered_twice("rafbo")),
)
