"""What mixings remember has names: those of checkpoints, in the order in which format 1 numbered them."""

import numpy as np
import pytest

from p2pbo.algorithms import Variable
from p2pbo.algorithms.parts import MIXINGS

NUMBERED = {
    **dict.fromkeys(("tracking", "atc-tracking"), ("T",)),
    **dict.fromkeys(("ed", "extra"), ("C",)),
    **dict.fromkeys(("innovations", "error-feedback"), ("G", "WT")),
    **dict.fromkeys(("error-feedback-late", "innovations-momentum"), ("G", "WT", "H")),
}
"""The fields that took the places of carried0, carried1 …; checkpoints of format 1 are read by their order."""
FIELDS = {**NUMBERED, "push-pull": ("CT",)}
V = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize("name", list(MIXINGS))
def test_it_starts_at_zero_and_comes_back_by_name(name):
    variable = MIXINGS.make(name).start(V)
    fields = FIELDS.get(name, ())
    assert list(variable.rows()) == ["V", "U", *fields]
    np.testing.assert_array_equal(variable.rows()["V"], V)
    assert not any(rows.any() for part, rows in variable.rows().items() if part != "V")
    assert len({id(rows) for rows in variable.rows().values()}) == len(variable.rows())
    others = {part: np.full_like(V, number) for number, part in enumerate(reversed(variable.rows()))}
    changed = variable.with_rows(others)
    assert type(changed.memory) is type(variable.memory)
    assert all(changed.rows()[part] is rows for part, rows in others.items())


@pytest.mark.parametrize("name", list(MIXINGS))
def test_no_field_has_a_name_that_checkpoints_use_for_something_else(name):
    assert not {"V", "U", "previous"} & set(FIELDS.get(name, ()))


def test_without_memory_there_are_two():
    assert list(Variable(V, V).rows()) == ["V", "U"]
    assert Variable(V, V).with_rows({"V": V, "U": V}).memory is None
