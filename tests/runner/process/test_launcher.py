import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import launching as program
import mpi
import pytest

from p2pbo import InputError
from p2pbo.runner.process import launcher
from p2pbo.runner.process.hosts import Host


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with an interpreter, and another on PATH, without mpiexec."""
    for name in ("venv", "path"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def executable(path):
    path.touch(mode=0o755)
    return path


def test_the_mpiexec_beside_the_interpreter_comes_first(elsewhere):
    on_path = executable(elsewhere / "path" / "mpiexec")
    assert launcher.mpiexec() == on_path
    beside = executable(elsewhere / "venv" / "mpiexec")
    assert launcher.mpiexec() == beside


def test_no_mpiexec_is_an_input_error(elsewhere):
    with pytest.raises(InputError, match="mpiexec is not on PATH; pip install"):
        launcher.start_ranks(2, ["run"])


@pytest.fixture(autouse=True)
def own_scratch(tmp_path, monkeypatch):
    """A killed Open MPI launcher leaves files by its number, which would stop the next one of that number."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@contextmanager
def launching(build, *arguments, stderr=subprocess.DEVNULL):
    """The program ``launching`` with its ranks up; its process and theirs."""
    environment = {**os.environ, **mpi.ENVIRONMENT}
    process = subprocess.Popen(
        [build.python, program.__file__, *arguments],
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )
    ranks = []
    try:
        with process.stdout:
            ranks += [int(process.stdout.readline().split()[1]) for _ in range(2)]
            yield process, ranks
    finally:
        process.kill()
        for rank in filter(alive, ranks):
            os.kill(rank, signal.SIGKILL)
        process.wait()


def alive(pid):
    """Whether a process of the program ``launching`` has this number."""
    with suppress(OSError):
        return program.__file__.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(true):
    deadline = time.monotonic() + 60
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


def check_gone(pids):
    until(lambda: not any(map(alive, pids)))


def said_last(process):
    """The exit code of the ranks, and the signal that was passed on to them."""
    return process.stdout.read().splitlines()[-1].split()  # behind what the launcher says of the signal


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_end_lets_ranks_finish(build, number):
    with launching(build) as (process, ranks):
        process.send_signal(number)
        assert said_last(process) == ["75", str(int(number))]
        check_gone(ranks)


def test_a_second_interrupt_ends_ranks_that_do_not_finish(build, tmp_path):
    said = tmp_path / "stderr"
    with said.open("wb") as stderr, launching(build, "deaf", stderr=stderr) as (process, ranks):
        process.send_signal(signal.SIGINT)
        until(lambda: "Ctrl-C once more ends them at once" in said.read_text())
        assert all(map(alive, ranks))
        process.send_signal(signal.SIGINT)
        code, number = said_last(process)
        assert code != "0"
        assert number == str(int(signal.SIGINT))
        check_gone(ranks)


def test_nobody_outlives_who_started_him(build):
    with launching(build) as (process, ranks):
        launchers = children(process.pid)
        assert launchers
        process.kill()
        check_gone([*launchers, *ranks])


def test_ranks_end_with_a_killed_launcher(first_build):
    with launching(first_build) as (process, ranks):
        (started,) = children(process.pid)
        os.kill(started, signal.SIGKILL)
        assert said_last(process) == ["137", "None"]
        check_gone(ranks)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_launcher_that_heeds_none(number, tmp_path):
    """As Open MPI's does where it waits for a host that has vanished."""
    deaf = executable(tmp_path / "mpiexec")
    deaf.write_text(
        "#!/bin/sh\ntrap '' TERM INT; trap 'echo asked' USR1; sleep 1; echo $$; while :; do sleep 0.1; done"
    )
    start = (
        "from pathlib import Path; from p2pbo.runner.process import launcher; launcher.END_SECONDS = 0.5\n"
        f"launcher.mpiexec = lambda: Path({str(deaf)!r}); print(*launcher.start_ranks(2, ['run'])[:2])"
    )
    with subprocess.Popen([sys.executable, "-c", start], text=True, stdout=subprocess.PIPE) as process:
        started = int(process.stdout.readline())
        try:
            process.send_signal(number)
            assert process.stdout.readline() == "asked\n"
            process.send_signal(number)
            assert process.stdout.read().split() == ["137", str(int(number))]
        finally:
            process.kill()
            with suppress(ProcessLookupError):
                os.kill(started, signal.SIGKILL)


def test_a_lost_host_ends_its_launcher(network, tmp_path, monkeypatch):
    """The launcher, which heeds no signal, takes the host away."""
    kept, lost = Host("a", 2), Host("b", 2)
    for host in (kept, lost):
        network.up(host.name)
    deaf = executable(tmp_path / "mpiexec")
    deaf.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exec echo Open MPI\n'
        f"trap '' TERM; rm {network.file('b')}; while :; do sleep 0.1; done\n"
    )
    monkeypatch.setattr(launcher, "mpiexec", lambda: deaf)
    monkeypatch.setattr(launcher, "END_SECONDS", 0.1)
    ended = launcher.start_ranks(4, ["run"], hosts=(kept, lost))
    assert ended == (137, None, (lost,), ended.reached)
