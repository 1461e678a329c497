"""The whole state of a run in a file and back: rows by node and by edge, so that any number of ranks may go on.

    state/x/V, U, previous, carried0 …   the variables, by node     rounds/KIND/…   what channels remember
    work/flops, seconds                  of each node's oracles     traffic/…       counts, by directed edge
    clock                                of each node's links

All randomness is keyed by step, round, node and edge, so that nothing of it has to be kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State, Variable
from p2pbo.network import CheckpointRows, Network, NetworkCheckpoint
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.trace.checkpoint import Checkpoint, CheckpointWriter, previous_generation
from p2pbo.version import VERSION

Named = tuple[str, CheckpointRows]


def checkpoint_path(trace: Path) -> Path:
    """Return where the checkpoint of the run that writes ``trace`` lies: NAME.ckpt."""
    return trace.with_suffix(".ckpt")


def remove_checkpoints(trace: Path) -> None:
    """Remove both generations of the checkpoint beside ``trace``."""
    for path in (checkpoint_path(trace), previous_generation(checkpoint_path(trace))):
        path.unlink(missing_ok=True)


def save(path: Path, state: State, local: Assembly, network: Network, clock: StepTimer) -> None:
    """Write the checkpoint of all ranks to ``path``; called by all of them.

    Raises:
        WriteError: it cannot be written (rank 0); the ones before are intact.
    """
    ranks = network.ranks
    crossed = ranks.total(network.traffic.crossed)
    wall, wait = ranks.total(np.array([clock.wall, network.wait_time])) / ranks.size
    attributes: dict[str, Any] = {
        "step": state.step,
        "p2pbo_version": VERSION,
        "trace": os.fsencode(Path(local.description.out or "").name),  # bytes: it need not be UTF-8
        "rounds": json.dumps(network.rounds),
        "crossed_bytes": int(crossed[0]),
        "crossed_messages": int(crossed[1]),
        "wall_time": float(wall),
        "wait_time": float(wait),
    }
    described = local.description.portable()
    writer = CheckpointWriter(path, described, attributes) if ranks.rank == 0 else None
    try:
        _gather(
            [*_of_state(state, network), *_of_work(local, network), *network.checkpoint_rows()],
            network,
            writer,
        )
        if writer is not None:
            writer.commit()
    except BaseException:  # an interrupt leaves no half of it
        if writer is not None:
            writer.abandon()
        raise


def restore(checkpoint: Checkpoint, local: Assembly, network: Network, clock: StepTimer) -> State:
    """Return the state at the checkpoint; network and clocks go on from it, too."""
    at = checkpoint.attributes
    clock.wall = at["wall_time"]
    crossed = np.array([at["crossed_bytes"], at["crossed_messages"]]) * (network.ranks.rank == 0)
    network.restore(NetworkCheckpoint(json.loads(at["rounds"]), at["wait_time"], checkpoint.rows), crossed)
    for name, memory in _of_work(local, network):
        memory.rows[...] = checkpoint.rows(name, memory.index)
    nodes = _nodes(network)
    variables, previous_point = [], []
    for variable in local.algorithm.variables:
        kept = [name for name in checkpoint.names if name.startswith(f"state/{variable}/carried")]
        V, U, before, *carried = (
            checkpoint.rows(name, nodes)
            for name in (*(f"state/{variable}/{part}" for part in ("V", "U", "previous")), *sorted(kept))
        )
        variables.append(Variable(V, U, tuple(carried)))
        previous_point.append(before)
    return State(checkpoint.step, tuple(variables), tuple(previous_point))


def _of_state(state: State, network: Network) -> list[Named]:
    nodes, found = _nodes(network), []
    for name, variable, before in zip("xyz", state.variables, state.previous, strict=False):
        parts = {"V": variable.V, "U": variable.U, "previous": before}
        parts |= {f"carried{number}": rows for number, rows in enumerate(variable.carried)}
        found += [
            (f"state/{name}/{part}", CheckpointRows(part, "node", nodes, rows))
            for part, rows in parts.items()
        ]
    return found


def _of_work(local: Assembly, network: Network) -> list[Named]:
    """Return what oracles have cost, and the clocks of the links, which rank 0 has."""
    nodes, found = _nodes(network), []
    work, clock = local.oracles.work, network.clock
    if work is not None:
        found += [("work/flops", CheckpointRows("flops", "node", nodes, work.flops))]
        found += [("work/seconds", CheckpointRows("seconds", "node", nodes, work.seconds))]
    if clock is not None:
        found += [("clock", CheckpointRows("clock", "node", np.arange(network.topology.nodes), clock.nodes))]
    return found


def _nodes(network: Network) -> NDArray[np.int64]:
    return np.asarray(network.hosted, dtype=np.int64)


def _gather(mine: Sequence[Named], network: Network, writer: CheckpointWriter | None) -> None:
    """Hand all ranks' rows to rank 0's writer, array by array and rank by rank."""
    ranks = network.ranks
    totals = {"node": network.topology.nodes, "edge": len(network.topology.source)}
    held: dict[str, list[CheckpointRows]] = {}
    for name, memory in mine:
        if memory.owned:
            held.setdefault(name, []).append(memory)
    kinds = {name: (m.over, m.rows.dtype.str, m.rows.shape[1:]) for name, (m, *_) in held.items()}
    for text in ranks.all_texts(json.dumps(kinds)):
        kinds |= json.loads(text)
    for name in sorted(kinds):  # a rank may have no rows of an array
        over, dtype, shape = kinds[name]
        parts = held.get(name, [])
        places: list[NDArray[np.int64]] = []
        ranks.rows(np.concatenate([np.empty(0, np.int64), *(m.index for m in parts)]), places.append)
        rows = np.concatenate([np.empty((0, *shape), dtype), *(m.rows for m in parts)])
        ranks.rows(rows, _into(writer, name, totals[over], iter(places)))


def _into(
    writer: CheckpointWriter | None, name: str, total: int, places: Iterator[NDArray[np.int64]]
) -> Callable[[NDArray[Any]], None]:
    def write(rows: NDArray[Any]) -> None:
        assert writer is not None  # rows arrive on rank 0
        writer.rows(name, total, next(places), rows)

    return write
