"""Every schedule starts at 1, stays between 0 and 1 and never rises; each is its formula."""

import math
from itertools import pairwise

import pytest

from p2pbo import InputError
from p2pbo.algorithms.schedules import SCHEDULES, measures


@pytest.mark.parametrize("name", [name for name in SCHEDULES if not measures(name)])
@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_schedules_start_at_one_and_never_rise(name, steps):
    schedule = SCHEDULES.make(name, steps)
    factors = [schedule(t) for t in range(steps)]
    assert factors[0] == 1
    assert all(0 < after <= before for before, after in pairwise(factors))


@pytest.mark.parametrize(
    ("spec", "t", "factor"),
    [
        ("constant", 99, 1),
        ("inverse-sqrt", 3, 0.5),
        ("inverse-sqrt:10", 30, 0.5),
        ("power", 7, 0.5),
        ("power:1/2:10", 30, 0.5),
        ("power:1", 3, 0.25),
        ("power:0.25:0.2", 3, 0.5),
        ("cosine", 50, 0.5),
        ("cosine:0.2", 100, 0.2),
        ("cosine:0.2", 50, 0.6),
        ("cosine:0.2", 150, 0.2),  # where a fast node goes on without rounds
        ("cosine", 25, 0.5 + 0.5 * math.sqrt(0.5)),
    ],
)
def test_schedules_are_their_formulas(spec, t, factor):
    assert SCHEDULES.make(spec, 100)(t) == pytest.approx(factor, rel=1e-14)


@pytest.mark.parametrize(
    "spec",
    [
        *("cosine:1.5", "cosine:-1", "inverse-sqrt:0", "inverse-sqrt:nan", "constant:1"),
        *("power:0", "power:1.1", "power:1/0", "power:third", "power:1:0", "power:1:2:3"),
    ],
)
def test_impossible_settings_are_refused(spec):
    with pytest.raises(InputError):
        SCHEDULES.make(spec, 10)
