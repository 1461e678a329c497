"""The page of exit codes has those that processes end with."""

import pkgutil
import re
from pathlib import Path

import pytest

from p2pbo.runner.process import exit_codes
from p2pbo.runner.process.exit_codes import exit_code

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "exit-codes.md"
ROWS = re.findall(r"^\| (\d+) \|.*\| (?:`(.*)` )?\|$", PAGE.read_text(), re.MULTILINE)


def test_all_codes_are_there():
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}
    assert {int(code) for code, _ in ROWS} == codes | {0}


@pytest.mark.parametrize(("code", "error"), [row for row in ROWS if row[1]])
def test_an_error_ends_with_its_code(code, error):
    kind = pkgutil.resolve_name(error)
    assert exit_code(kind.__new__(kind)) == int(code)
