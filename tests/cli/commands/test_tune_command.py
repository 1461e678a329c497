"""``p2pbo tune``: what is asked and said, and processes that are killed, share a study, or are ranks."""

import signal
import subprocess
import sys

import optuna
import pytest
from command import said_to

from p2pbo import open_trace

RUN = ("--problem=quadratic", "--nodes=3", "--steps=4", "--log-every=2", "--exact=off")
HELD = ("--set=algorithm.beta1=1", "--set=algorithm.beta2=1")


def refused(*arguments):
    said = said_to("tune", *arguments)
    assert (said.code, said.out) == (2, "")
    return said.err.removesuffix("\n")


def trials_of(folder):
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "study.journal"))
    study = optuna.load_study(study_name="mdbo", storage=optuna.storages.JournalStorage(backend))
    return study.get_trials()


def test_the_help_explains_itself(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    said = said_to("tune", "--help")
    for flag in (
        "--space",
        "--budget",
        "--budget-unit",
        "--metric",
        "--sampler",
        "--pruner",
        "--seed",
        "--algorithm",
    ):
        assert f" {flag} " in said.out
    assert "--trial" not in said.out


def test_a_search_from_flags_and_on_from_its_folder(tmp_path):
    folder = tmp_path / "study"
    said = said_to("tune", *RUN, "--algorithm=mdbo,nc-soba", "--budget=8", "--out", folder)
    assert (said.code, said.err) == (0, "")
    assert " 50%  mdbo-0000 eta=" in said.out
    assert f"p2pbo sweep {folder}/best.toml --seed 1:6" in said.out
    assert sorted(path.stem for path in folder.glob("*.h5")) == [
        "mdbo-0000",
        "mdbo-0001",
        "nc-soba-0000",
        "nc-soba-0001",
    ]
    assert said_to("tune", folder, "--budget=12", "--quiet").out == ""
    assert len(list(folder.glob("mdbo-*.h5"))) == 3
    summed = said_to("tune", folder, "--summary")
    assert summed.code == 0
    assert "3  " in next(line for line in summed.out.splitlines() if line.startswith("mdbo"))


def test_a_search_from_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "space.toml").write_text(
        "problem = 'quadratic'\nnodes = 3\nsteps = 2\n[algorithm]\nbeta1 = 1\nbeta2 = 1\n"
        "[sweep]\nseed = '4:6'\n[space]\nalgorithm.eta = '0.1:0.5'\nalgorithm.batch = [1, 2]\n"
        "[tune]\nbudget = 4\nsampler = 'random'\n"
    )
    assert said_to("tune", "space.toml", "--quiet").code == 0
    folder = tmp_path / "runs" / "out" / "space"
    (trial,) = trials_of(folder)
    assert 0.1 <= trial.params["algorithm.eta"] <= 0.5
    assert trial.params["algorithm.batch"] in (1, 2)
    losses = [open_trace(folder / f"mdbo-0000,seed={seed}.h5").values("upper_loss")[-1] for seed in (4, 5)]
    assert trial.value == pytest.approx(sum(losses) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (["--space=algorithm.etta=1:2"], "p2pbo: algorithm mdbo has no setting 'etta'; did you mean eta?"),
        (
            ["--space=algorithm.eta=2:1"],
            "p2pbo: --space algorithm.eta=2:1 is empty; write the smaller number first",
        ),
        (["--metric=uper_loss"], "p2pbo: --metric uper_loss is in no row of mdbo; did you mean upper_loss?"),
        (["--budget=1"], "p2pbo: --budget 1 is less than the 4 steps of one trial"),
        (
            ["--sampler=grid"],
            "p2pbo: --sampler grid has the range algorithm.eta=0.001:1.0:log, which has no grid",
        ),
        (["-n", "4"], "p2pbo: 4 ranks cannot share 3 nodes"),
    ],
)
def test_what_cannot_be_is_one_line_before_anything_is_written(tmp_path, flags, error):
    said = refused(*RUN, *flags, "--out", tmp_path / "study")
    assert said.startswith(error)
    assert "\n" not in said
    assert not list(tmp_path.iterdir())


def test_a_killed_process_and_one_that_shares_its_study(tmp_path):
    """Five trials for two processes, of which one is killed in its second; what it ran is tried again."""
    folder = tmp_path / "study"
    command = [
        sys.executable,
        "-m",
        "p2pbo",
        "tune",
        *RUN,
        *HELD,
        "--budget=20",
        "--pruner=none",
        "--out",
        str(folder),
    ]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        workers[0].stdout.readline()
        workers[0].send_signal(signal.SIGKILL)
        assert workers[1].wait(60) == 0
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert said_to("tune", folder, "--quiet").code == 0  # where the last was the one that died
    trials = trials_of(folder)
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    dead = [trial for trial in trials if trial.state.name == "FAIL"]
    assert len(complete) == 5
    assert len(trials) == 5 + len(dead) and len(dead) <= 1
    assert len({trial.params["algorithm.eta"] for trial in complete}) == 5
    again = [trial.params for trial in complete if "again" in trial.user_attrs]
    assert again == [trial.params for trial in dead if trial.params]  # killed earlier, it has none
    assert {path.stem for path in folder.glob("mdbo-*.h5")} == {
        f"mdbo-{trial.number:04}" for trial in complete
    }


def test_ranks_run_a_trial_and_prune_it(tmp_path, first_build):
    """The poor one comes second, on two ranks: rank 0, which alone has its rows, ends it at the first."""
    folder = tmp_path / "study"
    flags = (
        "--steps=9",
        "--log-every=1",
        "--sampler=grid",
        "--pruner=halving",
        *HELD,
        "--space=algorithm.eta=0.2|1e-9",
    )
    assert said_to("tune", *RUN[:2], "--exact=off", *flags, "--budget=9", "--out", folder).code == 0
    said = said_to("tune", folder, "--budget=18", "-n", "2")
    assert (said.code, said.err) == (0, "")
    good, poor = trials_of(folder)
    assert [good.params["algorithm.eta"], poor.params["algorithm.eta"]] == [0.2, 1e-9]
    assert [trial.user_attrs["outcome"] for trial in (good, poor)] == ["complete", "pruned"]
    assert poor.user_attrs["spent"] == 1
    trace = open_trace(folder / "mdbo-0001.h5")
    assert (trace.values("step").tolist(), trace.attributes["ranks"]) == ([0, 1], 2)
