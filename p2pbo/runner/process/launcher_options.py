"""What launchers are told: hosts, survival and ssh's patience, each in its own words for Open MPI and Hydra."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.runner.process.hosts import Host
from p2pbo.runner.process.ssh import ALIVE_PROBES, ALIVE_SECONDS, SSH_OPTIONS

TERMINAL = "P2PBO_TERMINAL"
"""The environment variable that is set for ranks whose launcher's output goes to a terminal."""

_OPEN_MPI = {
    "PRTE_MCA_rmaps_default_mapping_policy": "slot:oversubscribe",  # without "slot" all ranks are the first host's
    "PRTE_MCA_oob_tcp_keepalive_time": f"{ALIVE_SECONDS}",
    "PRTE_MCA_oob_tcp_keepalive_intvl": f"{ALIVE_SECONDS}",
    "PRTE_MCA_oob_tcp_keepalive_probes": f"{ALIVE_PROBES}",
}
_SSH_ARGUMENTS = ("PRTE_MCA_plm_ssh_args", "HYDRA_LAUNCHER_EXTRA_ARGS")
_AGENTS = (
    *("PRTE_MCA_plm_ssh_agent", "HYDRA_LAUNCHER_EXEC", "HYDRA_BOOTSTRAP_EXEC"),
    *("HYDRA_LAUNCHER", "HYDRA_BOOTSTRAP"),
)
_BATCH_SYSTEMS = ("SLURM_JOB_ID", "LSB_JOBID", "PE_HOSTFILE")
"""Variables of Slurm, LSF and Grid Engine, within which launchers take the batch system's own way to hosts."""


def starts_over_ssh(environment: Mapping[str, str]) -> bool:
    """Tell whether launchers reach hosts with ssh: where they are not told another way, and no batch system has one."""
    chosen = [environment[name] for name in _AGENTS if environment.get(name)]
    if chosen:
        return all(Path(agent.split()[0]).name == "ssh" for agent in chosen)
    return not any(name in environment for name in _BATCH_SYSTEMS)


def launcher_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return ``environment`` with what launchers and ranks read there; what a user has set in it comes first."""
    told = {**_OPEN_MPI, **environment}
    if starts_over_ssh(environment):
        for name in _SSH_ARGUMENTS:  # of two values of an option ssh takes the first
            told[name] = " ".join([*environment.get(name, "").split(), *SSH_OPTIONS])
    if sys.stdout.isatty():
        told |= {TERMINAL: "1", "COLUMNS": str(shutil.get_terminal_size().columns)}
    if os.geteuid() == 0:
        told |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return told


def launcher_command(
    program: Path, hosts: Sequence[Host], fault_tolerant: bool, environment: Mapping[str, str]
) -> list[str]:
    """Return the launcher and its options.

    Args:
        hosts: where ranks run; none: on this machine, or where its batch system says.
        fault_tolerant: ranks go on without those that fail.
        environment: of the launcher, of which ranks on other hosts need some.

    Raises:
        InputError: it is not known how to tell it the hosts.
    """
    if not hosts and not fault_tolerant:
        return [f"{program}"]
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    places = ",".join(map(str, hosts))
    if "Open MPI" in said or "OpenRTE" in said:
        on_hosts = ["--host", places, *_exports(environment)] if hosts else []
        return [f"{program}", *["--with-ft", "ulfm"] * fault_tolerant, *on_hosts]
    if hosts and not ("HYDRA" in said or "Intel" in said):
        raise InputError(
            f"{program}", "is neither Open MPI's nor Hydra", "start the hosts' ranks with it yourself"
        )
    return [f"{program}", *["-hosts", places] * bool(hosts)]


def _exports(environment: Mapping[str, str]) -> list[str]:
    """Return Open MPI's options for variables that ranks on other hosts need; Hydra passes all of them on."""
    names = {TERMINAL, "COLUMNS", "OMP_NUM_THREADS", "P2PBO_DATA", "PYTHONPATH"}
    return [part for name in sorted(names & environment.keys()) for part in ("-x", name)]
