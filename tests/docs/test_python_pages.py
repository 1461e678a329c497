"""Every public name of Python has its place in the reference."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
from extensions.python_names import defined_at, is_there
from extensions.python_pages import PACKAGES, PYTHON_PAGES, docstring, places, public_names, reference
from extensions.variable_docstrings import variable_docstring

import p2pbo


def test_the_pages_are_of_all_modules_that_import_p2pbo_offers():
    offered = re.findall(r"^    from p2pbo import (\w+) as", Path(p2pbo.__file__).read_text(), re.MULTILINE)
    assert set(PACKAGES) == {"p2pbo", *(f"p2pbo.{name}" for name in offered)}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_documented_once(package):
    module = importlib.import_module(package)
    names = {id(thing): name for name, thing in places().items()}
    for name in public_names(module):
        place = names[id(getattr(module, name))]
        page = PYTHON_PAGES[f"python/{place.rpartition('.')[0]}.md"]()
        assert page.count(f":: {place}\n") == 1
        assert f"`~{place}`" in PYTHON_PAGES["python.md"]()


@pytest.mark.parametrize("name", list(places()))
def test_every_public_name_has_a_docstring(name):
    assert docstring(name, places()[name])


ARRAYS = re.compile(r"\b(?:NDArray|ndarray|Rows|Vector|IndexArray|Keys)\b")
SHAPES = re.compile(r"×|\(\w+,|\b(?:rows?|vector|entry|entries|units|matrix|nodes?|edge|stream|dimensions)\b")


def functions(name, thing):
    """The public functions of a public name: itself, or its methods."""
    if inspect.isfunction(thing):
        yield name, thing
    for own, method in vars(thing).items() if inspect.isclass(thing) else ():
        method = getattr(method, "fget", None) or getattr(method, "__func__", method)
        if inspect.isfunction(method) and not own.startswith("_"):
            yield f"{name}.{own}", method


@pytest.mark.parametrize("name", list(places()))
def test_functions_say_what_they_do_and_what_arrays_they_take_and_give(name):
    for place, function in functions(name, places()[name]):
        text, annotations = inspect.getdoc(function), " ".join(map(str, function.__annotations__.values()))
        assert text, place
        assert SHAPES.search(text) or not ARRAYS.search(annotations), f"{place} names no shape: {text}"


def test_what_is_imported_is_documented_at_its_first_public_name():
    assert defined_at()["p2pbo.problems.problem.Problem"] == "p2pbo.Problem"


def test_variables_have_the_text_behind_their_assignment():
    assert variable_docstring("p2pbo.algorithms.PARTS").startswith("The kinds of parts by name;")
    assert "   The kinds of parts by name;" in reference("p2pbo.algorithms.PARTS", {})


@pytest.mark.parametrize(
    ("name", "answer"),
    [("p2pbo.network.exchange.Exchange", True), ("p2pbo.network.Exchanges", False), ("numpy.ndarray", True)],
)
def test_names_of_p2pbo_that_are_not_there_are_found(name, answer):
    assert is_there(name) is answer
