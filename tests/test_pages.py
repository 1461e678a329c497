"""Pages that people follow run from top to bottom, each in an empty folder: Python and shell blocks in their order.

A block behind ``<!-- not run: REASON -->`` is only shown; lines between the reason and ``-->`` are run in its place. A
Python block that begins with ``# FILE.py`` is saved as that file, for the page's commands; others share their names.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import mpi
import pytest

pytestmark = pytest.mark.pages
TESTS = str(Path(__file__).parent)
DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCK = re.compile(
    r"^(?P<skipped> *<!-- not run: [^\n]+?(?: -->|\n(?P<instead>.*?)^-->)\n)?"
    r" *```(?P<language>python|sh)\n(?P<code>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
FENCE = re.compile(r"^ *```([^\n]*)\n.*?^ *```$", re.MULTILINE | re.DOTALL)
SHOWN = {"text", "toml", "bibtex"}
"""Languages of blocks that nobody could run; those in braces are Sphinx's."""
ELSEWHERE = {"architecture.md", "read-traces.md", "problems.md"}
"""Pages that quote the package or need files: tests/test_documentation.py compares them, and runs them with files."""


def runs(block):
    """What is run of a block: itself, what stands in for it, or nothing."""
    return block["instead"] if block["skipped"] else block["code"]


SOURCES = [page for page in sorted(DOCS.rglob("*.md")) if not {"_build", "methods", "python"} & {*page.parts}]
PAGES = [
    page
    for page in SOURCES
    if page.name not in ELSEWHERE and any(runs(block) for block in BLOCK.finditer(page.read_text()))
]


def program(page):
    """The page as a Python program, each line of its Python where it stands on the page."""
    lines = [f"import pathlib, sys; sys.path.append({TESTS!r}); from page_commands import shell"]
    for block in BLOCK.finditer(page):
        code = runs(block)
        if not code:
            continue
        start = page[: block.start("instead" if block["skipped"] else "code")].count("\n")  # from 0
        lines += [""] * (start - len(lines) - 1)
        if block["language"] == "sh":
            lines.append(f"shell({code!r})")
        elif named := re.match(r"# (\w+\.py)\n", code):
            lines.append(f"pathlib.Path({named[1]!r}).write_text({code!r})")
        else:
            lines += ["", *code.splitlines()]
    return "\n".join(lines)


@pytest.mark.parametrize("page", SOURCES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_block_says_what_it_is(page):
    languages = {language for language in FENCE.findall(page.read_text()) if not language.startswith("{")}
    assert languages <= {"python", "sh"} | SHOWN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_a_page_runs(page, tmp_path):
    path = tmp_path / "page.py"
    path.write_text(program(page.read_text()))
    done = finish(path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def finish(path, cwd):
    environment = {
        **{name: value for name, value in mpi.ENVIRONMENT.items() if not name.startswith("PYTHON")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, path]
    alone = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=1800, env=alone, cwd=cwd)


PAGE = """# Title

<!-- not run: needs a cluster -->
```sh
exit 1
```
```python
# saved.py
x = 1
```
```sh
test -f saved.py
```

<!-- not run: takes an hour; a moment will do
p2pbo topology ring --nodes 3 --save small.graphml
-->
```sh
p2pbo topology ring --nodes 3000
```
```sh
test -f small.graphml
```
```python
1 / 0
```
"""


def test_code_stands_where_it_stands_on_the_page(tmp_path):
    path = tmp_path / "page.py"
    path.write_text(program(PAGE))
    done = finish(path, cwd=tmp_path)
    assert "ZeroDivisionError" in done.stderr
    assert f"line {PAGE[: PAGE.index('1 / 0')].count(chr(10)) + 1}," in done.stderr


def test_a_command_that_fails_is_found(tmp_path):
    path = tmp_path / "page.py"
    path.write_text(program("```sh\np2pbo run --algorithm mdb\n```\n"))
    assert "did you mean mdbo" in finish(path, cwd=tmp_path).stderr
