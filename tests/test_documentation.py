"""README, docs and docstrings: links and names resolve, files exist, commands are understood, Python runs."""

import ast
import itertools
import pkgutil
import re
import runpy
import shlex
from pathlib import Path

import matplotlib
import networkx
import pytest
import torch
import xarray
from extensions.generated_pages import PAGES as GENERATED_PAGES

import p2pbo
from p2pbo.algorithms import ALGORITHMS
from p2pbo.cli.app import COMMANDS as ON_DEMAND
from p2pbo.cli.flags import description_from
from p2pbo.config.run_flags import RUN_FLAGS
from p2pbo.problems import PROBLEMS

ROOT = Path(__file__).resolve().parents[1]
GENERATED = {ROOT / "docs" / "reference" / place for place in GENERATED_PAGES}
SITE = sorted(
    page for page in (ROOT / "docs").rglob("*.md") if page not in GENERATED and "_build" not in page.parts
)
DOCS = [ROOT / "README.md", *SITE]
PAGES = [*DOCS, ROOT / "CHANGELOG.md", ROOT / "topologies" / "README.md", ROOT / "fuzz" / "README.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:[\w-]+/)+(?:[\w-]+\.(?:py|md|toml|sh|graphml|png|txt))?|\b\w+\.(?:py|toml|md)")
COMMANDS = {command.name: command.imported() for command in ON_DEMAND}
SLURM_FLAGS = {"--signal", "--mpi", "--requeue", "--cpus-per-task"}
FLAGS = {flag for command in COMMANDS.values() for option in command.params for flag in option.opts}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page):
    """The page without its blocks of code."""
    return FENCE.sub("", page.read_text())


def anchors(page):
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page):
    """The links of a page that lead nowhere."""
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        known = target.resolve() in GENERATED or (
            target.exists() and (not anchor or anchor in anchors(target))
        )
        if not link.startswith("https://") and not known:
            yield link


@every_page
def test_links_and_anchors_resolve(page):
    assert list(broken(page)) == []


def test_a_broken_link_is_found(tmp_path):
    (tmp_path / "b.md").write_text("# Nodes, ranks & hosts\n```\n# no heading\n```\n")
    (tmp_path / "a.md").write_text("[1](b.md#nodes-ranks--hosts) [2](b.md#no-heading) [3](c.md) [4](#top)")
    assert list(broken(tmp_path / "a.md")) == ["b.md#no-heading", "c.md", "#top"]


def test_every_page_is_linked_from_the_landing_page_or_from_its_sections():
    indices = [page for page in SITE if page.name == "index.md"]
    linked = {(page.parent / link).resolve() for page in indices for link in LINK.findall(prose(page))}
    assert set(SITE) - linked == {ROOT / "docs" / "index.md"}


def test_readme_is_short():
    assert len(DOCS[0].read_text().split()) <= 1200


FILES = sorted(
    {
        (page.name, found)
        for page in DOCS
        for span in SPAN.findall(prose(page))
        for found in FILE.findall(span)
        if FILE.fullmatch(span)
    }
)


def test_pages_name_files():
    assert ("architecture.md", "randomness.py") in FILES


@pytest.mark.parametrize(("page", "path"), FILES)
def test_a_named_file_exists(page, path):
    assert any((folder / path).exists() for folder in (ROOT, ROOT / "p2pbo", ROOT / "docs"))


def lines(page):
    """The commands that a page writes, in blocks of code and in the text."""
    blocks = (code.replace("\\\n", " ").splitlines() for _, code in FENCE.findall(page.read_text()))
    for line in [*SPAN.findall(prose(page)), *itertools.chain(*blocks)]:
        if command := re.match(r"\s*(?:srun )?p2pbo (\w.*)", line):
            yield command[1]


WRITTEN = sorted({line for page in DOCS for line in lines(page)})
WHOLE = [line for line in WRITTEN if " " in line and not re.search(r"…|\.\.\.|--help", line)]


def test_pages_write_commands():
    assert len(WHOLE) > 30
    assert {line.split()[0] for line in WRITTEN} == set(COMMANDS)


@pytest.mark.parametrize("line", WHOLE)
def test_a_written_command_is_understood(line):
    name, *arguments = shlex.split(line, comments=True)
    context = COMMANDS[name].make_context(name, arguments)
    if name == "launch":
        context = COMMANDS["run"].make_context("run", list(context.args))
    if context.info_name == "run" and context.params["source"] is None:
        given = {flag.name: context.params[flag.name] for flag in RUN_FLAGS}
        described = description_from(None, given, context.params["assignments"])
        assert described.steps > 0


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_named_flags_are_known(page):
    spans = [span for span in SPAN.findall(prose(page)) if span.startswith("--")]
    named = re.findall(r"(?<!\S)--[a-z-]+", "\n".join([*spans, *lines(page)]))
    assert set(named) - FLAGS - {"--help"} - SLURM_FLAGS == set()


