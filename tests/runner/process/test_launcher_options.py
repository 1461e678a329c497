"""What launchers are told: each in its own words, and after what the user has told them."""

import pytest

from p2pbo import InputError
from p2pbo.runner.process.hosts import Host
from p2pbo.runner.process.launcher_options import launcher_command, launcher_environment

HOSTS = (Host("a", 2), Host("b", 1))
MAPPING = "PRTE_MCA_rmaps_default_mapping_policy"


@pytest.fixture
def said(tmp_path):
    """The options of a launcher that calls itself this."""
    program = tmp_path / "mpiexec"
    program.touch(mode=0o755)

    def options(name, hosts=(), fault_tolerant=False, environment=None):
        program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{name}"\n')
        found, *options = launcher_command(program, hosts, fault_tolerant, environment or {})
        assert found == str(program)
        return options

    return options


def test_hosts_and_survival_in_each_launchers_words(said):
    exports = {"OMP_NUM_THREADS": "1", "HOME": "/"}
    assert said("mpiexec (Open MPI) 5.0") == []
    assert said("mpiexec (Open MPI) 5.0", fault_tolerant=True) == ["--with-ft", "ulfm"]
    assert said("mpiexec (Open MPI) 5.0", HOSTS, False, exports) == [
        "--host",
        "a:2,b:1",
        "-x",
        "OMP_NUM_THREADS",
    ]
    assert said("HYDRA build details:", HOSTS, True, exports) == ["-hosts", "a:2,b:1"]
    with pytest.raises(InputError, match="neither Open MPI's nor Hydra"):
        said("yet another", HOSTS)


def test_what_a_user_has_set_comes_first():
    assert launcher_environment({MAPPING: "node"})[MAPPING] == "node"
    assert launcher_environment({})[MAPPING] == "slot:oversubscribe"
