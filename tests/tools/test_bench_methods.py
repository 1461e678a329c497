"""The table of all methods' costs: its rows, how times are compared, and the times that the documentation shows."""

import bench_methods
import pytest
from step_costs import timing
from step_costs.step_times import Setting, StepTimes
from step_costs.stepping import Stepping
from step_costs.timing import TimedMethod, step_times

from p2pbo.algorithms import ALGORITHMS
from p2pbo.errors import InputError


def test_two_methods_have_a_row_each_beside_the_reference(tmp_path, capsys):
    files = tmp_path / "times.json", tmp_path / "table.md"
    bench_methods.main(methods=["mdbo", "lopa-gt"], turns=2, output=files[0], text=files[1])
    times = StepTimes.read(files[0])
    assert [*times.ratios] == ["lopa-gt", "mdbo", "nc-soba"]
    assert times.setting == Setting()
    assert min(times.microseconds, *times.ratios.values()) > 0
    lines = files[1].read_text().splitlines()
    ratio = times.ratio("mdbo")
    assert len(lines) == 2 + 3
    assert lines[3] == (
        "| `mdbo` | composition | 1 (fx, fy), 11 gy, 9 hyy, 1 hxy | 1 | 2 dx + 2 dy | 3,200 "
        f"| {ratio * times.microseconds:,.0f} | {ratio:.1f} |"
    )
    printed = capsys.readouterr().out
    assert all(name in printed for name in times.ratios)


class Scripted:
    """A method on a machine that slows with every turn: 1, 2 and 30 times as slow."""

    SLOWER = (1, 2, 30)

    def __init__(self, name, setting):
        own = {"nc-soba": 3.0, "mdbo": 12.0}[name]
        beside = (
            2 if name == "nc-soba" else 0
        )  # two methods are measured beside the reference, itself included
        self._times = iter([own * slower for slower in self.SLOWER for _ in range(1 + beside)])

    def microseconds(self):
        return next(self._times)


def test_a_turn_that_slows_both_leaves_their_ratio(monkeypatch):
    monkeypatch.setattr(timing, "TimedMethod", Scripted)
    times = step_times(["mdbo"], 3, Setting())
    assert times.ratios == {"mdbo": 4.0, "nc-soba": 1.0}
    assert times.microseconds == 3.0 * 2  # the median over turns


def test_a_method_takes_the_same_steps_in_every_turn(monkeypatch):
    points = []
    method = TimedMethod("vrdbo", Setting(nodes=3, dim_x=2, dim_y=2, samples=4, batch=1))
    step = Stepping.step

    def noted(stepping):
        step(stepping)
        points.append(stepping.state.point[0].tobytes())

    monkeypatch.setattr(Stepping, "step", noted)
    method.microseconds()
    first = list(points)
    points.clear()
    method.microseconds()
    assert len({*first}) == len(first) > 1
    assert points == first


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_method_has_a_time_in_the_documentation(name):
    assert StepTimes.read().ratio(name) > 0


def test_the_documentation_has_no_times_of_methods_that_are_no_more():
    assert set(StepTimes.read().ratios) - set(ALGORITHMS) == set()


def test_a_method_without_a_time_names_the_command():
    command = "python tools/bench_methods.py --json docs/reference/step-times.json"
    with pytest.raises(
        InputError, match=f"^step times have none of no-such; {command} measures all methods again$"
    ):
        StepTimes.read().ratio("no-such")
