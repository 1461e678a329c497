"""Traces and checkpoints of this version, for the tests of later ones: tests/fixtures/VERSION/.

Each run is small and ends before step 6: at step 3 by itself, asked to stop, or killed; together their checkpoints hold
whatever a checkpoint may. `runs.tar.xz` has the files, `finals.json` where this version comes when it goes on with each
to the end, and a canary of the machine's arithmetic, for bits are the same only where that is. Run it once, before the
next version: python tools/write_fixtures.py [--out FOLDER]; it needs an MPI for the runs of three ranks.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Annotated, Any
from unittest import mock

import h5py
import numpy as np
import torch
import typer
from trials.processes import SETTINGS

from p2pbo.cli import main as p2pbo
from p2pbo.version import VERSION

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
STOP, STEPS = 3, 6
STOPPED = 75
COMMON = "run --seed 7 --log-every 3 --threads 1 --quiet --topology line --set algorithm.batch=2"
QUADRATIC = "--problem quadratic --set problem.dim_x=3 --set problem.dim_y=2 --set problem.samples=6"
SMALL, FOUR = f"--nodes 3 {QUADRATIC}", f"--nodes 4 {QUADRATIC}"
NETWORK = (
    "--nodes 3 --problem hyper-representation --set problem.hidden=2 --data synthetic --set data.samples=60 "
    "--set data.features=3"
)
LINKS = "--set topology.bandwidth=1000 --set topology.latency=2"

RUNS = {
    "mdbo-exact": f"{SMALL} --algorithm mdbo",
    "vrdbo-topk": f"{SMALL} --algorithm vrdbo --codec topk:0.5",
    "cd-bsvrgd-masked": f"{SMALL} --algorithm cd-bsvrgd --codec randk:0.5",
    "cd-bsvrgd-late-masked": f"{FOUR} --algorithm cd-bsvrgd --codec randk:0.5 --link-delay 2",
    "d-soba-qsgd": f"{SMALL} --algorithm d-soba --codec qsgd:4 --consensus-step 0.4 --dtype float32",
    "gdsbo-late": f"{FOUR} --algorithm gdsbo --link-delay 2 {LINKS}",
    "dsbo-drops": f"{SMALL} --algorithm dsbo --link-drop 0.3 --link-schedule matching",
    "nc-soba-node-scope": f"{SMALL} --algorithm nc-soba --codec randk:0.5 --codec-scope node",
    "sparkle-gt-late-sign": f"{FOUR} --algorithm sparkle-gt --codec sign --link-delay 1",
    "sparkle-ed-exact": f"{SMALL} --algorithm sparkle-ed",
    "sparkle-extra-exact": f"{SMALL} --algorithm sparkle-extra",
    "c-soba-topk": f"{SMALL} --algorithm c-soba --codec topk:0.5 --tracking on",
    "c-soba-late": f"{FOUR} --algorithm c-soba --link-delay 2",
    "cm-soba-qsgd": f"{SMALL} --algorithm cm-soba --codec qsgd:4 --link-drop 0.2",
    "cm-soba-msc": f"{SMALL} --algorithm cm-soba-msc --codec randk:0.5",
    "ef-soba-exact": f"{SMALL} --algorithm ef-soba",
    "ef-soba-topk": f"{SMALL} --algorithm ef-soba --codec topk:0.5",
    "ef-soba-late": f"{FOUR} --algorithm ef-soba --codec randk:0.5 --link-delay 2 --set algorithm.delta_upper=0.5",
    "ef-soba-msc": f"{SMALL} --algorithm ef-soba-msc --codec natural --tracking off",
    "mixed": f"{SMALL} --algorithm mdbo --hypergradient tracked --codec z=topk:0.5 --set algorithm.estimator.x=storm "
    "--set algorithm.mixing.y=ed --set algorithm.mixing.z=error-feedback",
    "ma-dsbo-topk": f"{SMALL} --algorithm ma-dsbo --codec topk:0.5 --set algorithm.inner_steps=2",
    "fednest": f"{SMALL} --algorithm fednest --codec qsgd:4",
    "fedmbo-sampled": f"{SMALL} --algorithm fedmbo --set algorithm.hessian=sampled",
    "fedavg-late": f"{SMALL} --algorithm fedavg --link-delay 1",
    "rabo-exact": f"{SMALL} --algorithm rabo --capacity 1,1/2",
    "rabo-torch": f"{NETWORK} --algorithm rabo --capacity 1,1/2 --set algorithm.lipschitz=4",
    "rabo-topk": f"{SMALL} --algorithm rabo --capacity 1,1/2 --codec topk:0.5",
    "rafbo-late": f"{SMALL} --algorithm rafbo --capacity 1,1/2 --coordinates 2 --link-delay 1",
    "oap-randk": f"{SMALL} --algorithm oap --capacity 1,1/2 --codec randk:0.5",
}
"""Runs of STOP steps that have come to their end."""

OVER_RANKS = {
    "ranks-mdbo-exact": f"{FOUR} --algorithm mdbo",
    "ranks-ef-soba-topk": f"{FOUR} --algorithm ef-soba --codec topk:0.5",
    "ranks-gdsbo-late-qsgd": f"{FOUR} --algorithm gdsbo --codec qsgd:4 --link-delay 1 --link-drop 0.2",
}
"""The same on three ranks."""

CUT_SHORT = {
    "killed-mdbo-topk": f"{SMALL} --algorithm mdbo --codec topk:0.5 --log-every 1 --checkpoint-every 2",
    "stopped-ef-soba": f"{SMALL} --algorithm ef-soba --codec topk:0.5 --checkpoint-every 2",
}
"""Runs of STEPS steps that are killed or stopped while they write their second checkpoint."""


def main(
    out: Annotated[Path | None, typer.Option(help="Folder; default: tests/fixtures/VERSION.")] = None,
) -> None:
    """Write the files of this version, once."""
    out = out or FIXTURES / VERSION
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for run, flags in RUNS.items():
            called(*begun(flags), "--out", f"{folder / run}.h5")
        for run, flags in OVER_RANKS.items():
            over_ranks(*begun(flags), "--out", f"{folder / run}.h5")
        for run, flags in CUT_SHORT.items():
            cut_short(run.partition("-")[0], [*COMMON.split(), *flags.split()], folder / f"{run}.h5")
        archive(folder, out / "runs.tar.xz")
        runs = sorted({**RUNS, **OVER_RANKS, **CUT_SHORT})
        finals = {run: final(folder / f"{run}.ckpt") for run in runs}
    told = {"arithmetic": arithmetic(), "finals": finals}
    (out / "finals.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    typer.echo(f"{len(finals)} runs: {out}")


def begun(flags: str) -> list[str]:
    return [*COMMON.split(), *flags.split(), "--steps", f"{STOP}", "--checkpoint-every", f"{STOP}"]


def called(*arguments: str) -> int:
    """`p2pbo ARGUMENTS` in this process; returns its exit code, which is 0 or that of a stopped run."""
    with mock.patch.object(sys, "argv", ["p2pbo", *arguments]):
        try:
            p2pbo()
        except SystemExit as end:
            code = int(end.code or 0)
    if code not in (0, STOPPED):
        raise RuntimeError(f"exit code {code}: p2pbo {' '.join(arguments)}")
    return code


def over_ranks(*arguments: str) -> None:
    mpiexec = Path(sys.executable).with_name("mpiexec")
    command = [str(mpiexec), "-n", "3", sys.executable, "-m", "p2pbo", *arguments]
    subprocess.run(command, env={**os.environ, **SETTINGS}, check=True)


def cut_short(how: str, arguments: list[str], out: Path) -> None:
    """A run in a process of its own that gets a signal when its second checkpoint is to take the first one's place."""
    number = {"killed": signal.SIGKILL, "stopped": signal.SIGUSR1}[how]
    really, before = Path.rename, out.with_suffix(".previous.ckpt")

    def rename(path: Path, target: Path) -> Path:
        if target == before and path.exists():
            os.kill(os.getpid(), number)
        return really(path, target)

    pid = os.fork()
    if pid == 0:
        with mock.patch.object(Path, "rename", rename):
            os._exit(called(*arguments, "--steps", f"{STEPS}", "--out", f"{out}"))
    os.waitpid(pid, 0)


