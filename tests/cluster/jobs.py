"""Jobs on a cluster's Slurm: with each MPI library, submitted, waited for and asked about as their user does."""

import re
from pathlib import Path

from polling import poll

from p2pbo import InputError, open_trace

TEMPLATE = Path(__file__).parents[2] / "tools" / "slurm.sh"
SLOWLY = Path(__file__).with_name("slowly.py")
PMI = {"openmpi": "pmix", "mpich": "pmi2"}

QUIET = {"OMPI_MCA_mpi_yield_when_idle": "1", "OMP_NUM_THREADS": "1"}
"""What lets more ranks than there are cores get on."""

ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"}
PATIENCE = 180
"""Seconds for a job to come to a state; they all take less on a quiet machine."""


class Slurm:
    """The Slurm of a cluster, as a user of one MPI build meets it; jobs run in ``folder``, in their user's home."""

    def __init__(self, cluster, build, folder):
        self.cluster, self.build = cluster, build
        self.folder = cluster.home / folder
        programs = self.folder / "p2pbo" / "bin"
        cluster.run("login", ["mkdir", "-p", programs], timeout=PATIENCE)
        for name, text in {
            "activate": f'PATH="{programs}:$PATH"\n',
            "module": "#!/bin/sh\n",
            "python": f'#!/bin/sh\nexec {build.python} "$@"\n',
            "p2pbo": f'#!/bin/sh\nexec {build.python} ${{PROGRAM:--m p2pbo}} "$@"\n',
        }.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self._env = {**QUIET, "HOME": f"{self.folder}", "PATH": f"{programs}:/usr/bin:/bin:/usr/sbin:/sbin"}

    def run(self, *argv, timeout=PATIENCE, **env):
        """Run a command on the login host and wait for its end."""
        return self.cluster.run("login", argv, env={**self._env, **env}, cwd=self.folder, timeout=timeout)

    def submit(self, script, *options, slowly=False):
        """Submit a script and return the job's number."""
        done = self.run(
            "sbatch", "--parsable", *options, script, **({"PROGRAM": f"{SLOWLY}"} if slowly else {})
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def about(self, job, field):
        """What Slurm says of a job: JobState, Restarts, ExitCode and more."""
        said = self.run("scontrol", "show", "job", "-o", job).stdout
        found = re.search(rf"\b{field}=(\S*)", said)
        return found[1] if found else said

    def wait(self, job, state):
        """Wait until a job is in a state."""
        found = poll(lambda: self.about(job, "JobState"), {state, *ENDED}.__contains__, PATIENCE)
        code = self.about(job, "ExitCode")
        assert found == state, f"job {job} is {found} ({code}), not {state}\n{self.printed()}"

    def wait_for_rows(self, trace, rows):
        """Wait until a job's trace has so many rows."""

        def found():
            try:
                return len(open_trace(path)["step"])
            except InputError:  # it is not there, or has no first row
                return 0

        path = self.folder / trace
        assert poll(found, lambda count: count >= rows, PATIENCE) >= rows, self.printed()

    def wait_for_requeue(self, job):
        """Wait until a job has been queued again, and let it start after three seconds where Slurm takes two minutes.

        It refuses a start in the second in which it has ended the one before.
        """
        assert poll(lambda: self.about(job, "Restarts"), "1".__eq__, PATIENCE) == "1", self.printed()
        if poll(lambda: self.about(job, "JobState"), "COMPLETING".__ne__, PATIENCE) == "PENDING":
            self.run("scontrol", "update", f"JobId={job}", "StartTime=now+3")

    def printed(self):
        """What all jobs have printed so far."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.out")))
