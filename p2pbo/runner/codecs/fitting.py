"""Codecs fitted to links, so that edges of different speed and latency are busy for the same time in a step.

t_e = R latency_e + Σ_v bytes_v(K_v) / rate_e        R rounds a step; bytes_v of all rows of variable v in a step
T = max_e t_e with the codecs as they are given       K_v,e = min(d_v, s_e K_v),  s_e ≥ 1 such that t_e = T

An edge whose rows are whole before that stays faster.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from p2pbo.compression import CODECS
from p2pbo.compression.sparsity import entries_kept
from p2pbo.errors import InputError, Notice
from p2pbo.network import exact
from p2pbo.runner.codecs.dry_run import EdgeLoad, Payload
from p2pbo.topology import Topology

Floats = NDArray[np.float64]

SPREAD = 0.05
"""Relative difference of edge times that whole numbers of entries alone leave."""

_TABLE = 64


@dataclass(frozen=True)
class EdgeTimes:
    """Seconds that the fastest and the slowest edge are busy in a step, after all codecs have been fitted."""

    shortest: float
    longest: float

    def warn(self, subject: str) -> None:
        """Warn about ``subject`` where the edges do not take equal time."""
        if self.shortest < (1 - SPREAD) * self.longest:
            cause = f"leaves edges that take {1e3 * self.shortest:.4g} to {1e3 * self.longest:.4g} ms a step"
            reason = "the faster ones send whole rows, or cannot send one entry more in time"
            warnings.warn(f"{subject} {cause}: {reason}", Notice, stacklevel=2)


@dataclass(frozen=True)
class _Growing:
    """A variable of which a codec keeps K of d entries in each row of a step."""

    codec: str
    kept: int
    dim: int
    payload: Payload

    def spec(self, growth: float) -> str:
        """Return the codec with min(d, s K) entries, rounded down."""
        return f"{self.codec}:{int(min(self.dim, growth * self.kept) + 1e-9)}"

    def table(self, dtype: DTypeLike) -> tuple[Floats, Floats]:
        """Return some values of s, and the bytes a step at each; between them bytes grow all but linearly."""
        entries = np.unique(np.rint(np.geomspace(self.kept, self.dim, _TABLE)).astype(int)).tolist()
        sent = [self.payload.bytes(f"{self.codec}:{K}", self.dim, dtype) for K in entries]
        return np.array(entries) / self.kept, np.array(sent, dtype=np.float64)


def fit_codecs(
    chosen: Mapping[str, str], load: EdgeLoad, rates: Floats, latencies: Floats, dtype: DTypeLike
) -> dict[str, list[str]]:
    """Return the codec of each variable on every directed edge, fitted to its rate and latency.

    Where nodes send parts of rows, K is a number of the smallest part's entries.

    Args:
        chosen: the codec of each variable on the slowest edges.
        load: what an edge carries in a step.
        rates, latencies: (E,) bytes per second, and seconds, of the directed edges.
        dtype: of the rows.

    Raises:
        InputError: a codec has no number of entries to change, or none changes anything.
    """
    sent = load.payloads
    growing = {v: _growing(spec, sent[v]) for v, spec in chosen.items() if v in sent and not exact(spec)}
    if not growing:
        raise _unfit(next(iter(chosen.values())))
    fixed = sum(
        payload.bytes(chosen[v], int(payload.widths.max()), dtype)
        for v, payload in sent.items()
        if v not in growing
    )
    growth = _growth(list(growing.values()), fixed, load.rounds * latencies, rates, dtype)
    return {
        v: [growing[v].spec(s) for s in growth] if v in growing else [spec] * len(rates)
        for v, spec in chosen.items()
    }


def _growing(spec: str, payload: Payload) -> _Growing:
    entry, settings = CODECS.check(spec)
    if "keep" not in settings:
        raise _unfit(spec)
    dim = int(payload.widths.min())
    return _Growing(entry.name, entries_kept(entry.name, settings["keep"], dim), dim, payload)


def _unfit(spec: str) -> InputError:
    cause, remedy = "cannot be fitted to an edge's rate", "use one that keeps K entries, such as randk:0.1"
    return InputError(f"codec {spec}", cause, remedy)


def _growth(growing: list[_Growing], fixed: float, waits: Floats, rates: Floats, dtype: DTypeLike) -> Floats:
    """Return s_e of every edge: what fits into T is looked up in a table of Σ_v bytes_v(s K_v)."""
    tables = [own.table(dtype) for own in growing]
    knots = np.unique(np.concatenate([own for own, _ in tables]))
    sent = np.sum([np.interp(knots, *own) for own in tables], axis=0)
    slowest = np.max(waits + (fixed + sent[0]) / rates, initial=0.0)
    return np.interp((slowest - waits) * rates - fixed, sent, knots)


def edge_times(
    codecs: Mapping[str, list[str]],
    load: EdgeLoad,
    topology: Topology,
    rates: Floats,
    latencies: Floats,
    dtype: DTypeLike,
) -> EdgeTimes:
    """Return the seconds that the fastest and the slowest edge are busy in a step with these codecs."""
    sizes = np.zeros(len(rates))
    for variable, payload in load.payloads.items():
        widths = np.broadcast_to(payload.widths, topology.nodes)[topology.source]
        kinds = list(zip(codecs[variable], widths.tolist(), strict=True))
        bytes_of = {kind: payload.bytes(*kind, dtype) for kind in set(kinds)}
        sizes += [bytes_of[kind] for kind in kinds]
    seconds = load.rounds * latencies + sizes / rates
    return EdgeTimes(float(seconds.min()), float(seconds.max()))
