"""Every experiment file is a description that can run."""

from pathlib import Path

import pytest

from p2pbo.config import Description, from_file

FILES = sorted((Path(__file__).parents[2] / "runs").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_experiment_file_resolves_and_says_what_was_found(path):
    run = Description.parse(from_file(path)).resolve()
    assert run.resolve() == run
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any(line.startswith("# The paper") for line in header)
    assert any(line.startswith("# Here") for line in header)
