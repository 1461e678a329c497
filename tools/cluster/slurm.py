"""Slurm on a cluster: its configuration, and its daemons."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from cluster.namespaces import run_in
from cluster.requirements import program
from cluster.waiting import wait_until

USABLE = {"idle", "mixed", "allocated", "completing"}
"""States of nodes that answer; a star behind one would mean that the node does not."""

_CONFIG = """\
ClusterName=toy
SlurmctldHost=login({login})
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket={folder}/munge/munge.socket.2
CryptoType=crypto/munge
StateSaveLocation={folder}/spool/ctld
SlurmdSpoolDir={folder}/spool/d/%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=1
ReturnToService=2
MpiDefault=none
KillWait=10
MinJobAge=600
SlurmctldTimeout=30
SlurmdTimeout=20
InactiveLimit=0
JobRequeue=1
SwitchType=switch/none
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""


def slurm_conf(folder: Path, login: str, addresses: Mapping[str, str], cores: int) -> str:
    """Return the text of slurm.conf: Slurm's own defaults where users meet them, as ``MpiDefault=none``."""
    shape = f"CPUs={cores} Boards=1 SocketsPerBoard=1 CoresPerSocket={cores} ThreadsPerCore=1 RealMemory=4000"
    nodes = [f"NodeName={name} NodeAddr={address} {shape}" for name, address in addresses.items()]
    return _CONFIG.format(folder=folder, login=login, nodes="\n".join(nodes))


def write_slurm(folder: Path, login: str, addresses: Mapping[str, str], cores: int) -> None:
    """Write configuration, key and folders of Slurm and munge."""
    etc = folder / "etc" / "slurm"
    etc.mkdir(exist_ok=True)
    (etc / "slurm.conf").write_text(slurm_conf(folder, login, addresses, cores))
    (etc / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
    for name, owner in {"spool/ctld": "slurm", "spool/d": "root", "run": "slurm", "munge": "munge"}.items():
        (folder / name).mkdir(parents=True)
        shutil.chown(folder / name, owner)
    key = folder / "munge" / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    shutil.chown(key, "munge")


def start_controller(pid: int, folder: Path) -> None:
    """Start munge and the controller on the login host, whose init is ``pid``."""
    munge = folder / "munge"
    options = {
        "key-file": "munge.key",
        "socket": "munge.socket.2",
        "pid-file": "pid",
        "log-file": "log",
        "seed-file": "seed",
    }
    files = [f"--{option}={munge / name}" for option, name in options.items()]
    run_in(pid, ["setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", program("munged"), *files])
    run_in(pid, [program("slurmctld")])


def start_node(pid: int, name: str, folder: Path) -> None:
    """Start slurmd on the host ``name``, whose init is ``pid``, and forget what an earlier one has left."""
    shutil.rmtree(folder / "spool" / "d" / name, ignore_errors=True)
    run_in(pid, [program("slurmd"), "-N", name])


def wait_until_usable(pid: int, name: str, folder: Path) -> None:
    """Return when Slurm can start jobs on the host ``name``; ``pid`` is the init of the login host."""
    asked = ["sinfo", "-h", "-n", name, "-o", "%T"]
    wait_until(lambda: run_in(pid, asked).strip() in USABLE, f"Slurm's node {name}", folder / "log")
