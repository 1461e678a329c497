"""Checks of runs of asynchronous nodes, which never wait for a round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from p2pbo.algorithms import Algorithm, ComposedAlgorithm
from p2pbo.algorithms.mixings.asynchronous_tracking import AsynchronousTracking
from p2pbo.algorithms.mixings.local import Local
from p2pbo.algorithms.mixings.push_pull import PushPull
from p2pbo.algorithms.parts import TrackingMixing
from p2pbo.algorithms.step_rules import MeasuredMixing
from p2pbo.config import Description
from p2pbo.errors import InputError
from p2pbo.network import MEASURED, LinkFaults, exact
from p2pbo.runner.checks.silence import check_nobody_fails, check_silence
from p2pbo.topology import Topology

WHAT = "--asynchronous on"
TRACKED = TrackingMixing | PushPull | AsynchronousTracking | Local
"""The mixings whose trackers a ledger takes the place of, and that which sends nothing."""

OF_MESSAGES = ("drop", "double")
"""The faults of links that need no rounds."""


def check_asynchronous(
    description: Description,
    algorithm: Algorithm,
    topology: Topology,
    codecs: Iterable[str],
    dims: Mapping[str, int],
    ranks: int,
) -> None:
    """Check that a run whose nodes never wait asks for nothing that needs rounds, and others for nothing but rounds.

    Raises:
        InputError: it does.
    """
    if description.asynchronous == "off":
        _check_rounds(description, algorithm)
        check_nobody_fails(topology, "rounds wait for every node", f"give {WHAT}")
        return
    _check_method(description, algorithm)
    if topology.period > 1:
        cause = "changes from round to round, and there are no rounds"
        raise InputError(f"topology {topology.name}", cause, "choose a graph that stays")
    if topology.self_weight.sum() <= 0:
        cause = "leaves nodes no share of their own trackers, along which they would step"
        raise InputError(f"topology {topology.name}", cause, "use a W with a diagonal, such as ½(I + W)")
    lossy = next((spec for spec in codecs if not exact(spec)), None)
    if lossy is not None:
        cause = (
            "rounds running sums, which then drift, and asynchronous nodes keep their trackers as such sums"
        )
        raise InputError(f"codec {lossy}", cause, "use --codec none")
    for what, cause, remedy in _needing_rounds(description):
        raise InputError(what, cause, remedy)
    _check_time(description, algorithm, ranks)
    check_silence(description, topology, ranks, _payload(algorithm, dims, np.dtype(description.dtype)))


def _check_rounds(description: Description, algorithm: Algorithm) -> None:
    if algorithm.asynchronous:
        cause = f"asks for rounds, and mixing asynchronous-tracking of algorithm {description.algorithm.name} has none"
        raise InputError("--asynchronous off", cause, "leave it out, or use --mixing tracking")
    remedy = f"leave it out, or let nodes step without rounds: {WHAT}"
    if description.links.double:
        cause = "sends copies of messages, and a round takes one of each neighbour"
        raise InputError(f"links.double {description.links.double}", cause, remedy)
    if description.silent_after is not None:
        cause = "drops edges of silent neighbours, and a round waits for all of them"
        raise InputError(f"--silent-after {description.silent_after}", cause, remedy)


def _check_time(description: Description, algorithm: Algorithm, ranks: int) -> None:
    if ranks > 1 and description.compute_time is not None:
        cause = "is for nodes that are simulated, and those of several ranks take the time that they take"
        remedy = "leave it out, or start one process, without mpiexec or srun"
        raise InputError(f"--compute-time {description.compute_time}", cause, remedy)
    if ranks == 1 and description.compute_time in (None, MEASURED):
        what = f"algorithm {description.algorithm.name}" if algorithm.asynchronous else WHAT
        cause = "simulates when each node is ready, and does not know how long nodes compute"
        remedy = "give --compute-time 10ms, or lognormal:10ms:0.5, or start several ranks"
        raise InputError(what, cause, remedy)


def _check_method(description: Description, algorithm: Algorithm) -> None:
    what = f"algorithm {description.algorithm.name}"
    if not isinstance(algorithm, ComposedAlgorithm):
        cause = "is a listing of its own, whose rounds wait for all neighbours"
        raise InputError(what, cause, "choose a composition, such as async-soba, mdbo or vrdbo")
    for variable, rule in zip(algorithm.variables, algorithm.rules, strict=True):
        if isinstance(rule.mixing, MeasuredMixing):
            cause = f"measures the steps of {variable} in rounds with all neighbours, and there are none"
            raise InputError(what, cause, "use --schedule constant, or another that falls")
        if not isinstance(rule.mixing, TRACKED):
            cause = f"moves {variable} along no tracker of the average direction"
            remedy = "use --mixing asynchronous-tracking, or a method that has it, such as async-soba"
            raise InputError(what, cause, remedy)


def _payload(algorithm: Algorithm, dims: Mapping[str, int], dtype: np.dtype[Any]) -> int:
    """Return the bytes of a message: the rows of all variables that are mixed, and ρ of each entry in float64."""
    assert isinstance(algorithm, ComposedAlgorithm)  # checked
    parts = zip(algorithm.variables, algorithm.rules, strict=True)
    entries = sum(dims[variable] for variable, rule in parts if any(rule.mixing.sends()))
    return entries * (dtype.itemsize + np.dtype(np.float64).itemsize)


def _needing_rounds(description: Description) -> Iterator[tuple[str, str, str]]:
    """Yield what is asked for and means rounds, or is not there without them: object, cause and remedy."""
    no_rounds = "counts rounds, and asynchronous nodes have none"
    for name, fault in description.links.model_dump().items():
        if name not in OF_MESSAGES and fault != getattr(LinkFaults(), name):
            yield f"links.{name} {fault}", no_rounds, "give edges a latency, or nodes a speed"
    if description.on_failure == "continue":
        cause = "lets those who live recover in the same round, and asynchronous nodes have none: MPI ends the job"
        yield (
            "--on-failure continue",
            cause,
            "leave it out, and go on from a checkpoint (p2pbo launch --restarts)",
        )
