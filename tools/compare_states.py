"""Digests of what many small runs of p2pbo give, and whether those of two versions are the same, bit for bit.

    python tools/compare_states.py write OLD.json --python /path/to/old/.venv/bin/python
    PYTHONPATH=/path/to/old python tools/compare_states.py write OLD.json       the same with this interpreter
    python tools/compare_states.py write NEW.json
    python tools/compare_states.py compare OLD.json NEW.json

About 1,000 runs in one process: every algorithm on the quadratic and on a9a, without codec and with codecs on every
channel, with lost and late messages, schedules, both dtypes, masks, tracking; every composition; the other problems.
And 350 on three ranks. Of each the digests (SHA-256, 16 digits) of the final x, y and z and of every logged figure but
times, bytes sent among them; of a run that is refused, or says something, the text. Only the command line, `p2pbo.run`
and the trace's schema are used, so that this file compares any two trees. `compare` exits with 1 where anything differs
or is gone; what only the new one has is counted and is no difference. One process and three ranks agree to rounding,
and are not held against each other. `--only TEXT` runs those whose name contains it, `--ranks 1` spares the MPI ones.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from states import drawings

HERE = Path(__file__).parent
WORKER = ("-m", "states.worker")
ENVIRONMENT = {
    "COLUMNS": "200",
    "OMP_NUM_THREADS": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}
SHOWN = 40
"""How many runs that differ are listed."""

Runs = dict[str, dict[str, str]]
app = typer.Typer(add_completion=False)


@app.command()
def write(
    out: Annotated[Path, typer.Argument(help="Where the digests go.")],
    python: Annotated[Path, typer.Option(help="Interpreter of the tree to run.")] = Path(sys.executable),
    only: Annotated[str, typer.Option(help="Runs whose name contains this.")] = "",
    ranks: Annotated[str, typer.Option(help="Numbers of ranks.")] = "1,3",
) -> None:
    """Run everything and write the digests."""
    with tempfile.TemporaryDirectory() as name:
        folder, environment = Path(name), {**os.environ, **ENVIRONMENT}
        asked = folder / "asked.json"
        asked.write_text(json.dumps([algorithms(python), only]), encoding="utf-8")
        drawings.write(folder / "omniglot")
        jobs = {}
        for count in map(int, ranks.split(",")):
            paths = [str(asked), str(folder / "omniglot"), str(folder / f"{count}.json")]
            command = [*launcher(python.absolute(), count), *WORKER, *paths]
            jobs[count] = subprocess.Popen(command, env=environment, cwd=HERE)
        failed = [count for count, job in jobs.items() if job.wait() != 0]
        if failed:
            typer.echo(f"the runs on {' and '.join(map(str, failed))} ranks have failed", err=True)
            raise typer.Exit(2)
        found = {
            f"{count} {run}": digests
            for count in jobs
            for run, digests in json.loads((folder / f"{count}.json").read_text("utf-8")).items()
        }
    out.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    refused = sum("refused" in digests for digests in found.values())
    typer.echo(f"{len(found)} runs, {refused} of them refused by name: {out}")


@app.command()
def compare(old: Path, new: Path) -> None:
    """Say which runs differ, and in what."""
    before, after = (json.loads(path.read_text("utf-8")) for path in (old, new))
    differing = differences(before, after)
    for run, names in list(differing.items())[:SHOWN]:
        typer.echo(f"{run}: {', '.join(names)}")
    if len(differing) > SHOWN:
        typer.echo(f"… and {len(differing) - SHOWN} more runs")
    added = len(after.keys() - before.keys())
    typer.echo(f"{len(before) - len(differing)} of {len(before)} runs are equal; {added} are new")
    raise typer.Exit(bool(differing))


def differences(before: Runs, after: Runs) -> dict[str, list[str]]:
    """Of the runs of which not all is as before, the names of what is not."""
    found = {run: changed(digests, after.get(run)) for run, digests in before.items()}
    return {run: names for run, names in found.items() if names}


def changed(before: dict[str, str], after: dict[str, str] | None) -> list[str]:
    if after is None:
        return ["gone"]
    said = [name for name in after if name not in before and not re.fullmatch(r"[0-9a-f]{16}", after[name])]
    return [name for name, digest in before.items() if after.get(name) != digest] + said


def algorithms(python: Path) -> list[str]:
    """The registry's algorithms, as the command line lists them."""
    listed = subprocess.run(
        [python.absolute(), "-m", "p2pbo", "list", "algorithms"],
        env={**os.environ, **ENVIRONMENT},
        cwd=HERE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return re.findall(r"^│ ([a-z0-9-]+) +│", listed, re.MULTILINE)


def launcher(python: Path, ranks: int) -> list[str]:
    """What a rank program is started with."""
    if ranks == 1:
        return [str(python)]
    beside = python.parent / "mpiexec"
    mpiexec = str(beside) if beside.exists() else shutil.which("mpiexec") or "mpiexec"
    return [mpiexec, "-n", str(ranks), str(python), "-m", "mpi4py"]


if __name__ == "__main__":
    app()
