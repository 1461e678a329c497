"""What launchers are told: each in its own words, and after what the user has told them."""

import pytest

from p2pbo import InputError
from p2pbo.runner.process.hosts import Host
from p2pbo.runner.process.launcher_options import launcher_command, launcher_environment, starts_over_ssh
from p2pbo.runner.process.ssh import SSH_OPTIONS

HOSTS = (Host("a", 2), Host("b", 1))
MAPPING, SSH_ARGUMENTS = "PRTE_MCA_rmaps_default_mapping_policy", "PRTE_MCA_plm_ssh_args"


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
    own = {MAPPING: "node", SSH_ARGUMENTS: "-p 2222 -oServerAliveInterval=60"}
    told = launcher_environment(own)
    assert told[MAPPING] == "node"
    assert told[SSH_ARGUMENTS].split() == ["-p", "2222", "-oServerAliveInterval=60", *SSH_OPTIONS]
    assert told["HYDRA_LAUNCHER_EXTRA_ARGS"].split() == [*SSH_OPTIONS]
    assert launcher_environment({})[MAPPING] == "slot:oversubscribe"


@pytest.mark.parametrize(
    ("environment", "over_ssh"),
    [
        ({}, True),
        ({"SLURM_JOB_ID": "7"}, False),
        ({"SLURM_JOB_ID": "7", "HYDRA_LAUNCHER": "ssh"}, True),
        ({"PRTE_MCA_plm_ssh_agent": "/usr/bin/ssh -q"}, True),
        ({"PRTE_MCA_plm_ssh_agent": "kubexec.sh"}, False),
        ({"HYDRA_BOOTSTRAP": "rsh"}, False),
        ({"HYDRA_BOOTSTRAP": ""}, True),
    ],
)
def test_only_ssh_is_told_what_ssh_understands(environment, over_ssh):
    """Slurm's srun would take -o for a file."""
    assert starts_over_ssh(environment) is over_ssh
    told = launcher_environment(environment)
    assert ("HYDRA_LAUNCHER_EXTRA_ARGS" in told, SSH_ARGUMENTS in told) == (over_ssh, over_ssh)
