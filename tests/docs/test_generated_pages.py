"""What is registered has its place in the reference, which is made from the registries."""

import inspect
import re

import pytest
from extensions.command_page import command_page
from extensions.costs_page import costs_page
from extensions.generated_pages import PAGES
from extensions.method_pages import ROOT, dense_listing, ends_at, own_mixing, parts_table
from extensions.setting_tables import target
from extensions.settings_page import PLACES, settings_page
from extensions.trace_page import trace_page

from p2pbo.algorithms import ALGORITHMS
from p2pbo.cli.app import COMMANDS
from p2pbo.cli.catalogue.docstring_paragraphs import is_listing, paragraphs
from p2pbo.cli.commands.catalogue import CATALOGUE
from p2pbo.config.run_flags import RUN_FLAGS
from p2pbo.trace import ATTRIBUTES, SCHEMA


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_method_has_its_page(name):
    text = PAGES[f"methods/{name}.md"]()
    headings = [
        "Listing",
        "Parts",
        "Settings",
        "What a step costs",
        "Where it ends",
        "Paper",
        "Dense listing",
    ]
    assert re.findall("^## (.*)$", text, re.MULTILINE) == headings
    assert set(ALGORITHMS.make(name).settings({})) <= set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert re.search(r"^\| mixing", text, re.MULTILINE)
    assert not [line for line in tables(text) if "|  |" in line or line.endswith("| |")]


def tables(text):
    return re.findall(r"^\|.*\|$", text, re.MULTILINE)


@pytest.mark.parametrize("kind", sorted(set(CATALOGUE) - {"algorithms"}))
def test_every_part_has_its_place_among_the_settings(kind):
    assert kind in PLACES
    placed = set(re.findall(r"^\((.*)\)=$", settings_page(), re.MULTILINE))
    assert {target(CATALOGUE[kind][name]) for name in CATALOGUE[kind]} - placed == set()


def test_every_method_has_a_row_of_costs():
    rows = re.findall(
        r"^\| `([\w-]+)` \| (?:composition|listing) \|(?: [^|]+ \|){6}$", costs_page(), re.MULTILINE
    )
    assert [f"methods/{name}.md" for name in rows] == [
        place for place in PAGES if place.startswith("methods/")
    ]


def test_a_method_of_a_script_of_the_gallery_has_no_row(monkeypatch):
    monkeypatch.setitem(ALGORITHMS._entries, "own-method", ALGORITHMS["mdbo"])
    assert "own-method" in ALGORITHMS
    assert "own-method" not in costs_page()


def test_every_command_and_flag_is_there():
    text = command_page()
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [command.name for command in COMMANDS]
    assert {flag.name for flag in RUN_FLAGS if f"`--{flag.name.replace('_', '-')}`" not in text} == set()


def test_a_default_stands_apart_from_the_meaning():
    assert "| `--nodes` | Number of nodes K. | `8` |" in command_page()


def test_every_variable_and_attribute_of_a_trace_is_there():
    by_dims = sorted(
        SCHEMA, key=lambda name: [field.dims for field in SCHEMA.values()].index(SCHEMA[name].dims)
    )
    named = re.findall(r"^\| `(\w+)` \|", trace_page(), re.MULTILINE)
    assert named == [*by_dims, *ATTRIBUTES]


def test_a_kind_that_differs_by_variable_has_a_row_for_each():
    text = parts_table({"mixing": {"name": "error-feedback", "x": "error-feedback-late"}})
    assert re.findall(r"^\| (mixing.*?) \| \[(.*?)\]", text, re.MULTILINE) == [
        ("mixing of x", "error-feedback-late"),
        ("mixing of the others", "error-feedback"),
    ]


def test_a_kind_that_is_the_same_for_all_variables_has_one_row():
    (row,) = parts_table({"mixing": {"name": "tracking"}}).splitlines()[2:]
    assert row.startswith("| mixing | [tracking](#mixing-tracking) |")


def test_a_listing_of_its_own_says_what_mixes():
    assert own_mixing(ALGORITHMS.make("fedmbo")).startswith("W in the server's place, twice a step")
    (row,) = parts_table({}, "W of x.").splitlines()[2:]
    assert row == "| mixing | its own, which no other replaces | W of x. |"
    assert own_mixing(ALGORITHMS.make("mdbo")) == ""


def test_where_a_method_ends_is_what_its_preset_says():
    assert ALGORITHMS.make("mdbo").limit_point in ends_at(ALGORITHMS.make("mdbo"))


def test_a_method_without_a_dense_listing_is_refused():
    with pytest.raises(LookupError, match="no function no_such, the listing of no-such"):
        dense_listing("no-such")


SYMBOL = re.compile(r"(?<![A-Za-z.0-9])(?:D[xyzu]|f[xy]|g[xy]|h[xy]y|[A-Zb-z])(?![A-Za-z.])|[Α-ΩͰ-ω]|∘")
"""Symbols of listings: names of oracles and directions, and single letters but for the article."""


def test_every_symbol_of_the_listings_is_explained():
    page = (ROOT / "docs" / "reference" / "symbols.md").read_text()
    explained = set(SYMBOL.findall("\n".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE))))
    modules = {inspect.getmodule(ALGORITHMS[name].make).__doc__ for name in ALGORITHMS}
    listings = [text for doc in modules for text in paragraphs(doc) if is_listing(text)]
    used = set(SYMBOL.findall("\n".join(listings)))
    assert {"Dx", "hyy", "ζ", "W"} <= used
    assert used - explained == set()