def archive(folder: Path, out: Path) -> None:
    """All files, without their owners and times."""
    with tarfile.open(out, "w:xz", preset=9) as packed:
        for path in sorted(folder.iterdir()):
            told = tarfile.TarInfo(path.name)
            told.size = path.stat().st_size
            with path.open("rb") as file:
                packed.addfile(told, file)


def final(checkpoint: Path) -> dict[str, Any]:
    """Where the run comes to that goes on from a checkpoint to its last step."""
    called("run", f"{checkpoint}", "--steps", f"{STEPS}", "--quiet")
    with h5py.File(checkpoint.with_suffix(".h5"), "r") as file:
        counts = {name: file[name][-1].tolist() for name in ("bytes_sent", "messages_sent")}
        points = {name: file[name][()].tolist() for name in ("final_x", "final_y", "final_z") if name in file}
    return {**points, **counts}


def arithmetic() -> str:
    """Figures that differ between machines whose sums and products are rounded otherwise."""
    draw = np.random.default_rng(0)
    A, B = draw.standard_normal((2, 33, 33))
    found = [A @ B, (A @ B[0]), np.einsum("ij,ij->i", A, B), np.exp(A).sum(0), np.linalg.solve(A, B)]
    found += [(torch.from_numpy(A) @ torch.from_numpy(B)).numpy()]
    return " ".join(float(part.sum()).hex() for part in found)


if __name__ == "__main__":
    typer.run(main)
