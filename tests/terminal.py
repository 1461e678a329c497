"""A command in a terminal of its own, in which one can type Ctrl-C."""

import os
import pty
import subprocess
import termios
import time
from dataclasses import dataclass

INTERRUPT = b"\x03"
ON_THE_TERMINAL = 'exec "$@" <>"$0" >&0 2>&0'
"""The first that a new session opens is its terminal."""


@dataclass(frozen=True)
class Finished:
    """Exit code, what the terminal has shown, and whether its modes are what they were."""

    code: int
    said: bytes
    restored: bool

    @property
    def cursor(self):
        """Whether there is one."""
        return self.said.rfind(b"\x1b[?25h") >= self.said.rfind(b"\x1b[?25l")


def in_terminal(command, ready=lambda: False, timeout=60):
    """Run ``command``, and type Ctrl-C once as soon as ``ready()``."""
    terminal, end = pty.openpty()
    modes, said, typed = termios.tcgetattr(terminal), b"", False
    process = subprocess.Popen(
        ["/bin/sh", "-c", ON_THE_TERMINAL, os.ttyname(end), *map(str, command)], start_new_session=True
    )
    try:
        os.set_blocking(terminal, False)
        deadline = time.monotonic() + timeout
        while process.poll() is None:
            assert time.monotonic() < deadline, said
            if not typed and ready():
                os.write(terminal, INTERRUPT)
                typed = True
            said += _shown(terminal)
            time.sleep(0.01)
        said += _shown(terminal)
        return Finished(process.returncode, said, termios.tcgetattr(terminal) == modes)
    finally:
        process.kill()
        process.wait()
        os.close(end)
        os.close(terminal)


def _shown(terminal):
    blocks = []
    try:
        while block := os.read(terminal, 65536):
            blocks.append(block)
    except BlockingIOError:
        pass
    return b"".join(blocks)
