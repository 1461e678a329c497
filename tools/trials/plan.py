"""The plan of each trial, drawn from the seed and its number alone, so that each can be repeated."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import p2pbo
from p2pbo.algorithms import ALGORITHMS
from p2pbo.compression import CODECS
from p2pbo.errors import InputError
from p2pbo.runner.process.exit_codes import Diverged

ARGUMENTS = {
    "randk": "0.4",
    "randblock": "0.4",
    "topk": "0.4",
    "qsgd": "4",
    "cast": "f16",
    "msc": "2:randk:0.4",
}
SPECS = [f"{name}:{ARGUMENTS[name]}" if name in ARGUMENTS else name for name in CODECS]
LINKS: list[dict[str, Any]] = [
    {},
    {},
    {"drop": 0.2},
    {"delay": 2},
    {"schedule": "matching", "stragglers": 0.1},
]
RANKS = (2, 2, 2, 2, 3, 4)
SETTINGS: dict[str, Any] = {"problem": "quadratic", "nodes": 6, "steps": 150, "log_every": 2}

EARLY = 0.2
"""The probability that a kill hits a run during its set-up."""

TWICE = 0.25
"""The probability that the resumed run is killed, too."""


@dataclass(frozen=True)
class Kill:
    """A kill: its victim, and its instant as a share of the set-up (``early``) or of the steps."""

    victim: str
    early: bool
    share: float


@dataclass(frozen=True)
class Trial:
    """A run that is killed and resumed.

    Attributes:
        links: the fields of ``links`` in the description.
        python: the Python that starts it, each with its own MPI library.
        starter: alone (one process without MPI), mpiexec or launch.
    """

    number: int
    algorithm: str
    codec: str
    links: dict[str, Any]
    python: str
    starter: str
    ranks: int
    kills: tuple[Kill, ...]


def trial(number: int, seed: int, pythons: Sequence[str]) -> Trial:
    """Return trial ``number`` of ``seed``: methods, codecs and MPI libraries in turn, all else drawn."""
    draw = random.Random(f"{seed} {number}")
    algorithm = methods()[number % len(methods())]
    turn = number + number // len(methods())
    links = draw.choice(LINKS)
    codec = next(spec for spec in SPECS[turn % len(SPECS) :] + SPECS if runs(algorithm, spec))
    if not runs(algorithm, codec, **links):
        links = {}
    starter = draw.choice(["alone", "alone", "mpiexec", "mpiexec", "launch"])
    victims = {"alone": ["job"], "mpiexec": ["rank", "mpiexec", "job"]}
    among = victims.get(starter, ["rank", "mpiexec", "launch", "job"])
    kills = [
        Kill(draw.choice(among), draw.random() < EARLY, draw.random())
        for _ in range(1 + (draw.random() < TWICE))
    ]
    ranks = 1 if starter == "alone" else draw.choice(RANKS)
    return Trial(
        number, algorithm, codec, links, pythons[number % len(pythons)], starter, ranks, tuple(kills)
    )


@cache
def methods() -> list[str]:
    """Return the presets that can train the quadratic problem."""
    return [name for name in ALGORITHMS if runs(name, "none")]


@cache
def runs(algorithm: str, codec: str, **links: Any) -> bool:
    """Tell whether such a run is accepted and completes."""
    try:
        p2pbo.run(**SETTINGS | {"log_every": 150}, **method(algorithm), codec=codec, links=links)
    except (InputError, Diverged):
        return False
    return True


def method(algorithm: str) -> dict[str, Any]:
    """Return an algorithm and the lower level that it is for."""
    return {"algorithm": algorithm, "lower_level": ALGORITHMS.make(algorithm).lower_level}


def flags(trial: Trial, seed: int) -> list[str]:
    """Return the flags of ``p2pbo run`` for the trial."""
    settings = {**SETTINGS, **method(trial.algorithm), "codec": trial.codec, "seed": seed + trial.number}
    named = [part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", f"{value}")]
    linked = [part for name, value in trial.links.items() for part in ("--set", f"links.{name}={value}")]
    return [*named, *linked, "--quiet"]
