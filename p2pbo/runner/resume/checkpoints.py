"""The whole state of a run, to a file and back: rows by node and by edge, so that any number of ranks can resume it.

    state/x/V, U, previous      the variables, by node
    state/x/T, G, C …           what the mixing of x remembers, by the names of its fields
    rounds/KIND/STREAM/…        what channels keep from round to round, by node or directed edge
    traffic/bytes, messages     by directed edge
    work/flops, seconds         of each node's oracles
    clock                       of each node's links
    asynchronous/…              what nodes that never wait know (``runner/asynchronous/checkpoints.py``)

All randomness is keyed by step, round, node and edge, so that nothing of it has to be kept.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State, Variable
from p2pbo.network import CheckpointRows, Network, NetworkCheckpoint
from p2pbo.network.checkpointing import ReadRows
from p2pbo.problems import Oracles
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.runner.resume.first_format import first_name
from p2pbo.trace.checkpoint import Checkpoint, CheckpointWriter, previous_generation
from p2pbo.version import VERSION


def checkpoint_path(trace: Path) -> Path:
    """Return where the checkpoint of the run that writes ``trace`` lies: NAME.ckpt."""
    return trace.with_suffix(".ckpt")


def remove_checkpoints(trace: Path) -> None:
    """Remove both generations of the checkpoint beside ``trace``."""
    for path in (checkpoint_path(trace), previous_generation(checkpoint_path(trace))):
        path.unlink(missing_ok=True)


def save(
    path: Path,
    state: State,
    assembly: Assembly,
    network: Network,
    timer: StepTimer,
    running: Sequence[CheckpointRows] = (),
) -> None:
    """Write the checkpoint of a run to ``path``; to be called by all ranks, whose rows go to rank 0.

    ``running`` are the rows of asynchronous nodes.

    Raises:
        WriteError: it cannot be written (rank 0); the ones before are intact.
    """
    ranks = network.ranks
    crossed = ranks.total(network.traffic.crossed)
    wall, wait = ranks.total(np.array([timer.wall, network.wait_time])) / ranks.size
    attributes: dict[str, Any] = {
        "step": state.step,
        "began": state.began,
        "p2pbo_version": VERSION,
        "trace": os.fsencode(Path(assembly.description.out or "").name),  # bytes: it need not be UTF-8
        "rounds": json.dumps(network.rounds),
        "crossed_bytes": int(crossed[0]),
        "crossed_messages": int(crossed[1]),
        "wall_time": float(wall),
        "wait_time": float(wait),
    }
    if assembly.oracles.stacking_limit is not None:
        attributes["stacking_limit"] = assembly.oracles.stacking_limit
    described = assembly.description.portable()
    writer = CheckpointWriter(path, described, attributes) if ranks.rank == 0 else None
    try:
        _gather(
            [
                *_of_state(state, assembly, network),
                *_of_work(assembly, network),
                *network.checkpoint_rows(),
                *running,
            ],
            network,
            writer,
        )
        if writer is not None:
            writer.commit()
    except BaseException:  # an interrupt leaves no half of it
        if writer is not None:
            writer.abandon()
        raise


def compute_as_before(checkpoint: Checkpoint, oracles: Oracles) -> None:
    """Let oracles round as they have in the run so far, whatever new runs do.

    Before there was a limit, whatever could share a graph did.
    """
    oracles.stack_up_to(checkpoint.attributes.get("stacking_limit", math.inf))


def restore(
    checkpoint: Checkpoint, assembly: Assembly, network: Network, timer: StepTimer, start: State
) -> State:
    """Return the state at the checkpoint, and restore what network and clocks had come to.

    Its rows have the names of those of ``start``.

    Raises:
        InputError: the checkpoint lacks rows that this run needs.
    """
    at = checkpoint.attributes
    read = _reader(checkpoint, dict(zip(assembly.algorithm.variables, start.variables, strict=True)))
    timer.wall = timer.earlier = at["wall_time"]
    crossed = np.array([at["crossed_bytes"], at["crossed_messages"]]) * (network.ranks.rank == 0)
    network.restore(NetworkCheckpoint(json.loads(at["rounds"]), at["wait_time"], read), crossed)
    for kept in _of_work(assembly, network):
        kept.restore(read)
    nodes = _nodes(network)
    variables, previous = [], []
    for name, variable in zip(assembly.algorithm.variables, start.variables, strict=True):
        variables.append(
            variable.with_rows({part: read(f"state/{name}/{part}", nodes) for part in variable.rows()})
        )
        previous.append(read(f"state/{name}/previous", nodes))
    return State(checkpoint.step, tuple(variables), tuple(previous), int(at.get("began", 0)))


def _reader(checkpoint: Checkpoint, variables: Mapping[str, Variable]) -> ReadRows:
    """Return a function that reads rows by the names of format 2, whatever the checkpoint's format."""
    if checkpoint.format > 1:
        return checkpoint.rows
    memories = {
        name: variable.memory._fields if variable.memory else () for name, variable in variables.items()
    }
    return lambda name, index: checkpoint.rows(first_name(name, memories), index)


