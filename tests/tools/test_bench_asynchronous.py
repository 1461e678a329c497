"""The study of asynchronous nodes: its searches find what is there, and nothing is measured twice."""

import json
import math

import pytest
from asynchronous import stable_steps
from asynchronous.drawing import draw
from asynchronous.fastest import fastest
from asynchronous.networks import SlowNetwork
from asynchronous.report import Report
from asynchronous.speedups import ASYNCHRONOUS, time_to
from asynchronous.tables import speedup_table, stable_table
from rich.console import Console


def test_the_fastest_steps_are_found_from_afar():
    """From a start that diverges, down a narrow valley."""

    def time_of(steps, limit):
        a, b = (math.log2(steps[name]) for name in ("a", "b"))
        time = 10 + (a - b - 1) ** 2 * 30 + (a + b + 6) ** 2
        return time if a < 3 and time < limit else math.inf

    found = fastest(time_of, {"a": 16.0, "b": 4.0})
    assert found.steps == pytest.approx({"a": 2**-2.5, "b": 2**-3.5})
    assert found.time == pytest.approx(10)


def test_steps_that_never_get_there_are_given_up():
    with pytest.raises(ValueError, match="gets there"):
        fastest(lambda _steps, _limit: math.inf, {"a": 1.0})


@pytest.mark.parametrize("limit", [0.001, 0.05, 1.0, 3.0, 100.0])
def test_the_largest_stable_step_is_bisected(limit, monkeypatch):
    monkeypatch.setattr(stable_steps, "is_stable", lambda _problem, _network, step: step <= limit)
    lattice = [2 ** (k / 2) for k in range(-16, 9)]
    found = stable_steps.stable_step("quadratic", SlowNetwork())
    assert found == pytest.approx(max([step for step in lattice if step <= limit], default=0.0))


def test_steps_are_stable_or_not():
    found = [stable_steps.is_stable("quadratic", SlowNetwork(), step) for step in (1.0, 4.0)]
    assert found == [True, False]


def test_times_are_those_of_the_target_or_infinite():
    steps = {"alpha": 4.0, "beta": 0.7, "gamma": 0.7}
    time = time_to("quadratic", ASYNCHRONOUS, 0, 1.0, steps)
    assert 150 < time < 400
    assert time_to("quadratic", ASYNCHRONOUS, 0, 1.0, steps, limit=time / 2) == math.inf
    assert time_to("quadratic", ASYNCHRONOUS, 0, 1.0, dict.fromkeys(steps, 20.0)) == math.inf


def test_a_case_is_measured_once(tmp_path):
    path = tmp_path / "report.json"
    assert Report(path).measured("one", lambda: 1.5) == 1.5
    assert Report(path).measured("one", lambda: 2.5) == 1.5
    assert json.loads(path.read_text()) == {"one": 1.5}


def test_tables_and_picture_show_what_was_found(tmp_path):
    one = {"alpha": 2.0}
    both = [
        {"method": "sparkle-gt", "times": [100.0, 900.0], "steps": [one, one]},
        {"method": ASYNCHRONOUS, "times": [125.0, 300.0], "steps": [one, {"alpha": 4.0}]},
    ]
    console = Console(record=True, width=160)
    console.print(speedup_table({"quadratic, seed 0": both}))
    console.print(stable_table("by latency", {"ring": {0.1: 1.41, 5.5: 0.044}}))
    said = console.export_text()
    for figure in ("0.80", "3.00", "alpha=2 | alpha=4", "0.044"):
        assert figure in said
    found = draw(tmp_path, {"ring": {0.1: 1.4, 5.5: 0.04}}, {"ring": {1.0: 1.4, 100.0: 1.0}})
    assert found.stat().st_size < 60_000
