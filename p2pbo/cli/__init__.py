"""The command line ``p2pbo COMMAND``; errors are one line, exit codes say what happened."""

from __future__ import annotations

import atexit
import signal
import sys

from p2pbo.cli.streams import standard_streams


def main() -> None:
    """Run the command line, and exit.

    Exit codes: 0 done, 2 bad input, 3 diverged, 69 stalled, 74 a file cannot be written, 75 stopped on request
    (``--resume`` goes on), 130 interrupted, 1 anything else. What fails on all ranks alike is printed by rank 0 alone.
    """
    with standard_streams() as output:
        try:
            from p2pbo.cli.app import (
                run_command_line,  # takes a while, in which an interrupt is one like any other
            )

            code = run_command_line(output)
        except KeyboardInterrupt:
            print("p2pbo: interrupted", file=sys.stderr)
            code = 128 + signal.SIGINT
        finally:
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # nothing is left to be interrupted
    sys.exit(code)