def _of_state(state: State, assembly: Assembly, network: Network) -> list[CheckpointRows]:
    """Return the rows of all variables, and of the point before."""
    nodes, found = _nodes(network), []
    for name, variable, before in zip(
        assembly.algorithm.variables, state.variables, state.previous, strict=True
    ):
        parts = {**variable.rows(), "previous": before}
        found += [CheckpointRows(f"state/{name}/{part}", "node", nodes, rows) for part, rows in parts.items()]
    return found


def _of_work(assembly: Assembly, network: Network) -> list[CheckpointRows]:
    """Return what oracles have cost, and the clocks of the links, which rank 0 has."""
    nodes, found = _nodes(network), []
    cost, clock = assembly.oracles.cost, network.clock
    if cost is not None:
        found += [CheckpointRows("work/flops", "node", nodes, cost.flops)]
        found += [CheckpointRows("work/seconds", "node", nodes, cost.seconds)]
    if clock is not None:
        found += [CheckpointRows("clock", "node", np.arange(network.topology.nodes), clock.nodes)]
    return found


def _nodes(network: Network) -> NDArray[np.int64]:
    return np.asarray(network.hosted, dtype=np.int64)


def _gather(mine: Sequence[CheckpointRows], network: Network, writer: CheckpointWriter | None) -> None:
    """Hand all ranks' rows to rank 0's writer, array by array and rank by rank."""
    ranks = network.ranks
    totals = {"node": network.topology.nodes, "edge": len(network.topology.source)}
    held: dict[str, list[CheckpointRows]] = {}
    for kept in mine:
        if kept.owned:
            held.setdefault(kept.name, []).append(kept)
    kinds = {name: (k.over, k.rows.dtype.str, k.rows.shape[1:]) for name, (k, *_) in held.items()}
    for text in ranks.all_texts(json.dumps(kinds)):
        kinds |= json.loads(text)
    for name in sorted(kinds):  # a rank may have no rows of an array
        over, dtype, shape = kinds[name]
        parts = held.get(name, [])
        positions: list[NDArray[np.int64]] = []
        ranks.rows(np.concatenate([np.empty(0, np.int64), *(k.index for k in parts)]), positions.append)
        rows = np.concatenate([np.empty((0, *shape), dtype), *(k.rows for k in parts)])
        ranks.rows(rows, _into(writer, name, totals[over], iter(positions)))


def _into(
    writer: CheckpointWriter | None, name: str, total: int, positions: Iterator[NDArray[np.int64]]
) -> Callable[[NDArray[Any]], None]:
    def write(rows: NDArray[Any]) -> None:
        assert writer is not None  # rows arrive on rank 0
        writer.rows(name, total, next(positions), rows)

    return write
