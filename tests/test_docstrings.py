"""Docstrings stand alone: those of functions begin with a verb in the imperative, and all are whole sentences.

They name the errors that a function itself raises.
"""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "p2pbo"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

NO_VERBS = set(
    """
    a all an and any as at both by each every everything for from how if in inside it its no nobody none nothing of on
    one or some that the their there these this those to two what when where whether which who whoever whose with
    """.split()  # noqa: SIM905
)


def functions(tree):
    """The functions and methods of a module that are called, none of which a table shows by its first line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            if not any(word in decorators for word in ("property", "register(", "setter", "command(")):
                yield node


def begins_with_a_verb(text):
    first = text.split()[0].rstrip(",:;")
    return first.isalpha() and first.isascii() and first.lower() not in NO_VERBS and first[1:].islower()


@pytest.mark.parametrize("module", MODULES)
def test_functions_say_what_they_do(module):
    tree = ast.parse((PACKAGE / module).read_text())
    texts = {node.name: ast.get_docstring(node) for node in functions(tree)}
    assert [name for name, text in texts.items() if text and not begins_with_a_verb(text)] == []


@pytest.mark.parametrize("module", MODULES)
def test_first_paragraphs_are_whole_sentences(module):
    tree = ast.parse((PACKAGE / module).read_text())
    named = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    texts = {getattr(node, "name", module): ast.get_docstring(node) for node in [tree, *named]}
    ends = {name: text.split("\n\n")[0].rstrip()[-1:] for name, text in texts.items() if text}
    assert {name: end for name, end in ends.items() if end not in ".:`)…"} == {}


def raised(function):
    """The names of the errors that a function raises, but for those of functions inside it."""
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if (
            isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and isinstance(node.exc.func, ast.Name)
        ):
            yield node.exc.func.id.removeprefix("Collective")
        yield from raised(node)


def unnamed_errors(tree):
    """The errors that docstrings of public functions do not name; of commands the exit codes tell."""
    for node in ast.walk(tree):
        text = isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node)
        if text and not text.startswith("Raise"):
            yield from (
                (node.name, error) for error in raised(node) if error[0].isupper() and error not in text
            )


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("cli/commands/")])
def test_errors_are_named(module):
    assert list(unnamed_errors(ast.parse((PACKAGE / module).read_text()))) == []


def test_an_unnamed_error_is_found():
    tree = ast.parse('def f():\n  "Do it."\n  if 1: raise ValueError()\n  def g(): raise TypeError()')
    assert list(unnamed_errors(tree)) == [("f", "ValueError")]
