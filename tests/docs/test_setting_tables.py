"""Tables of settings: meaning, what they take, default."""

from pathlib import Path
from typing import Literal

from extensions.setting_tables import settings_table

from p2pbo.algorithms.sampling import BatchSize


def test_a_setting_without_a_default_must_be_given():
    specs = {"d": (int, ...), "p": (float, None)}
    assert settings_table(specs, {"d": "neighbours of a node."}).splitlines()[2:] == [
        "| `d` | neighbours of a node. | whole number | must be given |",
        "| `p` |  | number | unset |",
    ]


def test_what_a_meaning_says_of_an_unset_setting_is_its_default():
    meanings = {"L": "L ≥ ‖H‖; by default the problem's own.", "path": "the folder; else data/mnist."}
    rows = settings_table({"L": (float, None), "path": (Path | None, None)}, meanings).splitlines()[2:]
    assert rows == [
        "| `L` | L ≥ ‖H‖. | number | the problem's own |",
        "| `path` | the folder. | path | data/mnist |",
    ]


def test_a_batch_takes_rows_or_all():
    assert "| whole number ≥ 1 or `all` | `all` |" in settings_table({"batch": (BatchSize, "all")}, {})


def test_words_that_a_setting_takes_are_code():
    (row,) = settings_table({"loss": (Literal["upper", "lower"], "upper")}, {}).splitlines()[2:]
    assert row == "| `loss` |  | `upper`, `lower` | `upper` |"
