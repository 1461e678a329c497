"""The names of arrays in checkpoints of format 1, which p2pbo 0.1 and 0.2 wrote: much had a number there.

format 1                              format 2
state/x/carried0, carried1 …          state/x/G, WT …: what the mixing of x remembers, in the order of its fields
rounds/KIND/0/…, rounds/KIND/1/…      rounds/KIND/STREAM/…, the streams in the order of KIND
rounds/KIND/0/late/0, late/1 …        rounds/KIND/due/0, due/1 … of rounds that no codec changes
…/sent, own, heard/0, late/0 …        …/memory, own_memory, heard_memory/0, due/0 …
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CALLED = {"memory": "sent", "own_memory": "own", "heard_memory": "heard", "due": "late"}


def first_name(name: str, memories: Mapping[str, Sequence[str]]) -> str:
    """Return the name in format 1 of the array ``name``; ``memories`` are the fields of each variable's memory."""
    match name.split("/"):
        case ["state", variable, field] if field in memories[variable]:
            return f"state/{variable}/carried{list(memories[variable]).index(field)}"
        case ["rounds", kind, stream, *path] if stream in kind.split():
            return _of_channel(kind, kind.split().index(stream), path)
        case ["rounds", kind, *path]:
            return _of_channel(kind, 0, path)
    return name


def _of_channel(kind: str, number: int, path: Sequence[str]) -> str:
    first, *rest = path
    return "/".join(["rounds", kind, str(number), CALLED.get(first, first), *rest])
