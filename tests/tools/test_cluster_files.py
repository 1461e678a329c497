"""What a cluster writes and asks for before any host is up: /etc, slurm.conf, the scripts of hosts, packages."""

import subprocess
from pathlib import Path

import pytest
from cluster import mounts, requirements
from cluster.etc import hosts_text, with_user
from cluster.slurm import slurm_conf

from p2pbo.errors import InputError


def test_the_user_takes_the_place_of_others_of_the_name_or_the_number():
    passwd = "root:x:0:0::/root:/bin/sh\nann:x:2000:2000::/home/ann:/bin/sh\nuser:x:7:7::/:/bin/sh\n"
    assert with_user(passwd, "user:x:2000:2000::/here:/bin/bash") == (
        "root:x:0:0::/root:/bin/sh\nuser:x:2000:2000::/here:/bin/bash\n"
    )
    shadow = "root:*:19000:0:99999:7:::\nuser:!:1::::::\n"
    assert with_user(shadow, "user:*:19000:0:99999:7:::") == (
        "root:*:19000:0:99999:7:::\nuser:*:19000:0:99999:7:::\n"
    )


def test_all_hosts_have_addresses():
    assert hosts_text({"n1": "10.77.0.1", "login": "10.77.0.254"}) == (
        "127.0.0.1 localhost\n10.77.0.1 n1\n10.77.0.254 login\n"
    )


def test_slurm_has_a_node_for_each_host_and_its_own_defaults():
    lines = slurm_conf(
        Path("/c"), "10.77.0.254", {"n1": "10.77.0.1", "n2": "10.77.0.2"}, cores=8
    ).splitlines()
    assert [line.split()[:3] for line in lines if line.startswith("NodeName")] == [
        ["NodeName=n1", "NodeAddr=10.77.0.1", "CPUs=8"],
        ["NodeName=n2", "NodeAddr=10.77.0.2", "CPUs=8"],
    ]
    assert {"SlurmctldHost=login(10.77.0.254)", "MpiDefault=none", "StateSaveLocation=/c/spool/ctld"} <= {
        *lines
    }
    assert not any("{" in line for line in lines)


@pytest.mark.parametrize("script", [mounts.login_script, lambda folder: mounts.host_script("n1", folder)])
def test_the_scripts_of_hosts_can_be_read_by_a_shell(script, tmp_path):
    text = script(tmp_path / "a folder")
    assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0
    assert f"'{tmp_path}/a folder'" in text


def test_folders_that_only_their_owner_enters_are_found_at_the_top(tmp_path, monkeypatch):
    monkeypatch.setattr(mounts, "TMP", Path("/elsewhere"))
    tmp_path.chmod(0o755)
    shut = tmp_path / "shut"
    below, beside = shut / "checkout" / "shut too", tmp_path / "open"
    for path in (below, beside):
        path.mkdir(parents=True)
    for path in (shut, below):
        path.chmod(0o700)
    above = [parent for parent in reversed(tmp_path.parents) if not parent.stat().st_mode & 1][:1]
    assert mounts.closed([below, beside]) == ({above[0]: [below, beside]} if above else {shut: [below]})


def test_packages_are_named_with_the_line_that_installs_them(monkeypatch):
    monkeypatch.setattr(requirements.os, "geteuid", lambda: 0)
    monkeypatch.setattr(requirements, "_try", lambda *_: None)
    monkeypatch.setattr(requirements, "missing_packages", lambda slurm: ["iproute2", *["slurmd"] * slurm])
    with pytest.raises(
        InputError, match="needs iproute2 slurmd; apt-get install -y --no-install-recommends iproute2"
    ):
        requirements.check(slurm=True, links=False)


def test_programs_that_are_not_there_are_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(requirements, "PATH", f"{tmp_path}")
    assert requirements.missing_packages(slurm=False) == [*requirements.PACKAGES]
    assert {*requirements.SLURM_PACKAGES} < {*requirements.missing_packages(slurm=True)}


def test_what_the_kernel_refuses_is_told(monkeypatch):
    monkeypatch.setattr(requirements.os, "geteuid", lambda: 0)
    monkeypatch.setattr(requirements, "missing_packages", lambda slurm: [])
    refused = subprocess.CompletedProcess([], 1, "", "unshare: unshare failed: Operation not permitted\n")
    monkeypatch.setattr(requirements.subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(
        InputError, match="a namespace cannot be made: unshare: unshare failed: Operation not permi"
    ):
        requirements.check(slurm=False, links=True)


def test_who_is_not_root_is_told_first(monkeypatch):
    monkeypatch.setattr(requirements.os, "geteuid", lambda: 1000)
    with pytest.raises(InputError, match="a cluster needs root; "):
        requirements.check(slurm=True, links=True)
