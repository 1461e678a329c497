"""The help of run, launch and sweep: what everybody uses first, the rest in panels, on 80 columns."""

import re

import pytest
from command import said_to

from p2pbo.config.flag import Panel
from p2pbo.config.run_flags import RUN_FLAGS

EVERYDAY = ["algorithm", "problem", "data", "topology", "codec", "nodes", "steps", "seed", "out", "set"]
ONE_RUN, SWEEP = "timeline", "Points of the sweep"
HEADING = re.compile(r"╭─ (.+?) ─+╮")


@pytest.fixture(params=["run", "launch", "sweep"])
def panels(request, monkeypatch):
    """The lines of each panel of a command's help, by its title."""
    monkeypatch.setenv("COLUMNS", "80")
    said = said_to(request.param, "--help")
    assert (said.code, said.err) == (0, "")
    found = {}
    for line in said.out.splitlines():
        assert len(line) <= 80
        if heading := HEADING.fullmatch(line):
            lines = found.setdefault(heading[1], [])
        elif line.startswith("│"):
            lines.append(line)
    return found


def flags_in(lines):
    return [found[1] for line in lines if (found := re.match(r"│[ *]+--([a-z-]+) ", line))]


def test_what_everybody_uses_comes_first(panels):
    assert [*panels][:2] == ["Arguments", "Options"]
    assert flags_in(panels["Options"]) == [*EVERYDAY, "help"]


def test_each_flag_is_in_its_panel_once(panels):
    shown = [(title, flag) for title, lines in panels.items() for flag in flags_in(lines)]
    for flag in RUN_FLAGS:
        name = flag.name.replace("_", "-")
        found = [title for title, other in shown if other == name]
        assert found == [flag.field.panel] or (found == [] and flag.name == ONE_RUN and SWEEP in panels)


def test_panels_are_in_their_order(panels):
    assert [title for title in panels if title in list(Panel)] == list(Panel)


def test_defaults_are_shown(panels):
    text = " ".join(" ".join(panels["Options"]).replace("│", " ").split())
    assert "Method (p2pbo list algorithms). [default: mdbo]" in text
    assert "[default: 1000]" in text
