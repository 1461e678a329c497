"""What `python tools/cluster` refuses on one line, with exit code 2, before anything is made."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cluster.commands import links_of
from cluster.folder import Folder, folders, is_held, remove_left_behind
from cluster.links import Links

TOOL = Path(__file__).parents[2] / "tools" / "cluster"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", f"{tmp_path}")
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def refusal(*arguments):
    done = subprocess.run(
        [sys.executable, TOOL, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["up", "-n", "0"], "a cluster of 0 hosts cannot be; take 1 to 200"),
        (["up", "--rate", "0"], "a link of 0 B/s carries nothing; give a rate above 0"),
        (["up", "--delay", "-1"], "a delay of -1 s cannot be; give 0 or more"),
        (["exec", "n1", "true"], "no cluster is up; python tools/cluster up -n 3"),
        (["kill", "n1"], "no cluster is up; python tools/cluster up -n 3"),
        (["shape", "--loss", "0.1"], "no cluster is up; python tools/cluster up -n 3"),
    ],
)
def test_refusals_are_one_line(place, arguments, line):
    assert refusal(*arguments) == f"cluster: {line}\n"
    assert list(place.iterdir()) == []


def test_one_of_several_clusters_has_to_be_chosen_by_its_place(place):
    made = [Folder(), Folder()]
    for folder in made:
        (folder.path / "hosts.json").write_text("{}")
    assert refusal("exec", "n1", "true").startswith("cluster: 2 clusters are up: ")
    for folder in made:
        folder.remove()


def test_links_are_what_the_command_line_says_of_them():
    assert links_of(None, None, None, False) is None
    assert links_of(None, 0.01, None, False) == Links(delay=0.01)
    assert links_of(1e6, None, 0.1, True) == Links(rate=1e6, loss=0.1, shared=True)


def test_a_folder_is_left_behind_once_its_maker_has_ended(place):
    own = Folder()
    maker = (
        f"import os, sys; sys.path.append({f'{TOOL.parent}'!r}); from cluster.folder import Folder; Folder()"
    )
    subprocess.run([sys.executable, "-c", maker], check=True, timeout=120)
    (other,) = set(folders()) - {own.path}
    assert (is_held(own.path), is_held(other)) == (True, False)
    assert remove_left_behind() == [other]
    assert folders() == [own.path]
    own.remove()
    assert folders() == []
