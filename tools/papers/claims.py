"""Claims of papers about figures, and functions that judge by traces whether they hold here.

The docstring of a judge is the claim that it judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curves import NEVER, Runs

from p2pbo.method_names import method_name


@dataclass(frozen=True)
class Verdict:
    """A verdict: whether the claim holds, and the measured numbers."""

    agrees: bool
    found: str


@dataclass(frozen=True)
class Claim:
    """A claim: a sentence of a paper and the function that judges it."""

    says: str
    judge: Callable[[Runs], Verdict]


def leads_in_steps(leader: str, others: Sequence[str]) -> Callable[[Runs], Verdict]:
    """Judge whether ``leader`` is at least twice as fast as each of the others, which are a third apart at most."""

    def judge(runs: Runs) -> Verdict:
        steps = runs.of(algorithm=leader).curve("step")
        early = float(steps[-1]) / 10
        loss = runs.of(algorithm=leader).at("upper_loss", "step", early)
        needed = [runs.of(algorithm=name).first("step", "upper_loss", loss) for name in others]
        told = ", ".join(
            f"{method_name(name)} {count:,.0f}" for name, count in zip(others, needed, strict=True)
        )
        found = f"the loss of {method_name(leader)} after {early:.0f} steps, {loss:.4f}, is reached by {told} steps"
        alike = max(needed) <= 4 / 3 * min(needed) or min(needed) == NEVER
        return Verdict(min(needed) >= 2 * early and alike, found.replace("inf", "> " + f"{steps[-1]:,.0f}"))

    return judge


def same_accuracy(metric: str, methods: Sequence[str], within: float) -> Callable[[Runs], Verdict]:
    """Judge whether all methods end within ``within`` of one another."""

    def judge(runs: Runs) -> Verdict:
        ends = {name: runs.of(algorithm=name).settled(metric) for name in methods}
        return Verdict(max(ends.values()) - min(ends.values()) <= within, shares(ends))

    return judge


def faster_with_more_workers(computing: Mapping[str, str], latency: float) -> Callable[[Runs], Verdict]:
    """Judge whether 16 workers are before 8 at a loss half a percent above both ends, in modelled time.

    ``computing`` gives each method's computing time of 16 workers. Rows are ten steps apart, and means over three
    seeds: a tenth less is noise.
    """

    def judge(runs: Runs) -> Verdict:
        told, agrees = [], True
        for name, time in computing.items():
            few = runs.of(algorithm=name, nodes=8, topology__latency=latency)
            many = runs.of(algorithm=name, nodes=16, topology__latency=latency, compute_time=time)
            loss = 1.005 * max(few.settled("upper_loss"), many.settled("upper_loss"))
            seconds = [curves.first("modelled_time", "upper_loss", loss) for curves in (few, many)]
            agrees &= seconds[1] < 0.9 * seconds[0]
            told.append(
                f"{method_name(name)} comes to {loss:.4f} in {seconds[0]:.3f} s and {seconds[1]:.3f} s"
            )
        return Verdict(agrees, "; ".join(told) + ", 8 and 16 workers")

    return judge


def better_per_byte(
    winner: str, loser: str, metric: str, rising: bool = False, **parts: Any
) -> Callable[[Runs], Verdict]:
    """Judge whether ``winner`` has the better metric after the smaller of both totals of megabytes."""

    def judge(runs: Runs) -> Verdict:
        first, second = runs.of(algorithm=winner), runs.of(algorithm=loser, **parts)
        budget = min(first.final("bytes_sent"), second.final("bytes_sent"))
        one, two = (curves.at(metric, "bytes_sent", budget) for curves in (first, second))
        ends = ((winner, one), (loser, two))
        told = ", ".join(f"{method_name(name)} {_value(metric, end)}" for name, end in ends)
        found = f"after {budget:.3g} MB {told}"
        return Verdict(one > two if rising else one < two, found)

    return judge


def same_for_fewer_bytes(methods: Sequence[str], times: float) -> Callable[[Runs], Verdict]:
    """Judge whether one of the methods reaches NC-SOBA's settled test accuracy with ``times`` fewer bytes."""

    def judge(runs: Runs) -> Verdict:
        plain = runs.of(algorithm="nc-soba")
        accuracy = plain.settled("test_accuracy")
        dense = plain.first("bytes_sent", "test_accuracy", accuracy, rising=True)
        told, best = [], 0.0
        for name in methods:
            sent = runs.of(algorithm=name).first("bytes_sent", "test_accuracy", accuracy, rising=True)
            end = runs.of(algorithm=name)
            ended = f"{_value('test_accuracy', end.settled('test_accuracy'))} with {end.final('bytes_sent'):,.3g} MB"
            reached = "not reached" if sent == NEVER else f"{sent:,.3g} MB"
            told.append(f"{method_name(name)} {reached} (ends at {ended})")
            best = max(best, dense / sent)
        level = _value("test_accuracy", accuracy)
        return Verdict(
            best >= times, f"to {level}: NC-SOBA {dense:,.0f} MB, {', '.join(told)}: {best:.3g} times fewer"
        )

    return judge


