"""What a command imports, and how the list of commands knows them before."""

import subprocess
import sys

import pytest
from command import said_to

from p2pbo.cli.app import COMMANDS

PACKAGES = {
    *("numpy", "h5py", "networkx", "scipy", "torch", "mpi4py", "sklearn"),
    *("matplotlib", "pandas", "xarray", "jinja2", "numba"),
    *("numpy.ma", "rich.progress"),
}
QUADRATIC = ("--problem=quadratic", "--nodes=3", "--steps=1", "--quiet")
NEEDED = {
    "--help": set(),
    "show --help": {"numpy", "h5py"},
    "show FILE": {"numpy", "h5py"},
    "topology ring --nodes 8": {"numpy", "networkx"},
    "list": {"numpy", "networkx"},
    "run --help": {"numpy", "networkx", "h5py"},
    "run QUADRATIC": {"numpy", "networkx", "h5py"},
    "run QUADRATIC --codec cast:f16 --channel difference": {"numpy", "networkx", "h5py"},
}


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    path = tmp_path_factory.mktemp("start") / "run.h5"
    assert said_to("run", *QUADRATIC, "--out", path).code == 0
    return path


@pytest.mark.parametrize("line", NEEDED)
def test_a_command_imports_what_it_needs(line, trace):
    words = {"FILE": [str(trace)], "QUADRATIC": QUADRATIC}
    arguments = [argument for word in line.split() for argument in words.get(word, [word])]
    program = (
        "import sys, p2pbo.cli\n"
        f"sys.argv = ['p2pbo', *{arguments}]\n"
        "try: p2pbo.cli.main()\n"
        f"except SystemExit: print(*sorted({PACKAGES} & sys.modules.keys()), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stderr.split()) == NEEDED[line]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_list_of_commands_has_their_first_sentences(command):
    assert command.help == command.imported().help.partition("\n")[0]


def test_a_command_is_called_by_its_name():
    assert [command.imported().name for command in COMMANDS] == [command.name for command in COMMANDS]
