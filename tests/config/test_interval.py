import pytest

from p2pbo import InputError
from p2pbo.config import Description
from p2pbo.config.interval import Interval, parse_interval


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200", Interval(steps=200)),
        ("90s", Interval(seconds=90)),
        ("30m", Interval(seconds=1800)),
        ("1.5h", Interval(seconds=5400)),
    ],
)
def test_steps_or_a_time(text, expected):
    assert parse_interval(text) == expected


@pytest.mark.parametrize("text", ["", "0", "0s", "-5", "1.5", "30 minutes", "m", "1d"])
def test_anything_else_is_refused(text):
    with pytest.raises(InputError, match=r"is no interval: write steps such as 200, or a time such as 90s"):
        Description.parse({"checkpoint_every": text})


def test_a_description_keeps_the_text():
    assert Description.parse({"checkpoint_every": 50}).checkpoint_every == "50"
    assert Description.parse({"checkpoint_every": "30m"}).checkpoint_every == "30m"
    assert Description.parse({}).checkpoint_every is None
