import sys

import pytest

from p2pbo import InputError
from p2pbo.runner import launcher


@pytest.mark.parametrize(
    ("environment", "rank"),
    [
        ({}, None),
        ({"PMIX_RANK": "3", "OMPI_COMM_WORLD_RANK": "3"}, 3),
        ({"PMI_RANK": "0"}, 0),
        ({"SLURM_PROCID": "2", "SLURM_STEP_ID": "0"}, 2),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, None),  # a batch script: no step has been started
    ],
)
def test_a_launcher_is_known_by_its_environment(environment, rank):
    assert launcher.launched_rank(environment) == rank


def test_without_a_launcher_there_is_no_world():
    assert launcher.world() is None
    assert "mpi4py" not in sys.modules


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with an interpreter, and another on PATH, without mpiexec."""
    for name in ("venv", "path"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def executable(path):
    path.touch(mode=0o755)
    return path


def test_the_mpiexec_beside_the_interpreter_comes_first(elsewhere):
    on_path = executable(elsewhere / "path" / "mpiexec")
    assert launcher.mpiexec() == on_path
    beside = executable(elsewhere / "venv" / "mpiexec")
    assert launcher.mpiexec() == beside


def test_no_mpiexec_is_an_input_error(elsewhere):
    with pytest.raises(InputError, match="mpiexec is not on PATH; pip install"):
        launcher.launch(2, ["run"])
