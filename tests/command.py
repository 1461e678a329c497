"""The command line called in this process, as the console script calls it."""

import io
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from p2pbo.cli import main


class Said(NamedTuple):
    """What a command ended with and printed."""

    code: int
    out: str
    err: str


def said_to(*arguments):
    """``p2pbo ARGUMENTS``."""
    out, err, argv, shown = io.StringIO(), io.StringIO(), sys.argv, warnings.formatwarning
    sys.argv = ["p2pbo", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        return Said(end.code or 0, out.getvalue(), err.getvalue())
    finally:
        sys.argv, warnings.formatwarning = argv, shown
    raise AssertionError("main() ends with SystemExit")