def holds_where_others_fall(budget: bool) -> Callable[[Runs], Verdict]:
    """Judge whether EF-SOBA is a point ahead of C- and CM-SOBA, and loses at most a third of their loss to NC-SOBA.

    With a ``budget`` all compressed methods are compared after equal bytes, else after their steps.
    """

    def judge(runs: Runs) -> Verdict:
        names = ("c-soba", "cm-soba", "ef-soba")
        sent = min(runs.of(algorithm=name).final("bytes_sent") for name in names)
        plain = runs.of(algorithm="nc-soba").settled("test_accuracy")
        ends = {
            name: runs.of(algorithm=name).at("test_accuracy", "bytes_sent", sent)
            if budget
            else runs.of(algorithm=name).settled("test_accuracy")
            for name in names
        }
        lost = {name: plain - end for name, end in ends.items()}
        rest = min(lost["c-soba"], lost["cm-soba"])
        when = f" after {sent:,.3g} MB" if budget else ""
        found = f"{shares({'nc-soba': plain})}; {shares(ends)}{when}"
        return Verdict(lost["ef-soba"] + 0.01 <= rest and 3 * lost["ef-soba"] <= rest, found)

    return judge


def little_lost(methods: Sequence[str], within: float, **parts: Any) -> Callable[[Runs], Verdict]:
    """Judge whether the methods end within ``within`` of NC-SOBA's test accuracy."""

    def judge(runs: Runs) -> Verdict:
        ends = {
            name: runs.of(algorithm=name, **parts).settled("test_accuracy") for name in ("nc-soba", *methods)
        }
        return Verdict(ends["nc-soba"] - min(ends[name] for name in methods) <= within, shares(ends))

    return judge


def best_among(
    winner: str, others: Sequence[str], metric: str, rising: bool, **parts: Any
) -> Callable[[Runs], Verdict]:
    """Judge whether ``winner`` ends ahead of the others."""

    def judge(runs: Runs) -> Verdict:
        ends = {name: runs.of(algorithm=name, **parts).settled(metric) for name in (winner, *others)}
        ahead = max if rising else min
        told = ", ".join(f"{method_name(name)} {_value(metric, end)}" for name, end in ends.items())
        return Verdict(ahead(ends, key=lambda name: ends[name]) == winner, told)

    return judge


def saves_time(methods: Sequence[str], times: float) -> Callable[[Runs], Verdict]:
    """Judge whether compressed methods reach the common accuracy in ``times`` less modelled time than NC-SOBA."""

    def judge(runs: Runs) -> Verdict:
        names = ("nc-soba", *methods)
        level = min(runs.of(algorithm=name).settled("test_accuracy") for name in names)
        seconds = {
            name: runs.of(algorithm=name).first("modelled_time", "test_accuracy", level, rising=True)
            for name in names
        }
        told = ", ".join(f"{method_name(name)} {spent:,.3g} s" for name, spent in seconds.items())
        most = max(seconds[name] for name in methods)
        return Verdict(seconds["nc-soba"] >= times * most, f"to {_value('test_accuracy', level)}: {told}")

    return judge


def tuned_momentum(runs: Runs) -> Verdict:
    """Judge whether with its best θ CM-SOBA ends ahead of C-SOBA, which is ahead of it at θ = 0.1."""
    plain = runs.of(algorithm="c-soba").settled("test_accuracy")
    tuned = {
        θ: runs.of(algorithm="cm-soba", algorithm__theta=θ).settled("test_accuracy") for θ in (0.1, 0.3, 0.7)
    }
    told = ", ".join(f"θ = {θ} {_value('test_accuracy', end)}" for θ, end in tuned.items())
    return Verdict(
        max(tuned.values()) > plain > tuned[0.1], f"C-SOBA {_value('test_accuracy', plain)}; CM-SOBA: {told}"
    )


def two_rounds_are_best(method: str) -> Callable[[Runs], Verdict]:
    """Judge whether after equal bytes R = 2 has the least upper loss of R = 1, 2, 4, 5."""

    def judge(runs: Runs) -> Verdict:
        curves = {rounds: runs.of(algorithm=method, algorithm__rounds=rounds) for rounds in (1, 2, 4, 5)}
        budget = curves[1].final("bytes_sent")
        loss = {rounds: curve.at("upper_loss", "bytes_sent", budget) for rounds, curve in curves.items()}
        steps = {rounds: curve.settled("upper_loss") for rounds, curve in curves.items()}
        told = ", ".join(f"R = {r} {value:.3f} ({steps[r]:.3f})" for r, value in loss.items())
        return Verdict(
            min(loss, key=lambda r: loss[r]) == 2, f"{told}: loss after {budget:.3g} MB (and after all steps)"
        )

    return judge


def one_round_apart(runs: Runs) -> Verdict:
    """Judge whether with R = 1 the loss of EF-SOBA is larger than that of CM-SOBA."""
    cm, ef = (
        runs.of(algorithm=f"{m}-soba-msc", algorithm__rounds=1).settled("upper_loss") for m in ("cm", "ef")
    )
    return Verdict(ef > cm, f"upper loss {ef:.3f} and {cm:.3f}")


def shared_by_dimension(runs: Runs) -> Verdict:
    """Judge whether K_x/K_y = √(dx/dy) ends with the better accuracy."""
    one, two = (
        runs.of(codec=codec).settled("test_accuracy")
        for codec in ("x=randk:2000,y=randk:226", "x=randk:2391,y=randk:31")
    )
    return Verdict(
        one > two,
        f"K = 2,000 and 226 {_value('test_accuracy', one)}, 2,391 and 31 {_value('test_accuracy', two)}",
    )


def _value(metric: str, value: float) -> str:
    return f"{100 * value:.1f} %" if "accuracy" in metric else f"{value:.4f}"


def shares(ends: dict[str, float]) -> str:
    """Return the accuracies of methods as text."""
    return ", ".join(f"{method_name(name)} {100 * end:.1f} %" for name, end in ends.items())
