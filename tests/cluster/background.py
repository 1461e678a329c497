"""A command that runs on a host for as long as a block lasts."""

from contextlib import contextmanager


@contextmanager
def background(cluster, host, *argv):
    """The process of a command, which is killed at the end if it has not ended by itself."""
    with cluster.start(host, argv) as process:
        try:
            yield process
        finally:
            process.kill()
