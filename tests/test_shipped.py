"""Topologies and runs that come with the package are found by name, from everywhere."""

import shutil
import tomllib
from pathlib import Path

import pytest
from command import said_to

from p2pbo.config import from_file
from p2pbo.errors import InputError
from p2pbo.shipped import FOLDER, shipped_runs, shipped_topologies
from p2pbo.topology import GRAPHS, build

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_all_files_at_the_top_ship_and_are_found():
    assert sorted(shipped_topologies()) == sorted(path.stem for path in ROOT.glob("topologies/*.graphml"))
    assert sorted(shipped_runs()) == sorted(path.stem for path in ROOT.glob("runs/*.toml"))
    assert {"abilene", "nsfnet"} <= shipped_topologies().keys()
    assert "gao2023-fig1-a9a" in shipped_runs()


def test_the_package_has_them_among_its_data():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    data = {path for pattern in settings["p2pbo"] for path in (ROOT / "p2pbo").glob(pattern)}
    files = [*shipped_topologies().values(), *shipped_runs().values()]
    assert all(path.is_relative_to(FOLDER) for path in files)
    assert data >= set(files)


def test_no_family_hides_a_file():
    assert not shipped_topologies().keys() & set(GRAPHS)


@pytest.mark.parametrize("name", shipped_topologies())
def test_a_topology_is_built_by_name(name):
    named, read = build(name), build(ROOT / "topologies" / f"{name}.graphml")
    assert named.name == name
    assert (named.nodes, named.weighting) == (read.nodes, read.weighting)
    assert (named.weight == read.weight).all()


def test_a_file_of_that_name_comes_first():
    shutil.copy(ROOT / "topologies" / "karate.graphml", "abilene.graphml")
    assert build("abilene.graphml").nodes == 34
    assert build("abilene").nodes == 11
    Path("abilene").write_text("0 1\n")
    with pytest.raises(InputError, match="abilene is no graph file that p2pbo reads"):
        build("abilene")


def test_an_unknown_topology_names_those_that_ship():
    with pytest.raises(
        InputError,
        match=r"'abilen' is not known; did you mean abilene\? .*nsfnet, one-peer-exponential, regular",
    ):
        build("abilen", 8)


def test_a_run_by_name_is_the_file():
    assert from_file(Path("zhang2023-fig2-a9a")) == from_file(ROOT / "runs" / "zhang2023-fig2-a9a.toml")


def test_a_run_file_of_that_name_comes_first():
    Path("sweep-a9a").write_text("steps = 7")
    assert from_file(Path("sweep-a9a")) == {"steps": 7}


def test_an_unknown_run_names_those_that_ship():
    with pytest.raises(InputError, match=r"did you mean gao2023-fig1-a9a\? .*sweep-a9a"):
        from_file(Path("gao2023-fig1-a9"))


def test_the_command_line_takes_both_names(tmp_path):
    said = said_to("sweep", "sweep-a9a", "--topology=abilene", "--problem=quadratic", "--algorithm=dsbo",
                   "--codec=none", "--seed=0", "--steps=1", "--quiet", "--set=nodes=11")  # fmt: skip
    assert (said.code, said.err) == (0, "")
    assert (tmp_path / "runs" / "out" / "sweep-a9a" / "sweep.json").is_file()
