"""Measured times of a step of every method, and the file that keeps them with what they were measured on."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from p2pbo.errors import InputError
from p2pbo.version import VERSION

KEPT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "step-times.json"
"""The file that the documentation shows."""


@dataclass(frozen=True)
class Setting:
    """What every method steps on: quadratics on a ring, all nodes in one process."""

    nodes: int = 8
    dim_x: int = 100
    dim_y: int = 100
    samples: int = 64
    batch: int = 16


@dataclass(frozen=True)
class StepTimes:
    """Times of a step of one node that were measured side by side, and where.

    Attributes:
        reference: the method that all were measured beside.
        microseconds: the reference's time.
        ratios: by method, its time over the reference's.
    """

    machine: str
    versions: Mapping[str, str]
    setting: Setting
    reference: str
    microseconds: float
    ratios: Mapping[str, float]

    def ratio(self, name: str) -> float:
        """Return a method's time over the reference's.

        Raises:
            InputError: it was not measured.
        """
        if name not in self.ratios:
            command = f"python tools/bench_methods.py --json {KEPT.relative_to(KEPT.parents[2])}"
            raise InputError("step times", f"have none of {name}", f"{command} measures all methods again")
        return self.ratios[name]

    def write(self, path: Path) -> None:
        """Write them as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path = KEPT) -> StepTimes:
        """Return what :meth:`write` has written."""
        held = json.loads(path.read_text("utf-8"))
        held["setting"] = Setting(**held["setting"])
        return cls(**held)


def machine() -> str:
    """Return the processor's name, how many cores there are, and how many processes wanted one in the last minute."""
    described = Path("/proc/cpuinfo")  # of Linux; other systems name their architecture
    text = described.read_text() if described.exists() else ""
    name, *_ = re.findall(r"^model name\s*: (.*)$", text, re.MULTILINE) or [platform.machine()]
    return f"{name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def versions() -> dict[str, str]:
    """Return the versions of what the times depend on."""
    return {"p2pbo": VERSION, "Python": platform.python_version(), "numpy": np.__version__}
