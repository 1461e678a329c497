"""Standard output and error: no encoding, closed pipe, full disk or closed descriptor ends a command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from p2pbo import run
from p2pbo.cli.streams import OutputStream

FULL = Path("/dev/full")

NAMED = "caf\N{LATIN SMALL LETTER E WITH ACUTE} [bold]1[x] :car: \udcff.h5"
"""A file's name: what ASCII lacks, what Rich takes for markup and an emoji, and a byte that is not UTF-8."""

COMMANDS = (
    ["run", "--help"],
    ["list"],
    ["topology", "ring", "--nodes=4"],
    ["topology", "ring,star", "--nodes=4"],
    ["show", NAMED],
    ["compare", NAMED, "--target=upper_loss=1e9"],
    *(["compare", NAMED, "--target=upper_loss=1e9", f"--{kind}"] for kind in ("markdown", "latex", "csv")),
    ["plot", NAMED],
    ["report", "."],
    ["run", "--problem=quadratic", "--nodes=2", "--steps=2", "--out=new.h5"],
    ["sweep", "--problem=quadratic", "--nodes=2", "--steps=2", "--seed=0,1", "--out=swept"],
)
"""Each prints something that ASCII lacks, or reads a file whose name does."""

IN_TURN = """
import io, json, sys
from p2pbo.cli import main
for command in json.loads(sys.argv[1]):
    sys.argv = ["p2pbo", *command]
    try:
        main()
    except SystemExit as end:
        print("ended", command[0], end.code or 0, flush=True)
"""


def process(*command, **options):
    """A finished Python; what it prints comes as bytes."""
    environment = {**os.environ, **options.pop("env", {})}
    streams = {} if "stdout" in options else {"stdout": subprocess.PIPE}
    return subprocess.run(
        [sys.executable, *map(str, command)],
        **streams,
        **options,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """A folder with one trace."""
    folder = tmp_path_factory.mktemp("traced")
    run(problem="quadratic", nodes=2, steps=2, out=folder / NAMED)
    return folder


def test_no_character_ends_a_command(traced):
    lacking = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0", "COLUMNS": "100"}
    done = process("-c", IN_TURN, json.dumps(COMMANDS), cwd=traced, env=lacking)
    ends = [line for line in done.stdout.decode("latin-1").splitlines() if line.startswith("ended ")]
    assert (ends, done.stderr) == ([f"ended {command[0]} 0" for command in COMMANDS], b"")


def test_errors_and_warnings_name_what_the_encoding_lacks(tmp_path):
    name = f"{tmp_path}/\N{GREEK SMALL LETTER LAMDA}\udcff.h5"
    done = process("-m", "p2pbo", "show", name, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(rf"p2pbo: {tmp_path}/\u03bb\udcff.h5 does not exist".encode())


def test_names_are_printed_as_they_are(traced):
    done = process("-m", "p2pbo", "show", NAMED, cwd=traced, env={"PYTHONIOENCODING": "utf-8"})
    assert NAMED.replace("\udcff", "?") in done.stdout.decode()


def test_who_reads_the_output_may_stop_reading():
    reads, writes = os.pipe()
    os.close(reads)
    done = process("-m", "p2pbo", "list", stdout=writes)
    os.close(writes)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", [["list", "codecs"], ["topology", "ring", "--nodes=4", "--json"]])
def test_output_for_which_there_is_no_room_is_one_line(command):
    with FULL.open("wb") as full:
        done = process("-m", "p2pbo", *command, stdout=full)
    line = (
        b"p2pbo: standard output cannot be written (No space left on device); send it where there is room\n"
    )
    assert (done.returncode, done.stderr) == (74, line)


def test_an_error_that_nobody_reads_keeps_its_exit_code():
    command = [sys.executable, "-m", "p2pbo", "show", "none.h5"]
    with FULL.open("wb") as full:
        assert subprocess.run(command, stderr=full, check=False).returncode == 2


def test_no_file_is_opened_in_the_place_of_a_closed_stream(tmp_path):
    program = (
        "import os, sys\nfor number in range(3): os.close(number)\nsys.stdout = sys.stderr = None\n"
        "from p2pbo.cli.streams import standard_streams\n"
        "with standard_streams():\n    print('nowhere')\n    file = open(sys.argv[1], 'w')\n"
        "    file.write(str(file.fileno()))"
    )
    assert process("-c", program, tmp_path / "number").returncode == 0
    assert int((tmp_path / "number").read_text()) > 2


def test_a_pipe_that_does_not_wait_is_waited_for():
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    program = "import sys; print(len(sys.stdin.buffer.read()))"
    reader = subprocess.Popen([sys.executable, "-c", program], stdin=reads, stdout=subprocess.PIPE)
    os.close(reads)
    outlet, left = OutputStream(writes), memoryview(bytes(1 << 20))
    while left:
        left = left[outlet.write(left) :]
    os.close(writes)
    outlet.check()
    assert int(reader.communicate()[0]) == 1 << 20
