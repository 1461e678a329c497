import pytest
from command import said_to

from p2pbo.cli.commands.catalogue import CATALOGUE


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_registered_name_is_listed_with_its_settings(kind):
    said = said_to("list", kind)
    assert (said.code, said.err) == (0, "")
    registry = CATALOGUE[kind]
    for name in registry:
        (line,) = [line for line in said.out.splitlines() if line.startswith(f"│ {registry[name].usage} ")]
        assert registry[name].summary in line
        for setting in registry[name].settings():
            assert f"{setting} (" in line


def test_algorithms_are_listed_with_their_parts_and_all_settings():
    (line,) = [line for line in said_to("list", "algorithms").out.splitlines() if line.startswith("│ vrdbo ")]
    for setting in (
        "estimator (storm)",
        "mixing (tracking)",
        "eta (0.33)",
        "alpha1 (5.0)",
        "first_batch (all)",
    ):
        assert setting in line


def test_everything_is_listed_without_a_kind():
    out = said_to("list").out.splitlines()
    assert [line.strip() for line in out if line.strip() in CATALOGUE] == list(CATALOGUE)
