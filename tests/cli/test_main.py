"""Exit codes, and the one line of an error."""

import pytest
from command import said_to

from p2pbo import InputError, open_trace
from p2pbo.cli.app import APP

RUN = ("run", "--problem=quadratic", "--nodes=2", "--steps=1", "--quiet")


def test_no_command_prints_the_help():
    said = said_to()
    assert (said.code, said.err) == (2, "")
    assert "Usage" in said.out


COMPARE = "p2pbo compare mdbo.h5 vrdbo.h5 --target upper_loss=0.4"
COMMANDS = ("run", "launch", "sweep", "topology", "show", "plot", "compare", "report", "list")


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_every_command_has_a_help(command):
    said = said_to(*command, "--help")
    assert (said.code, said.err) == (0, "")
    assert "Usage" in said.out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("runn",), "p2pbo: No such command 'runn'. Did you mean 'run'? p2pbo --help lists the commands\n"),
        (("run", "--setp=3"), "p2pbo: No such option: --setp"),
        (("compare", "x.h5"), "p2pbo: compare lacks a --target; give one such as "),
        (
            ("compare", "--target=loss=1"),
            f"p2pbo: Missing argument 'TRACE...'; write for example {COMPARE} (",
        ),
        (
            ("compare", "x.h5", "--target"),
            "p2pbo: Option '--target' requires an argument; write for example ",
        ),
        (("launch",), "p2pbo: Missing option '-n'; write for example p2pbo launch -n 4 "),
        (("show",), "p2pbo: Missing argument 'TRACE...'; write for example p2pbo show mdbo.h5 ("),
        (
            ("list", "a", "b"),
            "p2pbo: Got unexpected extra argument(s) (b); write for example p2pbo list vrdbo ",
        ),
        (("run", "--steps=x"), "p2pbo: Invalid value for '--steps': "),
        (("run", "--device=banana"), "p2pbo: the run: device = 'banana' is refused; give cpu, cuda, cuda:N"),
        (("list", "algorithm"), "p2pbo: 'algorithm' is neither a kind nor a name; did you mean algorithms?"),
    ],
)
def test_a_misspelt_command_line_is_one_line(arguments, line):
    said = said_to(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(line)
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (InputError("a thing", "is wrong", "mend it"), 2, "p2pbo: a thing is wrong; mend it\n"),
        (KeyboardInterrupt(), 130, "p2pbo: interrupted\n"),
    ],
)
def test_what_a_user_can_mend_is_one_line(raised, code, said, monkeypatch):
    monkeypatch.setattr("p2pbo.cli.commands.run.execute", raising(raised))
    assert said_to(*RUN) == (code, "", said)


def test_what_nobody_expected_is_a_traceback(monkeypatch):
    monkeypatch.setattr("p2pbo.cli.commands.run.execute", raising(ZeroDivisionError("of what?")))
    said = said_to(*RUN)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Traceback (most recent call last):\n")
    assert said.err.endswith("ZeroDivisionError: of what?\n")


def raising(error):
    def execute(*arguments):
        raise error

    return execute


@pytest.mark.filterwarnings("ignore:the (upper|lower) loss at the network's average is inf")
@pytest.mark.parametrize("problem", ["quadratic", "logreg-hpo"])
def test_divergence_is_one_line_with_node_and_step(problem, tmp_path):
    out = tmp_path / "run.h5"
    large = (
        "--steps=5",
        f"--problem={problem}",
        "--data=synthetic",
        "--set=algorithm.eta=1e200",
        "--divergence-factor=0",
        "--algorithm=dsbo",
    )
    said = said_to(*RUN, *large, "--log-every=1", "--out", out)
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith(
        "p2pbo: node 0 diverged at step 2: its x holds NaN or infinity; lower eta or beta1\n"
    )
    assert said.err.count("\n") == 1
    assert open_trace(out).values("step").tolist() == [0, 1]
    assert open_trace(out).status.startswith("failed: Diverged: node 0 diverged at step 2")


def test_ranks_other_than_the_first_are_silent(monkeypatch):
    monkeypatch.setenv("PMI_RANK", "1")
    assert said_to("runn") == (2, "", "")


@pytest.mark.parametrize("command", APP.commands.values(), ids=list(APP.commands))
def test_the_examples_of_errors_are_read_by_their_commands(command):
    _, name, *arguments = command.example.split()
    assert name == command.name
    command.make_context(name, arguments)  # raises where a flag or an argument is wrong
