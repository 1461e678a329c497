"""How many files of the package one has to open to follow one thing through the loop, measured by the calls of runs.

    python tools/count_route_files.py [--files] [--json FILE] [--tree FOLDER]

Runs of few and of more steps are profiled on three ranks of Open MPI. A call that comes once more with every step is
one of the loop, others are of the set-up. A property that calls nothing is read as an attribute and is no call. A file
is on a route where it has an end of a call that is:

    row         calls that come with every logged row, and not without
    step        all calls of a step and its logged row
    exact       from where a step enters `network` to all that it calls there, rows as they are; and what is called from
                the file in which it enters: the mixing, which gives rows and gets them back
    lossy       the same with a codec, on the difference channel
    loss        from where a step enters `problems` to all that it calls there, torch losses
    checkpoint  calls that come with every checkpoint; and of a resumed run what a new one has not, on the way into
                `network` and from the file in which that is entered: rows that go back to where they came from
    resume      all that a resumed run has and a new one has not: it looks for its files, checks and shortens them too
    death       calls that the living have only if a rank dies

Only `p2pbo.run` and the names of the rooms `network`, `problems`, `runner` and `cli` are used, so that two trees can be
compared: `--tree` is the folder in which another one has its `p2pbo/`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from trials.processes import SETTINGS

HERE = Path(__file__).parent
RANKS, DEAD = 3, 1
FEW, MORE = "6", "16"
ABOVE = ("runner/", "cli/")
"""Rooms that a step is called from."""

Call = tuple[str, str]
Counts = dict[str, dict[Call, int]]


def main(
    listed: Annotated[
        bool, typer.Option("--files", help="Also list the files, and what is called in each.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the files here.")] = None,
    tree: Annotated[Path | None, typer.Option(help="Where another p2pbo/ lies.")] = None,
    python: Annotated[Path, typer.Option(help="Its interpreter.")] = Path(sys.executable),
) -> None:
    """Print how many files each route has."""
    with tempfile.TemporaryDirectory() as folder:
        steps = launched("steps", Path(folder), python, tree)
        living = launched("no-deaths", Path(folder), python, tree)
        deaths = launched("deaths", Path(folder), python, tree)
    found = {name: files(calls) for name, calls in routes(steps).items()}
    found["death"] = files(set(union(deaths)["all"]) - set(union(living)["all"]))
    for name, paths in found.items():
        print(f"{name:12}{len(paths):3} files")
        for path, functions in paths.items():
            if listed:
                print(f"    {path}", *(f"        {function}" for function in functions), sep="\n")
    if output is not None:
        output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def launched(kind: str, folder: Path, python: Path, tree: Path | None) -> list[Counts]:
    """Run the rank program; the counts of each rank that has lived."""
    beside = python.absolute().with_name("mpiexec")
    mpiexec = str(beside) if beside.exists() else shutil.which("mpiexec") or "mpiexec"
    survive = [] if kind == "steps" else ["--with-ft", "ulfm"]
    program = [str(python.absolute()), "-m", "mpi4py", "-m", "routes.worker", kind, str(folder / kind)]
    path = {} if tree is None else {"PYTHONPATH": str(tree.absolute())}
    subprocess.run(
        [mpiexec, *survive, "-n", str(RANKS), *program],
        cwd=HERE,
        env={**os.environ, **SETTINGS, "PYTHONWARNINGS": "ignore", **path},
        check=True,
        timeout=600,
    )
    living = [rank for rank in range(RANKS) if kind != "deaths" or rank != DEAD]
    return [read(folder / f"{kind}.{rank}.json") for rank in living]


def read(path: Path) -> Counts:
    told = json.loads(path.read_text(encoding="utf-8"))
    return {name: {(caller, callee): n for caller, callee, n in calls} for name, calls in told.items()}


def routes(ranks: list[Counts]) -> dict[str, set[Call]]:
    """The calls on each route, of any rank."""
    found: dict[str, set[Call]] = defaultdict(set)
    for counts in ranks:
        exact, lossy, torch, rows, checkpoints = (
            growing(counts, name) for name in ("exact", "lossy", "torch", "rows", "checkpoints")
        )
        found["row"] |= more(rows, exact)
        found["step"] |= set(rows)
        found["exact"] |= through("network/", of_algorithms(exact), aside=True)
        found["lossy"] |= through("network/", of_algorithms(lossy), aside=True)
        found["loss"] |= through("problems/", of_algorithms(torch), aside=False)
        resumed = more(counts["resumed"], counts["anew"]) - set(lossy)
        found["checkpoint"] |= more(checkpoints, lossy) | through("network/", resumed, aside=True)
        found["resume"] |= resumed
    return found


def growing(counts: Counts, name: str) -> dict[Call, int]:
    """How much more often each call comes with more steps, for those that come with every step."""
    few, many = counts[f"{name} {FEW}"], counts[f"{name} {MORE}"]
    grown = {call: count - few.get(call, 0) for call, count in many.items()}
    return {call: count for call, count in grown.items() if count >= int(MORE) - int(FEW)}


def more(calls: dict[Call, int], than: dict[Call, int]) -> set[Call]:
    return {call for call, count in calls.items() if count > than.get(call, 0)}


def of_algorithms(calls: Iterable[Call]) -> set[Call]:
    """The calls of steps, without the runner's."""
    return {(caller, callee) for caller, callee in calls if not (caller + " ").startswith((*ABOVE, " "))}


def through(room: str, calls: set[Call], aside: bool) -> set[Call]:
    """The calls of a room, those on the way into it, and all below.

    ``aside`` takes along what else is called from the files in which the room is entered.
    """
    doors = {call for call in calls if call[1].startswith(room)}
    below, above = set(doors), set(doors)
    while grown := {call for call in calls - below if call[0] in {callee for _, callee in below}}:
        below |= grown
    while grown := {call for call in calls - above if call[1] in {caller for caller, _ in above}}:
        above |= grown
    entering = {file_of(caller) for caller, _ in doors if not caller.startswith(room)}
    return below | above | {call for call in calls if aside and file_of(call[0]) in entering}


def files(calls: Iterable[Call]) -> dict[str, list[str]]:
    """The files on a route by name, and the functions on it in each."""
    ends = {end for call in calls for end in call if end}
    by_line = sorted(ends, key=lambda end: (file_of(end), int(end.partition(":")[2].split()[0])))
    return {path: [end.split()[-1] for end in of] for path, of in groupby(by_line, file_of)}


def file_of(place: str) -> str:
    """The file of "FILE:LINE NAME"."""
    return place.partition(":")[0]


def union(ranks: list[Counts]) -> dict[str, dict[Call, int]]:
    return {name: {call: 1 for counts in ranks for call in counts[name]} for name in ranks[0]}


if __name__ == "__main__":
    typer.run(main)
