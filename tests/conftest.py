"""What all tests share: the MPI builds (see mpi.py)."""

import sys

import mpi
import pytest

BUILDS = mpi.builds()


def existing(build):
    if build is None:
        pytest.skip(
            f"no mpiexec beside {sys.executable} or on PATH; {mpi.CHOICE}=PYTHON[:PYTHON] names others"
        )
    return build


@pytest.fixture(scope="session", params=BUILDS or [None], ids=lambda build: build.name if build else "no-mpi")
def build(request):
    """Each MPI build in turn."""
    return existing(request.param)


@pytest.fixture(scope="session")
def first_build():
    """One MPI build, for what is slow and the same with each."""
    return existing(next(iter(BUILDS), None))
