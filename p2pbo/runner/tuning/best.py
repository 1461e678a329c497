"""The best settings of tuned methods as TOML files that ``p2pbo run`` and ``p2pbo sweep`` take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from p2pbo.config.description import FILES
from p2pbo.config.sweep import SEED
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.study import MethodStudy
from p2pbo.trace.settings import differing_names, flatten

BEST = "best.toml"


def write_best(studies: Sequence[MethodStudy], folder: Path) -> list[Path]:
    """Write ``best.toml``, a sweep of the methods that have a best trial, and ``best-METHOD.toml``, a run of each."""
    found = [(study.method, best) for study in studies if (best := study.best) is not None]
    runs = {method.name: _fields(method, best.params) for method, best in found}
    origin = f"# The best of {folder.name}, by p2pbo tune."
    paths = []
    for name, run in runs.items():
        paths.append(folder / f"best-{name}.toml")
        paths[-1].write_text("\n".join([origin, *_top(run)]) + "\n", encoding="utf-8")
    if runs:
        differing = differing_names([*runs.values()])
        common = {key: value for key, value in next(iter(runs.values())).items() if key not in differing}
        lines = [origin, *_top(common)]
        for run in runs.values():
            case = {key: run[key] for key in differing if key in run} or {"algorithm": run["algorithm"]}
            lines += [
                "",
                "[[sweep.cases]]",
                *(f"{json.dumps(key)} = {_toml(value)}" for key, value in case.items()),
            ]
        paths.insert(0, folder / BEST)
        paths[0].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def _fields(method: TunedMethod, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given for a method's runs by field, without its files and its seed, but always with its name."""
    held = {key: value for key, value in method.given(params).items() if key not in (*FILES, SEED)}
    return {"algorithm": method.point.description.algorithm.name, **flatten(held)}


def _top(run: Mapping[str, Any]) -> list[str]:
    """Return the lines of a TOML file for fields; a section's name beside its settings is its ``name``."""
    sections = {key.rpartition(".")[0] for key in run}
    return [f"{key}{'.name' * (key in sections)} = {_toml(value)}" for key, value in run.items()]


def _toml(value: Any) -> str:
    """Return a value as TOML, which writes numbers, texts and lists as JSON does."""
    return json.dumps(value, ensure_ascii=False)
