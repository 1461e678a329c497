"""Which entries are left of x and y when only some units are kept."""

import numpy as np
import pytest
import torch

from p2pbo import InputError, NodeData, Problem
from p2pbo.problems import Units

SHAPES = {"conv": (4, 3, 2, 2), "bias": (4,), "free": (5,), "head": (2, 12)}
UNITS = Units(
    {"in": 3, "out": 4},
    x={"conv": ("out", "in", None, None), "bias": ("out",), "head": (None, "out")},
    y={"head": (None, "out")},
)
EVERYTHING = np.arange(sum(np.prod(shape) for shape in SHAPES.values()))


def tensors():
    """Each tensor of positions in the flat row."""
    first = np.cumsum([0, *(np.prod(shape) for shape in SHAPES.values())])
    return {
        name: EVERYTHING[start:stop].reshape(SHAPES[name])
        for name, start, stop in zip(SHAPES, first[:-1], first[1:], strict=True)
    }


def test_a_slice_is_what_indexing_each_tensor_gives():
    kept = {"in": np.array([0, 2]), "out": np.array([1, 3])}
    part, whole = UNITS.slice("x", SHAPES, kept), tensors()
    columns = [3, 4, 5, 9, 10, 11]  # channels 1 and 3 of four, three places each
    expected = {
        "conv": whole["conv"][[1, 3]][:, [0, 2]],
        "bias": whole["bias"][[1, 3]],
        "free": whole["free"],
        "head": whole["head"][:, columns],
    }
    np.testing.assert_array_equal(part.entries, np.concatenate([e.ravel() for e in expected.values()]))
    assert part.shapes == {name: e.shape for name, e in expected.items()}
    assert list(part.shapes) == list(SHAPES)
    assert part.entries.dtype == np.int64
    assert (np.diff(part.entries) > 0).all()


@pytest.mark.parametrize("kept", [{}, {"out": np.arange(4)}, {"in": np.arange(3), "out": np.arange(4)}])
def test_layers_that_are_not_named_stay_whole(kept):
    part = UNITS.slice("x", SHAPES, kept)
    np.testing.assert_array_equal(part.entries, EVERYTHING)
    assert part.shapes == SHAPES


def test_a_number_is_a_tensor_of_one_entry():
    part = UNITS.slice("x", {"rate": (), **SHAPES}, {"out": np.array([0])})
    assert part.entries[0] == 0
    assert part.shapes["rate"] == ()
    assert part.shapes["bias"] == (1,)


def test_layers_of_one_variable_need_no_tensor_of_the_other():
    assert UNITS.layers("xy") == ["in", "out"]
    assert UNITS.layers("x") == ["in"]  # the head in y counts the units of out
    assert UNITS.layers("y") == []


def problem(**options):
    return Problem(
        lambda x, y, batch: (y["w"] ** 2).sum(),
        lambda x, y, batch: (y["w"] ** 2).sum(),
        nodes=[NodeData(torch.zeros(1), torch.zeros(1))],
        **{"dim_x": 3, "y0": {"w": np.zeros((4, 6))}, **options},
    )


@pytest.mark.parametrize(
    ("units", "said"),
    [
        (
            Units({"a": 2}, {"w": ("a",)}, {}),
            r"units of x\['w'\] name no tensor: x is flat; name its tensors",
        ),
        (Units({"a": 2}, {}, {"v": ("a",)}), r"units of y\['v'\] name no tensor: y has w; name"),
        (
            Units({"a": 2}, {}, {"w": ("a",)}),
            r"units of y\['w'\] have 1 axes, its shape is \(4, 6\); give one",
        ),
        (
            Units({"a": 4}, {}, {"w": (None, "a")}),
            r"\['w'\] put 4 units of a on an axis of length 6; give a count",
        ),
        (Units({"a": 4}, {}, {"w": ("b", None)}), r"\['w'\] put no units of b on an axis of length 4; give"),
    ],
)
def test_units_that_do_not_fit_are_refused(units, said):
    with pytest.raises(InputError, match=said):
        problem(units=units)


def test_a_problem_without_modules_has_the_units_that_it_is_given():
    assert problem().units is None
    units = Units({"a": 2}, {}, {"w": ("a", None)})
    assert problem(units=units).units is units


def test_variants_are_made_when_they_are_asked_for():
    made = []

    def other():
        made.append(problem())
        return made[-1]

    given = problem(variants={"maml": other})
    assert made == []
    assert given.variant("maml") is made[0]
    with pytest.raises(
        InputError, match=r"problem custom has no prototypes losses; use a problem .* few-shot, or"
    ):
        given.variant("prototypes")
