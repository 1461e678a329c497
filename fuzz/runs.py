"""Traces and checkpoints: HDF5, which is parsed in C, so that every file is read by a process of its own.

A checkpoint is mutated beside a good generation before it, or a mutated one.
"""

import multiprocessing
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness import SECONDS, check_reader, main, mutated, run_property
from hypothesis import given

from p2pbo.trace import COMPLETED, Header, TraceRow, TraceWriter, open_trace
from p2pbo.trace.checkpoint import CheckpointWriter, open_checkpoint, previous_generation
from p2pbo.trace.reading import snapshot

TOKENS = [
    b"TREE",
    b"SNOD",
    b"HEAP",
    b"OHDR",
    b"\x89HDF\r\n\x1a\n",
    b"\xff" * 8,
    b"\0" * 8,
    b"{",
    b"}",
    b'"',
    b"[" * 5000,
]
FORK = multiprocessing.get_context("fork")


def trace(path: Path) -> bytes:
    """Return the bytes of a small trace of three rows, written to ``path``."""
    edges = np.array([0, 1]), np.array([1, 0])
    writer = TraceWriter(path, Header({"steps": 3}, 2, 1, 1, 0, *edges, ["none", "none"], {"seed": 0}))
    for step in range(3):
        writer.append(
            TraceRow(step, {"upper_loss": 1.0 / (step + 1)}, {"bytes_sent": np.array([8 * step] * 2)})
        )
    writer.close(COMPLETED)
    return path.read_bytes()


def checkpoint(path: Path) -> bytes:
    """Return the bytes of a small checkpoint of two arrays, written to ``path``."""
    writer = CheckpointWriter(path, {"steps": 3}, {"step": 2})
    for name in ("x", "y/z"):
        writer.rows(name, 4, np.arange(4), np.eye(4))
    writer.commit()
    return path.read_bytes()


def read_trace(path: Path) -> None:
    """Open a trace, as ``p2pbo show`` does first."""
    snapshot.RETRY_PAUSES = (0.0, 0.0, 0.0)  # nobody is writing
    open_trace(path)


def read_checkpoint(path: Path) -> None:
    """Open a checkpoint, and check all of it."""
    warnings.simplefilter("ignore")  # the notice that the generation before is taken
    found = open_checkpoint(path)
    assert found.step == 2
    for name in found.names:
        np.testing.assert_array_equal(found.rows(name, slice(None)), np.eye(4))


def check_in_own_process(path: Path, read: Callable[[Path], Any]) -> None:
    """Check a reader in a process of its own, whose end by a signal is a failure, too."""
    process = FORK.Process(target=check_reader, args=(path, read))
    process.start()
    process.join(2 * SECONDS)
    if process.is_alive():
        process.kill()
    process.join()
    assert process.exitcode == 0, f"ended with {process.exitcode}; what it said is above"


def drive(examples: int) -> None:
    """Mutate a trace and two checkpoints, half of the examples each."""
    with tempfile.TemporaryDirectory() as folder:
        run, stop = Path(folder, "run.h5"), Path(folder, "run.ckpt")
        traced, stopped = [trace(Path(folder, "seed.h5"))], [checkpoint(Path(folder, "seed.ckpt"))]

        @given(mutated(traced, TOKENS))
        def opens_trace(content: bytes) -> None:
            run.write_bytes(content)
            check_in_own_process(run, read_trace)

        @given(mutated(stopped, TOKENS), mutated(stopped))
        def opens_checkpoint(content: bytes, before: bytes) -> None:
            stop.write_bytes(content)
            previous_generation(stop).write_bytes(before)
            check_in_own_process(stop, read_checkpoint)

        run_property(opens_trace, -(-examples // 2))
        run_property(opens_checkpoint, examples // 2)


if __name__ == "__main__":
    main(drive)
