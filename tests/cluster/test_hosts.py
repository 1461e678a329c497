"""Hosts are apart from each other, and come and go as hosts do."""

import signal
import subprocess

import pytest
from background import background

pytestmark = pytest.mark.cluster

PASSES = ["timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/n2/22 && read -u 3 line"]
"""Ends with 0 if n2's sshd says something within two seconds."""

WAITS = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done"


def test_each_host_has_its_own_name_files_and_processes(cluster):
    cluster.run("n1", ["touch", "/tmp/mark", "/dev/shm/mark", cluster.home / "mark"], timeout=60)
    with background(cluster, "n1", "sleep", "600"):
        asked = cluster.run("n2", ["sh", "-c", "hostname; ls /tmp /dev/shm ~; ps -e"], timeout=60)
    assert asked.stdout.startswith("n2\n")
    assert asked.stdout.count("mark") == 1, "the home alone is shared"
    assert "sleep 600" not in asked.stdout


def test_the_user_passes_from_host_to_host_unasked(cluster):
    for host in ("login", *cluster.names):
        passed = cluster.run("n1", ["ssh", host, "hostname; id -un"], timeout=60)
        assert (passed.stdout.split(), passed.stderr) == ([host, "user"], "")


def test_a_started_process_takes_signals_and_has_its_exit_code(cluster):
    with background(cluster, "n1", "sh", "-c", WAITS) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 7
    with pytest.raises(subprocess.TimeoutExpired):
        cluster.run("n1", ["sleep", "600"], timeout=0.5)


def test_a_killed_host_is_gone_at_once_and_boots_again(cluster):
    with background(cluster, "n2", "sleep", "600") as sleeping:
        cluster.kill("n2")
        assert sleeping.wait(60) == -signal.SIGKILL
    assert cluster.run("n1", PASSES, timeout=60).returncode != 0
    cluster.boot("n2")
    assert cluster.run("n1", ["ssh", "n2", "hostname"], timeout=60).stdout == "n2\n"


def test_nothing_passes_a_pulled_cable(cluster):
    cluster.unplug("n2")
    assert cluster.run("n1", PASSES, timeout=60).returncode != 0
    cluster.plug("n2")
    assert cluster.run("n1", PASSES, timeout=60).returncode == 0


def test_slurm_starts_tasks_on_all_hosts(cluster):
    job = cluster.run("login", ["srun", "-N", "4", "hostname"], timeout=60)
    assert (sorted(job.stdout.split()), job.stderr) == (["n1", "n2", "n3", "n4"], "")
