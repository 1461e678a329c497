import sys

import mpi
import pytest

from p2pbo.runner import mpi_world


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
    assert mpi_world.launched_rank(environment) == rank


def test_without_a_launcher_there_is_no_world():
    assert mpi_world.world() is None
    assert "mpi4py" not in sys.modules


def test_mpich_under_open_mpi_is_refused_before_it_starts():
    """Its start would end the process."""
    found = {build.name: build for build in mpi.builds()}
    if not {"openmpi", "mpich"} <= found.keys():
        pytest.skip("needs an Open MPI and an MPICH build")
    mixed = mpi.Build("mixed", found["mpich"].python, found["openmpi"].mpiexec)
    finished = mixed.start(2, "-m", "p2pbo", "run", "--problem=quadratic")
    assert finished.code == 2
    (line,) = finished.own_lines
    assert line.startswith("p2pbo: the launcher's 2 ranks cannot be joined by MPICH")
