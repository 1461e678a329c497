"""``p2pbo sweep`` in one process: its flags, its folder, and what a person sees of it."""

import re

import pytest
from command import said_to

from p2pbo import open_trace
from p2pbo.config.run_flags import RUN_FLAGS

FIELDS = {flag.name for flag in RUN_FLAGS} - {"out", "timeline"}
SWEEP = ("sweep", "--problem=quadratic", "--nodes=3", "--steps=2", "--seed=0:2", "--exact=off")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A sweep of two points, and what was said of it."""
    folder = tmp_path_factory.mktemp("swept") / "sweep"
    return folder, said_to(*SWEEP, "--out", folder)


def names(folder):
    return sorted(path.stem for path in folder.glob("*.h5"))


def refused(*arguments):
    said = said_to(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith("\n")
    return said.err.removesuffix("\n")


def test_the_help_has_all_flags_of_run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    said = said_to("sweep", "--help")
    for name in FIELDS:
        assert f" --{name.replace('_', '-')} " in said.out
    assert "[[sweep.cases]]" in said.out  # the rich markup of help texts knows brackets


def test_every_flag_of_run_is_an_axis(tmp_path):
    """Each takes one value as text here, or is a switch, and gives what it gives to run."""
    given = {
        "algorithm": "nc-soba",
        "hypergradient": "tracked",
        "estimator": "sgd",
        "mixing": "gossip",
        "schedule": "constant",
        "problem": "quadratic",
        "data": "a9a",
        "partition": "iid",
        "topology": "star",
        "weights": "lazy",
        "codec": "none",
        "compute_time": "10ms",
        "codec_scope": "node",
        "channel": "auto",
        "consensus_step": "0.5",
        "nodes": "3",
        "steps": "1",
        "seed": "4",
        "data_seed": "2",
        "lower_level": "shared",
        "sampling": "epochs",
        "dtype": "float32",
        "device": "cpu",
        "threads": "1",
        "log_every": "1",
        "exact": "off",
        "flops": "off",
        "checksum": "on",
        "asynchronous": "off",
        "link_drop": "0.1",
        "link_delay": "1",
        "stragglers": "0.1",
        "link_schedule": "matching",
        "until": "upper_loss=-1",
        "checkpoint_every": "30m",
        "time_limit": "2h",
        "divergence_factor": "100",
        "stall_timeout": "60",
        "on_failure": "abort",
    }
    others = {"neumann_batches", "tracking", "codec_by", "topology_schedule"}  # which do not go with these
    others |= {"link_double", "silent_after", "masks", "capacity", "rafbo_form", "unroll", "coordinates"}
    assert given.keys() | others | {"undirected"} == FIELDS
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()] + ["--undirected"]
    assert said_to("run", *flags, "--quiet", "--out", tmp_path / "run.h5").code == 0
    assert said_to("sweep", *flags, "--quiet", "--out", tmp_path / "sweep").code == 0
    swept = open_trace(tmp_path / "sweep" / "run.h5")
    assert swept.description == open_trace(tmp_path / "run.h5").description


def test_a_line_for_each_point_and_the_table_at_the_end(done):
    folder, said = done
    assert (said.code, said.err) == (0, "")
    first, second, *table = said.out.splitlines()
    assert re.fullmatch(r"1/2  seed=0: completed in \d.*s", first)
    assert re.fullmatch(r"2/2  seed=1: completed in \d.*s", second)
    assert table[0].split()[:2] == ["run", "seeds"]
    assert table[-1] == f"summary: {folder}/summary.csv, {folder}/summary.parquet"
    held = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert held == {"seed=0.h5", "seed=1.h5", "sweep.json", "summary.csv", "summary.parquet"}


@pytest.mark.parametrize("again", [lambda folder: (folder,), lambda folder: (*SWEEP[1:], "--out", folder)])
def test_nothing_is_done_twice(done, again):
    said = said_to("sweep", *again(done[0]))
    assert (said.code, said.err, "completed" in said.out) == (0, "", False)
    assert said_to("sweep", *again(done[0]), "--quiet") == (0, "", "")


def test_a_recorded_sweep_gets_more_values(tmp_path):
    assert said_to(*SWEEP, "--seed=7", "--quiet", "--out", tmp_path / "a").code == 0
    assert names(tmp_path / "a") == ["run"]
    said = said_to("sweep", tmp_path / "a", "--seed=7,8", "--set=algorithm.eta=0.1,0.2")
    assert (said.code, said.err, said.out.count("completed in")) == (0, "", 3)
    assert names(tmp_path / "a") == [f"eta={eta},seed={seed}" for eta in (0.1, 0.2) for seed in (7, 8)]
    other = tmp_path / "b"
    assert said_to("sweep", tmp_path / "a", "--seed=1", "--out", other, "--quiet") == (0, "", "")
    assert names(other) == ["eta=0.1", "eta=0.2"]


def test_flags_beat_assignments_which_beat_the_file(tmp_path):
    source = tmp_path / "mine.toml"
    source.write_text(
        'problem = "quadratic"\nsteps = 1\nnodes = 3\nout = "folder"\n[sweep]\nseed = "0:9"\ncodec = ["sign"]\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        said = said_to(
            "sweep", source, "--set=seed=5,6", "--set=codec=none,identity", "--codec=none", "--quiet"
        )
    assert said == (0, "", "")
    assert names(tmp_path / "folder") == ["seed=5", "seed=6"]
    assert open_trace(tmp_path / "folder" / "seed=5.h5").description["codec"] == "none"


def test_a_file_gives_its_name_to_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text('problem = "quadratic"\nsteps = 1\nnodes = 3\n')
    assert said_to("sweep", "mine.toml", "--seed=0:2", "--quiet") == (0, "", "")
    assert names(tmp_path / "runs" / "out" / "mine") == ["seed=0", "seed=1"]


def test_a_failing_point_is_one_line_and_the_exit_code(tmp_path):
    folder = tmp_path / "sweep"
    said = said_to(*SWEEP, "--codec=topk:900,none", "--seed=3", "--out", folder)
    assert said.code == 1
    assert said.err == (
        "p2pbo: codec=topk-900 failed: topk:900 keeps more than the 10 entries; use K ≤ 10 "
        f"(p2pbo sweep {folder} --point 0 runs it alone)\n"
    )
    assert "2/2  codec=none: completed" in said.out
    assert "1 of 2 points: topk:900 keeps more" in said.out
    assert (
        refused("sweep", folder, "--point", 0) == "p2pbo: topk:900 keeps more than the 10 entries; use K ≤ 10"
    )
    said = said_to("sweep", folder, "--summary")
    assert (said.code, "1 of 2 points: not run" in said.out) == (0, True)


def test_one_point_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("p2pbo.runner.sweep.slurm.fitting_pmi", lambda: "pmix")
    folder = tmp_path / "sweep"
    said = said_to(*SWEEP, "--slurm", "--time=10", "--limit=3", "--out", folder)
    assert said.out == (
        f"2 points; adapt the first lines, then:  sbatch {folder}/sweep.sh\n"
        f"afterwards:  p2pbo sweep {folder} --summary\n"
    )
    for _ in range(2):
        assert said_to("sweep", folder, "--point=1") == (0, f"trace: {folder}/seed=1.h5\n", "")
    assert names(folder) == ["seed=1"]
    said = said_to("sweep", folder, "--slurm")
    assert said.out.startswith(
        f"1 point; all else in the script is as it was; now:  sbatch {folder}/sweep.sh\n"
    )
    script = (folder / "sweep.sh").read_text()
    assert "--array=0%3\n" in script
    assert "--time=10\n" in script
    assert said_to("sweep", folder, "--quiet") == (0, "", "")
    assert said_to("sweep", folder, "--slurm").out.startswith("all points are done;")


def test_a_sweep_of_which_nothing_was_run_has_no_summary(tmp_path, monkeypatch):
    monkeypatch.setattr("p2pbo.runner.sweep.slurm.fitting_pmi", lambda: "pmix")
    folder = tmp_path / "sweep"
    assert said_to(*SWEEP, "--slurm", "--out", folder).code == 0
    assert refused("sweep", folder, "--summary").startswith(
        f"p2pbo: {folder} holds no trace of its 2 points; "
    )
    assert not (folder / "summary.csv").exists()


def test_a_terminal_shows_a_live_line(tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    said = said_to(*SWEEP, "--out", tmp_path / "sweep")
    for text in ("2/2", "seed=1", "step 2/2", "loss"):
        assert text in said.out
    assert "completed in" not in said.out


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (("--seed=0:0",), "--seed 0:0 holds no number; write 0:5"),
        (("--log-every=1,",), "--log-every '1,' has an empty value"),
        (("--seed=1,2,1",), "the point seed=1 is there 2 times; give each value once"),
        (("--sed=1,2",), "No such option: --sed"),
        (("--set=algorithm.etta=1,2",), "algorithm mdbo has no setting 'etta'; did you mean eta?"),
        (("--set=stepz=1,2",), "the run has no setting 'stepz'; did you mean steps?"),
        (("--set=steps",), "--set steps is no assignment"),
        (("--set=out=a,b",), "out cannot be swept"),
        (("-n", 4), "4 ranks cannot share 3 nodes"),
        (("--slurm", "--time=soon"), "--time soon is no time for Slurm"),
        (("--limit=2",), "--limit is for the tasks of a Slurm array; add --slurm, or leave --limit out"),
        (("--time=10",), "--time is for the tasks of a Slurm array"),
        (("--point=0",), "--point 0 goes with the folder of a sweep and nothing else"),
        (("--summary",), "--summary goes with the folder of a sweep and nothing else"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_run(flags, line, tmp_path):
    said = refused(*SWEEP, *flags, "--out", tmp_path / "sweep")
    assert said.startswith(f"p2pbo: {line}")
    assert "\n" not in said
    assert not list(tmp_path.glob("sweep/*.h5"))


def test_every_problem_of_a_grid_is_a_line(tmp_path):
    lines = refused(
        *SWEEP, "--topology=ring,rign", "--partition=iid,idd", "--out", tmp_path / "a"
    ).splitlines()
    assert [line.partition(";")[0] for line in lines] == [
        "p2pbo: topology 'rign' is not known",
        "p2pbo: partition 'idd' is not known",
    ]
    assert not (tmp_path / "a").exists()


def test_folders_that_are_no_sweep_are_refused(done, tmp_path):
    assert "the sweep has no folder for its traces; give --out FOLDER" in refused(*SWEEP)
    assert f"{tmp_path} holds no sweep.json" in refused("sweep", tmp_path)
    assert f"{tmp_path} holds no sweep.json" in refused("sweep", tmp_path, "--point=0")
    assert "--point 2 is not among the sweep's 2 points; give 0 to 1" in refused(
        "sweep", done[0], "--point=2"
    )
    (tmp_path / "thesis.tex").touch()
    assert "holds files but no sweep.json" in refused(*SWEEP, "--out", tmp_path)
    assert "seed=0.h5 is complete, but of a run with other settings" in refused("sweep", done[0], "--steps=3")


def test_flags_of_unequal_nodes_are_axes_too(tmp_path):
    flags = ("--algorithm=rafbo", "--problem=quadratic", "--nodes=3", "--steps=1", "--masks=static,rolling")
    listed = ('--capacity="1,1/2"', "--unroll=1,2", "--coordinates=2", "--rafbo-form=literal")
    assert said_to("sweep", *flags, *listed, "--quiet", "--out", tmp_path / "sweep").code == 0
    assert {path.stem for path in (tmp_path / "sweep").glob("*.h5")} == {
        f"masks={masks},unroll={unroll}" for masks in ("static", "rolling") for unroll in (1, 2)
    }
    trace = open_trace(tmp_path / "sweep" / "masks=rolling,unroll=2.h5")
    assert trace.description["algorithm"]["capacity"] == "1,1/2"
