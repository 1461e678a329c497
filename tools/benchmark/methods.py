"""The methods that take part: of each class the best known one, twelve for each lower level.

A shared lower level has no seat for methods that keep y to themselves, and a node's own lower level none for those
that have to average y. Left out are near kin of a method that takes part: NC-SOBA is D-SOBA with θ = 1, SPARKLE-EXTRA
has the fixed points of SPARKLE-ED, DSBO and GDSBO are MDBO without its tracker, C-SOBA and CM-SOBA are EF-SOBA
without the memory that makes it exact, F2SA is DSGDA-GT without its tracker, FedMBO and FedNest need a server, whose
place W takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pbo.problems import LowerLevel
from p2pbo.runner.tuning.parameter import Choices, Parameter


@dataclass(frozen=True)
class Entrant:
    """A method that takes part.

    Attributes:
        name: in tables, and of its cells.
        kind: the class that it stands for.
        why: it and no other of its class.
        run: the fields of its runs.
        space: what is searched besides its step sizes.
        tracks: whether push-pull can take the place of its gradient tracking, on graphs that are directed or change.
    """

    name: str
    kind: str
    why: str
    run: Mapping[str, Any]
    space: Mapping[str, Parameter] = field(default_factory=dict)
    tracks: bool = False

    @property
    def algorithm(self) -> str:
        """The name of its preset."""
        name: str = self.run["algorithm"]
        return name


def _preset(name: str, kind: str, why: str, tracks: bool = False) -> Entrant:
    return Entrant(name, kind, why, {"algorithm": name}, tracks=tracks)


def _adaptive(held: Mapping[str, Any], rest: str) -> Entrant:
    """Return SPARKLE-GT's directions with steps that nodes measure, as ``held`` says of which variables."""
    why = f"SPARKLE-GT’s directions; the factor of x’s steps is searched, {rest}"
    run = {"algorithm": "sparkle-gt", "algorithm.theta": 1.0, **held}
    return Entrant(
        "adaptive", "steps measured by the nodes", why, run, {"algorithm.c_x": Choices((0.03, 0.1, 0.3, 1.0))}
    )


BOTH = (
    _preset("sparkle-gt", "tracked hypergradient", "Zhu 2024; gradient tracking at all levels", tracks=True),
    _preset("sparkle-ed", "tracked hypergradient", "Zhu 2024; exact diffusion, in half of the rounds"),
    _preset("cd-bsvrgd", "tracked, variance-reduced", "Zhang 2023; the only one of its class", tracks=True),
    _preset("mdbo", "Neumann series", "Gao 2023; the first with momentum and tracking", tracks=True),
    _preset("vrdbo", "Neumann series, variance-reduced", "Gao 2023; STORM on both levels", tracks=True),
    _preset("dsgda-gt", "first derivatives only", "Wang 2024; a penalty, with tracking", tracks=True),
    _preset("ef-soba", "made for codecs", "He 2024; exact on unequal nodes with lossy messages, too"),
    _preset("async-soba", "without rounds", "after Tian 2018; SOBA’s directions, trackers that are a ledger"),
)
"""The methods for both lower levels."""

SHARED = (
    *BOTH,
    _adaptive(
        {"algorithm.schedule": "adaptive", "algorithm.c_y": 1.0, "algorithm.c_z": 1.0}, "and nothing else"
    ),
    _preset("d-soba", "gossip", "Kong 2024; adapt, then combine, in one round a step"),
    _preset("ma-dsbo", "inner loops", "Chen 2023; the known one, moving average on x"),
    _preset("rabo", "submodels by capacity", "Li 2024; here with whole models, local steps on y"),
)
"""The methods where all nodes agree on one y."""

LOCAL = (
    *BOTH,
    _adaptive({"algorithm.schedule.x": "adaptive"}, "and the steps of y and z, which have no tracker"),
    _preset("lopa-gt", "own lower levels", "Niu 2025; gradient tracking of x", tracks=True),
    _preset("lopa-lg", "own lower levels, gossip", "Niu 2025; local gradients, without a tracker"),
    _preset("interact", "own lower levels, inner loops", "Liu 2022; conjugate gradients", tracks=True),
)
"""The methods where each node has a y of its own."""

ENTRANTS: Mapping[LowerLevel, tuple[Entrant, ...]] = {"shared": SHARED, "local": LOCAL}
