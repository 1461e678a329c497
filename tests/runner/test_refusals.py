"""What cannot run is refused before it starts: one line, exit code 2, no file, on any number of ranks."""

import json
from pathlib import Path

import mpi
import numpy as np
import pytest
import refusals
from command import said_to

import p2pbo

PROGRAM = Path(refusals.__file__)


@pytest.fixture
def folder(tmp_path):
    refusals.write_files(tmp_path)
    return tmp_path


def check_folder(folder):
    assert {path.name: path.read_text() for path in folder.iterdir()} == refusals.FILES


@pytest.mark.parametrize("case", refusals.CASES)
def test_a_process_alone_refuses_it_on_one_line(case, folder):
    said = said_to(*refusals.arguments(case, folder=folder))
    assert (said.code, said.out) == (2, "")
    (line,) = said.err.splitlines()
    assert line.startswith("p2pbo: ")
    assert refusals.CASES[case][1] in line
    check_folder(folder)


def test_ranks_refuse_it_alike_and_on_one_line(either_build, folder, tmp_path_factory):
    answers = tmp_path_factory.mktemp("answers") / "answers.json"
    either_build.program(3, PROGRAM, folder, answers)
    check_folder(folder)
    answered = json.loads(answers.read_text())
    expected = refusals.ALL
    assert answered.keys() == expected.keys()
    for case, answer in answered.items():
        codes, outs, errs = zip(*answer, strict=True)
        assert set(codes) == {2}, case
        assert set(outs) == {""}, case
        (line,) = [line for err in errs for line in err.splitlines()]
        assert line.startswith("p2pbo: ")
        assert expected[case][1] in line


@pytest.mark.parametrize("arguments", [["--algorithm=mdboo"], ["--epochs=3"], ["{folder}/bad.toml"]])
def test_the_launcher_returns_the_exit_code(either_build, arguments, folder):
    run = [argument.format(folder=folder) for argument in arguments]
    finished = either_build.start(2, "-m", "p2pbo", "run", *run)
    assert finished.code == 2
    assert len(finished.own_lines) == 1, finished.err
    assert "Traceback" not in finished.err


LATE = """
import sys, time
from p2pbo.cli import main
from p2pbo.runner.mpi_world import launched_rank
time.sleep(0 if launched_rank() else 1.5)
sys.argv = ["p2pbo", "run", "--epochs=3"]
main()
"""


def test_what_is_refused_is_said_where_rank_0_is_late(build):
    finished = build.start(2, "-c", LATE)
    assert finished.code == 2
    assert len(finished.own_lines) == 1, finished.err


def test_a_launcher_of_another_mpi_is_refused(folder):
    """Each rank would take itself for the whole world."""
    found = {build.name: build for build in mpi.builds()}
    if not {"openmpi", "mpich"} <= found.keys():
        pytest.skip("needs an Open MPI and an MPICH build")
    mixed = mpi.Build("mixed", found["openmpi"].python, found["mpich"].mpiexec)
    run = ["-m", "p2pbo", "run", "--problem=quadratic", "--out", folder / "new.h5"]
    finished = mixed.start(4, "-W", "default", *run)  # mpi4py warns of it too
    assert finished.code == 2
    (line,) = finished.own_lines
    assert line.startswith("p2pbo: the launcher's 4 ranks cannot be joined by Open MPI")
    check_folder(folder)


def test_a_disconnected_matrix_is_refused():
    with pytest.raises(p2pbo.InputError, match="falls into 4 components"):
        p2pbo.run(problem="quadratic", topology=np.eye(4), steps=1)
