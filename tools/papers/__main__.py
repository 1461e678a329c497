"""The experiments of the papers (runs/*.toml), run and judged: figures and verdicts for docs/papers.md.

Complete traces in the output folder are not run again. Experiments whose data are not in the folder of --data are left
out, and the page says so. Usage: python tools/papers [NAME...] [--data FOLDER]
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from claims import Claim
from curves import Runs
from experiments import EXPERIMENTS, Experiment

from p2pbo.analysis import plot_curves
from p2pbo.trace import open_trace

ROOT = Path(__file__).parents[2]
PAPERS = {
    "gao2023": "Gao, Gu, Thai (2023), On the Convergence of Distributed Stochastic Bilevel Optimization "
    "Algorithms over a Network",
    "zhang2023": "Zhang, Thai, Wu, Gao (2023), On the Communication Complexity of Decentralized Bilevel Optimization",
    "li2024": "Li, Zhang, Zheng, Shi, Yuan, Cheng, Yu (2024), Distributed Bilevel Optimization with Dual Pruning for "
    "Resource-limited Clients",
    "he2024": "He, Hu, Huang, Lu, Wang, Yuan (2024), Distributed Bilevel Optimization with Communication Compression",
}


def header(stem: str) -> list[str]:
    """Return the lines of the comment at the beginning of an experiment's file."""
    lines = (ROOT / "runs" / f"{stem}.toml").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("#").strip() for line in lines if line.startswith("#")]


def run(experiment: Experiment, data: Path, out: Path) -> int:
    """Run the missing points of an experiment's sweep, and return the exit code of p2pbo sweep."""
    flags = [flag.format(data=data) for flag in experiment.flags]
    file = ROOT / "runs" / f"{experiment.stem}.toml"
    command = [sys.executable, "-m", "p2pbo", "sweep", str(file), *flags, "--threads", "1", "--out", str(out)]
    print(f"== {experiment.stem}", flush=True)
    return subprocess.run(command, check=False).returncode


def section(experiment: Experiment, out: Path, pictures: Path) -> Iterator[str]:
    """Yield the lines of an experiment's section of the page, and draw its plots."""
    title = header(experiment.stem)[0]
    yield f"### {title}\n"
    yield (
        f"[runs/{experiment.stem}.toml](../runs/{experiment.stem}.toml). {experiment.reduced}".rstrip() + "\n"
    )
    traces = [open_trace(path) for path in sorted(out.glob("*.h5"))]
    for version, before in sorted({(trace.version, other) for trace in traces for other in trace.outdated}):
        yield f"*Some traces are of p2pbo {version}, which {before}.*\n"
    for number, drawn in enumerate(experiment.plots):
        path = pictures / f"{experiment.stem}{f'-{number}' if number else ''}.png"
        plot_curves(traces, drawn.x, drawn.y, path, facet=drawn.facet)
        yield f"![{drawn.y} against {drawn.x}](papers/{path.name})\n"
    runs = Runs(traces)
    yield "| claim | found | verdict |\n|---|---|---|"
    for claim in experiment.claims:
        yield row(claim, runs)
    yield ""


def row(claim: Claim, runs: Runs) -> str:
    """Return the row of a claim in the table."""
    verdict = claim.judge(runs)
    return f"| {claim.says} | {verdict.found} | **{'agrees' if verdict.agrees else 'differs'}** |"


def page(done: Sequence[Experiment], missing: Sequence[Experiment], out: Path) -> str:
    """Return the text of docs/papers.md."""
    pictures = ROOT / "docs" / "papers"
    lines = [
        "# The papers' experiments",
        "",
        "Made by `make papers DATA=FOLDER` (tools/papers): every file of [runs/](../runs/) is a sweep, the figures "
        "and verdicts below are computed from its traces. Curves over several seeds are their mean with a band. Sizes "
        "that this page reduces are stated with each experiment.",
        "",
    ]
    for key, reference in PAPERS.items():
        lines += [f"## {reference}", ""]
        for experiment in (e for e in done if e.stem.startswith(key)):
            lines += section(experiment, out / experiment.stem, pictures)
    if missing:
        names = ", ".join(f"{experiment.stem} (needs {experiment.needs})" for experiment in missing)
        lines += ["## Not run", "", f"Their data were not at hand: {names}."]
    return "\n".join(lines).rstrip() + "\n"


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Experiments; default: all.")] = None,
    data: Annotated[Path, typer.Option(help="The folder of data sets that are not in the package.")] = Path(
        "data"
    ),
    out: Annotated[Path, typer.Option(help="Where the traces go.")] = Path("runs/out/papers"),
) -> None:
    """Run the experiments, judge the claims, and write the page."""
    unknown = sorted(set(names or ()) - {experiment.stem for experiment in EXPERIMENTS})
    if unknown:
        raise typer.BadParameter(f"no experiment is called {', '.join(unknown)}")
    asked = [experiment for experiment in EXPERIMENTS if not names or experiment.stem in names]
    here = [
        experiment for experiment in asked if experiment.needs is None or (data / experiment.needs).exists()
    ]
    failed = [experiment.stem for experiment in here if run(experiment, data, out / experiment.stem)]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")
    if names:  # a page needs all experiments
        for experiment in here:
            print("\n".join(section(experiment, out / experiment.stem, out)))
        return
    target = ROOT / "docs" / "papers.md"
    target.write_text(page(here, [e for e in EXPERIMENTS if e not in here], out), encoding="utf-8")
    print(f"wrote {target}")


if __name__ == "__main__":
    typer.run(main)
