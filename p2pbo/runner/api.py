"""``p2pbo.run``, whose keywords are the flags of ``p2pbo run``: names and Python objects alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from p2pbo.config import Description
from p2pbo.problems import LowerLevel, Problem
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.logging.logger import RowCallback
from p2pbo.runner.mpi_world import warn_if_alone, world
from p2pbo.topology.build import CUSTOM, OneGraph
from p2pbo.trace import Trace, TraceRow

if TYPE_CHECKING:
    from mpi4py import MPI


def run(
    *,
    problem: str | Mapping[str, Any] | Problem = "logreg-hpo",
    algorithm: str = "mdbo",
    settings: Mapping[str, Any] | None = None,
    lower_level: LowerLevel | None = None,
    sampling: str = "independent",
    topology: OneGraph | Sequence[OneGraph] | np.ndarray = "ring",
    weights: str = "auto",
    undirected: bool = False,
    codec: str = "none",
    codec_by: str | None = None,
    codec_scope: str = "edge",
    channel: str = "auto",
    consensus_step: float | None = None,
    links: Mapping[str, Any] | None = None,
    compute_time: str | None = None,
    nodes: int | None = None,
    steps: int = 1000,
    until: str | None = None,
    data: str | Mapping[str, Any] = "a9a",
    partition: str = "iid",
    seed: int = 0,
    data_seed: int | None = None,
    dtype: str = "float64",
    device: str = "cpu",
    threads: int | None = None,
    log_every: int = 10,
    exact: str = "auto",
    flops: str = "auto",
    checksum: str = "off",
    asynchronous: str = "auto",
    silent_after: str | None = None,
    checkpoint_every: int | str | None = None,
    time_limit: str | None = None,
    divergence_factor: float = 1e6,
    stall_timeout: float = 600.0,
    on_failure: str = "abort",
    out: str | Path | None = None,
    timeline: str | Path | None = None,
    callback: Callable[[TraceRow], bool | None] | None = None,
    resume: bool = False,
    comm: MPI.Intracomm | None = None,
) -> Trace | None:
    """Run one algorithm on one problem over one network.

    Under an MPI launcher the ranks host the nodes; else all nodes live in this process. The numbers are the same.

    Args:
        problem: a registered name, ``{"name": …, setting: …}``, or a :class:`p2pbo.Problem`.
        algorithm: a registered name (``p2pbo list algorithms``).
        settings: the algorithm's settings, such as ``{"eta": 0.1, "batch": 50}``.
        lower_level: of a named problem: "shared", one y on which the nodes agree (the default), or "local", a y of each
            node's own, which it never sends; a :class:`p2pbo.Problem` says so itself.
        sampling: "independent" draws the rows of every batch anew, "epochs" none twice before all have been drawn.
        topology: a name, a path of a graph's file, a networkx graph, several of these, which are there in turn, one a
            round, or the K×K matrix W itself.
        undirected: take a directed graph for the drawing of an undirected one; where the two directions of an edge
            differ, the smaller bandwidth and the larger latency count.
        weights: how edges are weighted where ``topology`` is not W itself: a weighting, "file" for the attribute
            ``mixing_weight`` of a file's edges, or "auto": this where there is any, else "metropolis".
        codec: what rows become on an edge: "randk:0.1", or "x=randk:2000,y=randk:200" (z has y's).
        codec_by: an edge attribute that the codec is fitted to, such as "bandwidth".
        codec_scope: whether each "edge" or each "node" draws for itself.
        channel: how states cross lossy edges: "masked", "difference", or "auto".
        consensus_step: step of the difference channel; default: the codec's own.
        links: what goes wrong on the way, on purpose, and which edges are used in a round: {"drop": 0.1,
            "delay": 2, "stragglers": 0.1, "schedule": "matching"}, and, of asynchronous nodes, "double": 0.1.
        compute_time: how long a node computes in a step, for ``modelled_time``: "10ms", "lognormal:10ms:0.5", or
            "measured"; divided by the node's attribute ``speed``.
        nodes: K; default: what the problem or topology says, else 8.
        steps, log_every: steps of the run, and how many lie between logged ones.
        until: end with the first logged row at which a metric has reached a value: "upper_loss=0.3", or several, as in
            "test_accuracy=0.8,wall_time=600"; ``trace.ended_by`` says which.
        exact: "on" logs ``hyper_objective``, ``hypergradient_norm``, ``y_error`` and ``z_error`` by the exact solution
            at each logged step, and ``projected_gradient_norm`` where x has bounds; "auto" where that is cheap, "off"
            never; NaN where no solution is found.
        flops: "on" counts what each node's oracles compute, where torch does it, at some milliseconds an oracle; "auto"
            for methods whose nodes may differ in what they compute, and what these are compared with.
        data, partition: which data, and how they lie on the nodes, for problems that take data.
        seed: of every random draw.
        data_seed: of what makes a named problem, in place of ``seed``: its data, their split, their partition over the
            nodes; ``seed`` then draws start, batches, codecs, faults of links, and the graph of a random family.
        dtype, device, threads: "float64" or "float32"; where autograd oracles run; threads of each rank.
        checksum: "on" checks the payload of every message between ranks.
        asynchronous: "on" lets every node step when it is ready, with the newest rows that have come, in place of
            rounds, for methods with a mixing that tracks; "auto" does for those with mixing "asynchronous-tracking",
            such as async-soba. In one process simulated, event by event, by ``compute_time``, the nodes' ``speed``
            and the edges' ``latency`` and ``bandwidth``. ``steps`` is then the mean of the nodes'.
        silent_after: "5s" lets asynchronous nodes drop the edge of a neighbour that has been silent for so long, or has
            shown no sign of hearing; in modelled time, or in that of the ranks.
        checkpoint_every: keep the whole state beside ``out`` every so many steps, or every "30m".
        time_limit: stop after so much wall time of this call ("90s", "30m", "2h"), with the whole state beside ``out``
            for ``resume=True``.
        divergence_factor: the run ends as diverged where, at a logged step, the norm of a node's (x, y, z) is so many
            times max(1, its norm at the start); 0: it has no limit.
        stall_timeout: seconds without progress after which the job ends; 0: never.
        on_failure: "continue" goes on with the other nodes when a rank dies, where MPI can.
        out: the trace's file; None keeps it in memory.
        timeline: a file (.json or .json.gz) for what each rank does, and when, in the Chrome trace event format; of a
            simulation, what each node does, by modelled time.
        callback: called on rank 0 with each logged row, a :class:`p2pbo.trace.TraceRow`: ``row.step``,
            ``row.metrics["upper_loss"]``, ``row.node_metrics["bytes_sent"]`` (an array over the nodes). When it
            returns true, the run ends with this row on all ranks, as a complete one whose ``trace.ended_by`` is
            "callback"; where ranks may die (``on_failure="continue"``), they take some more steps. An exception in it
            ends the run as any error does.
        resume: go on from the checkpoint beside ``out``, if there is one.
        comm: an mpi4py communicator; default: the world where a launcher started this process.

    Returns:
        The trace on rank 0, None on other ranks.

    Raises:
        InputError: something given cannot be used; raised on all ranks before anything is sent.
        Diverged: a state became NaN or infinite, or outgrew the start; on all ranks alike, unless ranks may die
            (``on_failure="continue"``) or a codec refuses what is to be sent: that ends the job.
        WriteError: the trace or a checkpoint cannot be written.
        Stopped: SIGUSR1, SIGTERM, SIGHUP or ``time_limit`` has asked for it; there is a checkpoint.

    What ends a run that has begun, whatever it is, has the trace with the rows logged so far as its attribute
    ``trace`` on rank 0: ``except p2pbo.Diverged as error: error.trace["upper_loss"]``.
    """
    given = {name: value for name, value in locals().items() if name in Description.model_fields}
    own_problem = problem if isinstance(problem, Problem) else None
    own_topology = None if isinstance(topology, (str, Path)) else topology
    given |= {
        "algorithm": {"name": algorithm, **(settings or {})},
        "problem": problem if own_problem is None else CUSTOM,
        "lower_level": lower_level or (own_problem and own_problem.lower_level),
        "topology": {
            "name": str(topology) if own_topology is None else CUSTOM,
            "weights": weights,
            "undirected": undirected,
        },
        "links": links or {},
        "nodes": nodes if own_problem is None or nodes is not None else len(own_problem.nodes),
        "out": None if out is None else str(out),
        "timeline": None if timeline is None else str(timeline),
    }
    objects = UserObjects(own_problem, own_topology)
    if comm is None:
        warn_if_alone()
        comm = world()
    return execute(lambda: Description.parse(given), objects, comm, _of_rows(callback), resume)


def _of_rows(callback: Callable[[TraceRow], bool | None] | None) -> RowCallback | None:
    return None if callback is None else lambda row, steps: callback(row)
