"""Hosts that a test can take away: an ``ssh`` of its own reaches them."""

import pytest

SSH = """\
#!/bin/sh
# options, host, command; what a host does lies in a file of its name, and without one it is silent
while [ $# -gt 2 ]; do shift; done
if [ -e {hosts}/$1 ]; then . {hosts}/$1; else echo "ssh: connect to host $1 port 22: No route to host" >&2; exit 255; fi
[ "$2" = true ] && exit
echo
while [ -e {hosts}/$1 ]; do sleep 0.02; done
exit 255
"""


class Network:
    """Hosts that are up, each with a file, and those that do something else instead of answering."""

    def __init__(self, folder):
        self._folder = folder

    def file(self, name):
        return self._folder / name

    def up(self, name, instead=""):
        self.file(name).write_text(instead)

    def down(self, name):
        self.file(name).unlink()


@pytest.fixture
def network(monkeypatch, tmp_path):
    """A network that this process's ``ssh`` reaches, without hosts."""
    hosts, programs = tmp_path / "hosts", tmp_path / "programs"
    hosts.mkdir()
    programs.mkdir()
    ssh = programs / "ssh"
    ssh.write_text(SSH.format(hosts=hosts))
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    for name in ("SLURM_JOB_ID", "LSB_JOBID", "PE_HOSTFILE", "HYDRA_LAUNCHER", "HYDRA_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)
    return Network(hosts)