def python(page):
    """The Python of a page: its only such block."""
    (block,) = [code for language, code in FENCE.findall(page.read_text()) if language == "python"]
    return block


def test_readmes_own_problem_runs_in_ten_lines(capsys):
    code = python(DOCS[0])
    assert len([line for line in code.splitlines() if line and not line.startswith(" ")]) <= 10
    said = {}
    exec(code, said)
    loss = said["trace"].values("upper_loss")
    assert loss[-1] < loss[0] / 2
    assert capsys.readouterr().out.endswith(f"{loss[-1]}\n")


def test_the_own_problem_of_the_docs_runs(capsys):
    def f(x, y, batch):
        A, b = batch
        return ((A @ y - b) ** 2).mean() + x.square().sum() / 2

    def g(x, y, batch):
        return f(x, y, batch) + y.square().sum()

    A, b = torch.eye(40)[:, :5], torch.ones(40)
    said = {"f": f, "g": g, "shards": [(A, b, A, b)] * 4}
    exec(python(ROOT / "docs" / "reference" / "problems.md"), said)
    assert said["trace"].final.x.shape == (4, 3)
    assert "upper_loss" in capsys.readouterr().out


def test_the_python_of_reading_traces_runs(tmp_path, monkeypatch):
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study").mkdir()
    few = {"problem": "quadratic", "algorithm": "d-soba", "nodes": 4, "steps": 2, "log_every": 1}
    p2pbo.run(**few, out="vrdbo.h5")
    for topology in ("ring", "complete"):
        for codec in ("none", "randk:0.1"):
            name = f"{topology}-{codec.partition(':')[0]}"
            p2pbo.run(**few, topology=topology, codec=codec, out=f"study/{name}.h5")
    said = {"p2pbo": p2pbo, "xarray": xarray}
    exec(python(ROOT / "docs" / "how-to" / "read-traces.md"), said)
    assert dict(said["runs"].sizes)["run"] == 4
    matplotlib.pyplot.close("all")


def test_no_python_of_a_page_is_passed_over():
    """Pages in three folders are run by test_pages.py, whole: the others that have Python are run above."""
    run = {"tutorial", "how-to", "explanation"}
    others = [page for page in PAGES if page.parent.name not in run and "\n```python\n" in page.read_text()]
    assert others == [ROOT / "README.md", ROOT / "docs" / "reference" / "problems.md"]


@pytest.mark.parametrize("registry", [ALGORITHMS, PROBLEMS], ids=["algorithms", "problems"])
def test_every_algorithm_and_problem_has_its_place_in_the_docs(registry):
    named = {word for page in DOCS for span in SPAN.findall(prose(page)) for word in re.split(r"[ ,]+", span)}
    assert set(registry) - named == set()


SOURCES = {path: path.read_text() for path in sorted((ROOT / "p2pbo").rglob("*.py"))}
ROLES = sorted({name for text in SOURCES.values() for name in re.findall(r":\w+:`~?(p2pbo\.[\w.]+)`", text)})


@pytest.mark.parametrize("name", ROLES)
def test_what_a_docstring_refers_to_is_there(name):
    pkgutil.resolve_name(name)


def test_files_that_the_package_names_exist():
    named = {path for text in SOURCES.values() for path in re.findall(r"\bp2pbo/[\w/]+\.py", text)}
    assert {path for path in named if not (ROOT / path).exists()} == set()


def bodies(code):
    """The statements of all functions in some code by name, without docstrings."""
    functions = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)]
    is_text = re.compile(r"Expr\(value=Constant").match
    return {f.name: [ast.dump(line) for line in f.body if not is_text(ast.dump(line))] for f in functions}


@pytest.mark.parametrize("file", ["mixings/tracking.py", "presets/gao2023.py"])
def test_functions_that_architecture_quotes_are_those_of_the_package(file):
    page, whole = (
        (ROOT / "docs" / "explanation" / "architecture.md").read_text(),
        bodies(SOURCES[ROOT / "p2pbo" / "algorithms" / file]),
    )
    quoted = [bodies(code) for language, code in FENCE.findall(page) if language == "python"]
    assert [quote for quote in quoted if quote.items() <= whole.items()]


DRAWING = runpy.run_path(str(ROOT / "tools" / "draw_rooms.py"))


def test_the_picture_of_the_rooms_is_true():
    drawn = DRAWING["draw"]()
    assert drawn == DRAWING["PICTURE"].read_text(), "draw it again: python tools/draw_rooms.py"


def test_every_room_is_in_the_picture():
    rooms = {path.parent.name for path in (ROOT / "p2pbo").glob("*/__init__.py")}
    assert set(DRAWING["COLUMNS"]) == rooms - {"reading"}


def test_a_circle_of_imports_is_found(tmp_path):
    for room, other in [("data", "trace"), ("trace", "data")]:
        (tmp_path / room).mkdir()
        (tmp_path / room / "file.py").write_text(f"from p2pbo.{other} import something\n")
    with pytest.raises(networkx.NetworkXError):
        DRAWING["draw"](tmp_path)
