"""``import p2pbo`` is cheap, and enough for everything that README and docs write behind ``p2pbo.``."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import p2pbo
from p2pbo.version import VERSION

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
WRITTEN = sorted(
    {name for page in PAGES for name in re.findall(r"\bp2pbo((?:\.[A-Za-z_]+)+)\(", page.read_text())}
)


def alone(program):
    """What a fresh process says to it, in which nothing of p2pbo has been imported."""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return finished.returncode, finished.stderr


def test_the_pages_write_of_modules():
    assert {".run", ".problems.ClosedForm", ".problems.Units", ".testing.check_oracles"} <= set(WRITTEN)


@pytest.mark.parametrize("path", WRITTEN)
def test_what_the_pages_write_is_there_after_import_p2pbo(path):
    assert alone(f"import p2pbo; p2pbo{path}") == (0, "")


def test_importing_p2pbo_imports_nothing_heavy():
    heavy = ["torch", "mpi4py", "scipy", "xarray", "p2pbo.problems", "p2pbo.runner"]
    assert alone(f"import sys, p2pbo; assert not sys.modules.keys() & set({heavy}), sys.modules") == (0, "")


@pytest.mark.parametrize("name", p2pbo.__all__)
def test_public_names_are_there(name):
    assert getattr(p2pbo, name).__name__ == name


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="module 'p2pbo' has no attribute 'problem'"):
        p2pbo.problem  # noqa: B018


REFUSED = {
    "an unknown name": 'algorithm="nope"',
    "an unknown setting": 'settings={"etta": 1}',
    "an impossible value": "steps=-1",
    "a problem without what it needs": 'problem="quadratic", settings={"batch": 10**6}',
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_a_refused_call_shows_one_traceback(given):
    code, said = alone(f"import p2pbo\np2pbo.run({given})")
    assert code == 1
    assert said.count("Traceback (most recent call last)") == 1
    assert "During handling" not in said
    assert "direct cause" not in said


def test_the_citation_is_of_this_version_and_license():
    lines = (REPOSITORY / "CITATION.cff").read_text().splitlines()
    assert {f"version: {VERSION}", "license: BSD-3-Clause", "cff-version: 1.2.0"} <= set(lines)


def test_the_changelog_opens_with_this_version():
    headings = [line for line in (REPOSITORY / "CHANGELOG.md").read_text().splitlines() if line[:3] == "## "]
    assert headings[0].startswith(f"## {VERSION}")
