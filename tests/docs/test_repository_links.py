"""Links out of the site are told from links to pages."""

import pytest
from extensions.repository_links import ROOT, leads_outside

PAGE = ROOT / "docs" / "how-to" / "running.md"


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("../../runs/", True),
        ("examples/", True),
        ("plots.md", False),
        ("../../README.md", False),
        ("CHANGELOG.md", True),
        ("no/", False),
    ],
)
def test_folders_are_seen_from_the_page_and_the_changelogs_files_from_the_top(target, answer):
    assert leads_outside(target, PAGE) is answer
