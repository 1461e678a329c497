"""Registries: found by themselves, checked by their annotations, named in every refusal."""

import signal
import sys
from typing import Annotated

import pytest
from pydantic import Field
from pydantic_core import core_schema

from p2pbo.errors import InputError
from p2pbo.registry import Entry, Registry, check_settings


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A package with a registry of its own, whose modules register one shape each and note their import."""
    package = tmp_path / "shapes_for_test"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from p2pbo.registry import Registry\nSHAPES = Registry('shape', 'shapes_for_test')\nIMPORTED = []\n"
    )
    for name in ("square", "circle"):
        (package / f"{name}_module.py").write_text(
            "from shapes_for_test import IMPORTED, SHAPES\n"
            f"IMPORTED.append('{name}')\n"
            f"@SHAPES.register('{name}')\n"
            f"def make(centre, /, *, size: int = 1):\n    return '{name}', centre, size\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for module in [name for name in sys.modules if name.partition(".")[0] == "shapes_for_test"]:
        del sys.modules[module]


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """A registry filled by hand; its home is an empty package."""
    (tmp_path / "empty_for_test").mkdir()
    (tmp_path / "empty_for_test" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    registry: Registry = Registry("shape", "empty_for_test")

    @registry.register("grid", argument="rows")
    def grid(
        nodes: int,
        /,
        *,
        rows: Annotated[int, Field(ge=1)],
        wrap: bool = False,
        weight: float = 1.0,
    ) -> tuple:
        """Places in rows.

        More text.
        """
        return nodes, rows, wrap, weight

    @registry.register("point")
    def point(nodes: int, /) -> str:
        return f"point {nodes}"

    yield registry
    sys.modules.pop("empty_for_test", None)


def test_modules_are_found_at_the_first_look_up_and_imported_once(home):
    import shapes_for_test

    assert shapes_for_test.IMPORTED == []
    assert list(shapes_for_test.SHAPES) == ["circle", "square"]
    assert "square" in shapes_for_test.SHAPES
    assert "triangle" not in shapes_for_test.SHAPES
    assert shapes_for_test.SHAPES.make("circle", (0, 0), size=2) == ("circle", (0, 0), 2)
    assert sorted(shapes_for_test.IMPORTED) == ["circle", "square"]


def test_a_new_file_is_a_new_entry(home):
    (home / "triangle.py").write_text(
        "from shapes_for_test import SHAPES\n"
        "@SHAPES.register('triangle')\ndef make(centre, /):\n    return centre\n"
    )
    import shapes_for_test

    assert shapes_for_test.SHAPES.make("triangle", 5) == 5


def test_an_interrupt_leaves_no_half_of_a_registry(home):
    (home / "a_first.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    import shapes_for_test

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(shapes_for_test.SHAPES)
    finally:
        signal.signal(signal.SIGINT, before)
    assert list(shapes_for_test.SHAPES) == ["circle", "square"]


@pytest.mark.parametrize(
    "look_up", [list, lambda r: "square" in r, lambda r: r["square"], lambda r: r.check("square")]
)
def test_every_look_up_fills_the_registry(home, look_up):
    import shapes_for_test

    look_up(shapes_for_test.SHAPES)
    assert sorted(shapes_for_test.IMPORTED) == ["circle", "square"]


def test_two_entries_of_one_name_are_a_programming_error(shapes):
    with pytest.raises(ValueError, match="two entries of empty_for_test are called 'point'"):
        shapes.register("point")(lambda: None)


def test_register_returns_what_it_was_given(shapes):
    def ring() -> None: ...

    assert shapes.register("ring")(ring) is ring


def test_context_is_positional_and_settings_are_converted(shapes):
    assert shapes.make("grid:3", 12) == (12, 3, False, 1.0)
    assert shapes.make("grid", 12, rows="4", wrap="true", weight=2) == (12, 4, True, 2.0)
    assert shapes.make("point", 3) == "point 3"


def test_check_gives_all_settings_and_makes_nothing(shapes):
    made = []

    @shapes.register("spy")
    def spy(*, size: int = 7) -> None:
        made.append(size)

    entry, settings = shapes.check("spy")
    assert (entry.name, settings, made) == ("spy", {"size": 7}, [])
    assert shapes.check("grid:3", {"wrap": True})[1] == {"rows": 3, "wrap": True, "weight": 1.0}


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("gird:3", {}, r"shape 'gird' is not known; did you mean grid\? choose from grid, point"),
        ("", {}, "shape '' is not known; choose from grid, point"),
        ("point:3", {}, "shape point:3 takes no argument; write 'point'"),
        ("point", {"size": 1}, "shape point has no setting 'size'; nothing can be set here"),
        ("grid:3", {"warp": True}, r"shape grid has no setting 'warp'; did you mean wrap\?"),
        ("grid", {}, "shape grid needs a value for 'rows'; "),
        ("grid:0", {}, "shape grid: rows = '0' is refused; input should be greater than or equal to 1"),
        ("grid:", {}, "shape grid: rows = '' is refused; input should be a valid integer"),
        ("grid:3:4", {}, "shape grid: rows = '3:4' is refused"),
        (
            "grid:3",
            {"weight": "heavy"},
            "shape grid: weight = 'heavy' is refused; input should be a valid number",
        ),
    ],
)
def test_refusals_name_object_cause_and_remedy(shapes, spec, options, message):
    with pytest.raises(InputError, match="^" + message) as refused:
        shapes.make(spec, 12, **options)
    assert "\n" not in str(refused.value)
    with pytest.raises(InputError, match="^" + message):
        shapes.check(spec, options)


def test_usage_and_summary_are_what_listings_show(shapes):
    assert (shapes["grid"].usage, shapes["grid"].summary) == ("grid:ROWS", "Places in rows.")
    assert (shapes["point"].usage, shapes["point"].summary) == ("point", "")


def test_parameters_are_the_keyword_only_ones_of_functions_and_classes():
    def make(context: int, /, *, a: int, b: str = "x") -> None: ...

    class Made:
        def __init__(self, context: int, /, *, a: int, b: str = "x") -> None: ...

    for kind in (make, Made):
        assert Entry("shape", "any", kind).settings() == {"a": (int, ...), "b": (str, "x")}


def test_checked_converts_fills_in_and_names_the_subject():
    parameters = {"a": (int, ...), "b": (str, "x")}
    assert check_settings("method m", parameters, {"a": "3"}) == {"a": 3, "b": "x"}
    with pytest.raises(InputError, match=r"^method m needs a value for 'a'; give a=VALUE$"):
        check_settings("method m", parameters, {})
    with pytest.raises(
        InputError, match=r"^method m has no setting 'aa'; did you mean a\? choose from a, b$"
    ):
        check_settings("method m", parameters, {"a": 1, "aa": 1})


def test_annotations_as_text_are_resolved():
    namespace = {"__name__": "textual"}
    exec("from __future__ import annotations\ndef make(*, size: int = 1): return size", namespace)
    assert Entry("shape", "any", namespace["make"]).check(None, {"size": "5"}) == {"size": 5}


def test_every_registry_of_the_package_can_be_listed():
    """Each registered entry has a summary for ``p2pbo list`` and settings that pydantic understands."""
    from p2pbo.data import DATASETS, PARTITIONS

    for registry in (DATASETS, PARTITIONS):
        for name in registry:
            entry = registry[name]
            assert entry.summary, name
            assert entry.argument is None or entry.argument in entry.settings()


def test_an_interrupt_waits_until_pydantic_has_made_its_model():
    """In the middle of it pydantic makes some of them errors of its own."""
    made = []

    class Interrupted:
        @classmethod
        def __get_pydantic_core_schema__(cls, source, handler):
            signal.raise_signal(signal.SIGINT)
            made.append(cls)
            return core_schema.any_schema()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            check_settings("a thing", {"size": (Interrupted, None)}, {})
    finally:
        signal.signal(signal.SIGINT, before)
    assert made == [Interrupted]
