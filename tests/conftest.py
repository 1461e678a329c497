"""What all tests share: the MPI builds (see mpi.py)."""

import signal
import sys
from zlib import crc32

import mpi
import pytest
from hypothesis import HealthCheck, settings

BUILDS = mpi.builds()

# how long an example takes is told by what else the machine does
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


class Elsewhere:
    """Finds no module that would change what other tests in this process do: JAX warns at each fork, MPI is started."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("jax", "mpi4py.MPI"):
            raise ImportError(f"{name} is for programs that tests start, not for their own process")


def pytest_configure():
    """Let processes that tests start heed signals that the shell which started the tests has ignored.

    What is ignored stays so in every process further down; what is handled, even by doing nothing, does not.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    sys.meta_path.insert(0, Elsewhere)


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


@pytest.fixture
def either_build(request):
    """One MPI build, not the same for all tests: for numbers and lines that are the same with each."""
    builds = BUILDS or [None]
    return existing(builds[crc32(request.node.name.encode()) % len(builds)])


@pytest.fixture(scope="session")
def first_build():
    """One MPI build, for what is slow and the same with each."""
    return existing(next(iter(BUILDS), None))
