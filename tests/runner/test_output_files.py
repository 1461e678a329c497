"""Names of a run's files: all fit, and are told apart from other runs', or nothing is written."""

import pytest
from command import said_to

import p2pbo
from p2pbo.errors import InputError
from p2pbo.runner.output_files import check_output_path, check_path_lengths

LONG = "n" * 300
RUN = ("--problem=quadratic", "--nodes=2", "--steps=3", "--quiet")


def files_beside(out):
    """All that a run with checkpoints whose writers die may write; NAME.h5 is the trace."""
    endings = (
        ".h5",
        ".h5-journal",
        ".h5.new",
        ".ckpt",
        ".ckpt.new",
        ".previous.ckpt",
        ".part2",
        ".part2-journal",
    )
    return [out.with_name(f"{out.stem}{ending}") for ending in endings]


def can_be_made(path):
    try:
        path.touch()
    except OSError:
        return False
    path.unlink()
    return True


def refused(check, out):
    try:
        check(out)
    except InputError:
        return True
    return False


def check_border(name, lengths):
    """Of names around the longest that fits, those are refused of whose files one cannot be made; both occur."""
    outs = [name(length) for length in lengths]
    fitting = [all(map(can_be_made, files_beside(out))) for out in outs]
    assert [not refused(check_path_lengths, out) for out in outs] == fitting
    assert set(fitting) == {True, False}


def test_names_are_as_long_as_the_folder_takes_all_of_them(tmp_path):
    check_border(lambda length: tmp_path / f"{'n' * (length - 3)}.h5", range(236, 258))


def test_characters_count_as_many_bytes_as_they_have(tmp_path):
    check_border(lambda length: tmp_path / f"{'ü' * length}.h5", range(115, 130))


def test_whole_paths_are_as_long_as_the_system_takes(tmp_path):
    folder = tmp_path
    while len(str(folder)) < 3850:
        folder = folder / ("d" * 50)
        folder.mkdir()
    last = 4096 - len(str(folder))
    check_border(lambda length: folder / f"{'n' * (length - 3)}.h5", range(last - 40, last + 1))


def test_folders_that_are_not_made_yet_count_too(tmp_path):
    assert not refused(check_path_lengths, tmp_path / "a" / "b" / "run.h5")
    assert refused(check_path_lengths, tmp_path / "a" / LONG / "run.h5")


@pytest.mark.parametrize("length", [245, 246, 248, 253, 256])
@pytest.mark.parametrize("resume", [False, True])
def test_a_run_whose_files_would_not_fit_writes_none(length, resume, tmp_path):
    out = tmp_path / f"{'n' * (length - 3)}.h5"
    with pytest.raises(InputError, match=r"is too long: the name of its .* bytes too many; shorten it"):
        p2pbo.run(problem="quadratic", nodes=2, steps=3, checkpoint_every=1, out=out, resume=resume)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_is_good_for_a_run_and_its_checkpoints(tmp_path):
    out = tmp_path / f"{'n' * 241}.h5"
    p2pbo.run(problem="quadratic", nodes=2, steps=3, checkpoint_every=1, out=out)
    assert p2pbo.run(problem="quadratic", nodes=2, steps=5, out=out, resume=True).last.step == 5


@pytest.mark.parametrize(
    "name", ["eta0.1", "run.ckpt", "run.previous.ckpt", "run.part2", "run.h5-journal", "run.new"]
)
def test_a_name_from_which_others_cannot_be_made_is_refused(name, tmp_path):
    """Checkpoints of eta0.1 and eta0.2 would be one."""
    for resume in (False, True):
        with pytest.raises(
            InputError, match=rf"which the names of its checkpoints would lose; call it {name}\.h5"
        ):
            p2pbo.run(problem="quadratic", nodes=2, steps=3, out=tmp_path / name, resume=resume)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["run", "run.h5", "eta0.1.h5", "run.nc", ".h5"])
def test_other_names_are_good(name, tmp_path):
    check_output_path(tmp_path / name)


def test_no_name_is_none():
    assert said_to("run", *RUN, "--out", "") == (2, "", "p2pbo: --out . names no file; write --out FILE.h5\n")


def test_checkpoints_of_another_trace_are_not_replaced(tmp_path):
    given = {"problem": "quadratic", "nodes": 2, "steps": 3}
    p2pbo.run(**given, out=tmp_path / "run.nc", checkpoint_every=1)
    with pytest.raises(
        InputError, match=r"would replace .*run\.ckpt, which is of .*run\.nc; choose another name"
    ):
        p2pbo.run(**given, out=tmp_path / "run.h5")
    (tmp_path / "run.nc").unlink()
    p2pbo.run(**given, out=tmp_path / "run.h5")


def test_ranks_and_points_are_not_even_started(tmp_path):
    for command in (
        ("launch", "-n", 2, *RUN, "--out", tmp_path / f"{LONG}.h5"),
        ("sweep", *RUN, "--seed=0,1", "--out", tmp_path / LONG),
    ):
        said = said_to(*command)
        assert (said.code, said.out) == (2, "")
        assert "is too long" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("show", f"{LONG}.h5"),
        ("run", f"{LONG}.h5"),
        ("run", *RUN, "--topology", LONG),
        ("topology", LONG, "--nodes=4"),
        ("report", LONG),
        ("compare", f"{LONG}.h5", "--target=upper_loss=1"),
        ("sweep", f"{LONG}.toml"),
    ],
)
def test_a_name_that_the_system_refuses_is_one_line(command):
    said = said_to(*command)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("p2pbo: ")
    assert said.err.count("\n") == 1
