"""Every experiment file is a sweep whose runs are possible."""

from pathlib import Path

import pytest

from p2pbo.config.sweep import Sweep
from p2pbo.runner.sweep.points import check_points

FILES = sorted((Path(__file__).parents[2] / "runs").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_experiment_file_resolves_and_says_what_was_found(path):
    points = Sweep.from_file(path).points()
    check_points(points)
    assert all(point.description.resolve() == point.description for point in points)
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any(line.startswith("# The paper") for line in header) or path.stem.startswith("sweep-")
    assert any(line.startswith("# Here") for line in header)
