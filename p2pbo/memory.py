"""The memory that this process may still take, and errors for what would take more, before the system kills it.

That is the least of three: what the system has left and what the process's control groups (containers, Slurm) leave it,
both shared with the other ranks on this machine, and what its own limits (``ulimit -v``) leave.
"""

from __future__ import annotations

import math
import os
import re
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from p2pbo.errors import InputError

UNCHECKED_BYTES = 2**26
"""The size in bytes up to which nothing is checked."""

_ROOT = Path("/")
_LOCAL_RANKS = ("OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_STEP_TASKS_PER_NODE")
_GROUPS = (
    ("", "", "memory.max", "memory.current"),
    ("memory", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
)
"""Control groups, versions 2 and 1: controller, folder, and the files of the limit and of what is used."""


def require_memory(subject: str, needed: int, purpose: str, remedy: str) -> None:
    """Check that there is as much memory as something needs.

    Args:
        subject: what needs it.
        needed: bytes.
        purpose: what for, such as "for 1600 × 400000 dense numbers".
        remedy: what to do instead.

    Raises:
        InputError: there is less.
    """
    if needed > UNCHECKED_BYTES and needed > (left := available_memory()):
        cause = f"needs {needed / 1e9:.3g} GB of memory {purpose}, and {max(left, 0) / 1e9:.3g} GB are left"
        raise InputError(subject, cause, remedy)


@contextmanager
def input_error_on_exhaustion(subject: str) -> Iterator[None]:
    """Raise an :class:`InputError` about ``subject`` for a failed allocation inside."""
    try:
        yield
    except MemoryError as error:
        raise out_of_memory_error(subject, error) from None
    except RuntimeError as error:  # torch's
        if "allocate memory" in str(error) or "out of memory" in str(error):
            raise out_of_memory_error(subject, error) from None
        raise


def out_of_memory_error(subject: str, error: Exception) -> InputError:
    """Return the error that says on one line that an allocation for ``subject`` has failed."""
    reason = f" ({said[0]})" if (said := str(error).splitlines()) else ""
    return InputError(subject, f"needs more memory than there is{reason}", "use less data or more machines")


def available_memory(root: Path = _ROOT, environment: Mapping[str, str] = os.environ) -> float:
    """Return how many bytes this process may still take; infinite where nothing limits them."""
    shared = min((*_of_the_system(root), *_of_control_groups(root)), default=math.inf)
    return min((shared / _local_ranks(environment), *_of_limits(root)))


def _local_ranks(environment: Mapping[str, str]) -> int:
    """Return how many ranks share this machine, as the launcher says: ``4``, Slurm writes ``4(x2),3``."""
    said = next((environment[name] for name in _LOCAL_RANKS if name in environment), "1")
    number = re.match(r"[1-9]\d*", said)
    return int(number[0]) if number else 1


def _of_the_system(root: Path) -> Iterator[int]:
    with suppress(OSError, ValueError):
        for line in (root / "proc/meminfo").read_text().splitlines():
            name, _, size = line.partition(":")
            if name == "MemAvailable":
                yield int(size.removesuffix("kB")) * 1024


def _of_control_groups(root: Path) -> Iterator[int]:
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for controllers, path in (line.split(":", 2)[1:] for line in groups):
        for controller, folder, limit, used in _GROUPS:
            if controller in controllers.split(","):
                top = root / "sys/fs/cgroup" / folder
                lowest = top / path.lstrip("/")
                for level in (lowest, *lowest.parents[: len(lowest.parts) - len(top.parts)]):
                    with suppress(OSError, ValueError):  # no such file, or "max"
                        yield (
                            int((level / limit).read_text())
                            - int((level / used).read_text())
                            + _cached(level)
                        )


def _cached(group: Path) -> int:
    """Return bytes of files that a control group counts as used, and that are given back on demand."""
    counts: dict[str, str] = {}
    with suppress(OSError, ValueError):
        counts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    return int(counts.get("total_inactive_file", counts.get("inactive_file", 0)))


def _of_limits(root: Path) -> Iterator[int]:
    with suppress(OSError, ValueError):
        pages = [int(count) for count in (root / "proc/self/statm").read_text().split()]
        for kind, used in ((resource.RLIMIT_AS, pages[0]), (resource.RLIMIT_DATA, pages[5])):
            limit = resource.getrlimit(kind)[0]
            if limit != resource.RLIM_INFINITY:
                yield limit - used * resource.getpagesize()
