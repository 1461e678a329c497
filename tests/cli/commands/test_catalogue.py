import re

import pytest
from command import said_to
from rich.cells import cell_len

from p2pbo.cli.catalogue.docstring_paragraphs import plain
from p2pbo.cli.catalogue.shipped_pages import run_summary
from p2pbo.cli.commands.catalogue import CATALOGUE, KIND_NAMES
from p2pbo.method_names import SINGLE_NODE_METHODS
from p2pbo.shipped import shipped_runs, shipped_topologies
from p2pbo.topology import build, spectral_report


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_registered_name_is_listed_with_its_settings(kind):
    said = said_to("list", kind)
    assert (said.code, said.err) == (0, "")
    registry = CATALOGUE[kind]
    for name in registry:
        (line,) = [line for line in said.out.splitlines() if line.startswith(f"│ {registry[name].usage} ")]
        assert plain(registry[name].summary) in line
        for setting in registry[name].settings():
            assert f"{setting} (" in line


def test_algorithms_are_listed_with_their_parts_and_all_settings(monkeypatch):
    monkeypatch.setenv("COLUMNS", "500")
    (line,) = [line for line in said_to("list", "algorithms").out.splitlines() if line.startswith("│ vrdbo ")]
    for setting in (
        "estimator (storm)",
        "mixing (tracking)",
        "eta (0.33)",
        "alpha1 (5.0)",
        "first_batch (all)",
    ):
        assert setting in line


NAMES = sorted({name for registry in CATALOGUE.values() for name in registry})


@pytest.mark.parametrize("columns", ["80", "200"])
def test_without_a_kind_all_names_are_on_one_screen(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    lines = said_to("list").out.splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= int(columns)
    assert [line.split()[0] for line in lines if line[:1].strip()][: len(KIND_NAMES)] == list(KIND_NAMES)
    names = {word.strip(",").partition(":")[0] for line in lines for word in line.split()}
    assert {*NAMES, *shipped_topologies(), *shipped_runs()} <= names


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_no_line_breaks_inside_a_word_on_80_columns(kind, monkeypatch):
    wide = words(said_to("list", kind).out)
    monkeypatch.setenv("COLUMNS", "80")
    assert words(said_to("list", kind).out) == wide


def words(text):
    return sorted(re.sub("[│┃━┏┳┓┡╇┩─└┴┘]", " ", text).split())


@pytest.mark.parametrize("name", shipped_runs())
def test_every_run_that_comes_with_p2pbo_has_a_page(name):
    said = said_to("list", name)
    assert (said.code, said.err) == (0, "")
    assert re.search(rf"^  p2pbo (run|sweep) {name}$", said.out, re.MULTILINE)
    assert run_summary(name) in said.out


@pytest.mark.parametrize("name", shipped_topologies())
def test_every_topology_that_comes_with_p2pbo_has_a_page(name):
    out = said_to("list", name).out
    report = spectral_report(build(name))
    assert f"{report.nodes} nodes" in out
    assert f"spectral gap {report.gap:.4g}" in out


@pytest.mark.parametrize("name", SINGLE_NODE_METHODS)
def test_single_node_methods_say_what_runs_them(name, monkeypatch):
    method = SINGLE_NODE_METHODS[name]
    monkeypatch.setenv("COLUMNS", "60")  # a command to be copied is not wrapped
    assert f"\n  p2pbo run {method.flags}\n" in said_to("list", name).out
    said = said_to("run", "--algorithm", name)
    assert said.code == 2
    assert said.err == f"p2pbo: algorithm '{name}' is not known; {method.summary}: {method.flags}\n"


def test_unknown_names_are_one_short_line():
    said = said_to("list", "vdrbo")
    assert said.code == 2
    assert (
        said.err == "p2pbo: 'vdrbo' is neither a kind nor a name; did you mean vrdbo? p2pbo list shows all\n"
    )


@pytest.mark.parametrize("kind", CATALOGUE)
def test_pages_show_no_marks_of_docstrings(kind):
    assert "`" not in said_to("list", kind).out


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_page_on_80_columns(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = said_to("list", name)
    assert (said.code, said.err) == (0, "")
    assert max(map(cell_len, said.out.splitlines())) <= 80  # a bar over a letter takes no room
    shown = " ".join(said.out.split())
    for registry in CATALOGUE.values():
        if name in registry:
            assert " ".join(plain(registry[name].summary).split()) in shown
    assert "`" not in shown


def test_the_page_of_a_method():
    lines = [" ".join(line.split()) for line in said_to("list", "vrdbo").out.splitlines()]
    assert lines[0] == "VRDBO: STORM variance reduction and gradient tracking (Gao 2023, Alg. 2)."
    for line in (
        "--algorithm vrdbo",
        "paper Gao 2023, Alg. 2",
        "unequal nodes ends at a point biased by each node's own Hessian, whatever the step sizes",
        "line 6 T⁺ = W T + U − U_prev mixing tracking",
    ):
        assert line in lines
    assert any(line.startswith("mixing tracking: Follow the network's average direction") for line in lines)
    assert any(line.startswith("eta 0.33 number > 0 η, which scales the steps") for line in lines)


def test_a_part_that_differs_by_variable_is_told_apart():
    lines = [" ".join(line.split()) for line in said_to("list", "ef-soba").out.splitlines()]
    assert any(line.startswith("of x: momentum: Exponential average") for line in lines)


def test_names_of_two_kinds_have_two_pages():
    out = said_to("list", "random").out
    assert CATALOGUE["masks"]["random"].summary in out
    assert CATALOGUE["link-schedules"]["random"].summary in out


def test_topologies_that_come_as_files_are_listed():
    assert "files that come with p2pbo: abilene, datacentres" in said_to("list", "topologies").out
