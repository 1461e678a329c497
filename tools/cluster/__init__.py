"""A cluster on one machine: hosts that are namespaces, with sshd and, if wanted, Slurm. Needs root and Linux.

    with Cluster(3, slurm=True) as cluster:
        cluster.run("login", ["srun", "-N", "3", "hostname"], timeout=60)

From a shell, `python tools/cluster up` holds one until Ctrl-C, and the other commands use it from another shell.
"""

from cluster.cluster import Cluster
from cluster.links import Links

__all__ = ["Cluster", "Links"]
