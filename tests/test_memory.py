"""How much memory is left, by a system, its groups, ranks and limits that are written down; and what is refused."""

import math
import subprocess
import sys

import mpi
import numpy as np
import pytest
import torch

import p2pbo
from p2pbo.errors import InputError
from p2pbo.memory import UNCHECKED_BYTES, available_memory, input_error_on_exhaustion, require_memory

GB = 10**9
UNLIMITED = {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    8000000 kB\nSwapFree: 0 kB\n"}
V2 = {
    "proc/self/cgroup": "0::/slurm/job_1/step_0\n",
    "sys/fs/cgroup/memory.max": "max\n",
    "sys/fs/cgroup/memory.current": "5\n",
    "sys/fs/cgroup/slurm/job_1/memory.max": f"{3 * GB}\n",
    "sys/fs/cgroup/slurm/job_1/memory.current": f"{2 * GB}\n",
    "sys/fs/cgroup/slurm/job_1/memory.stat": f"anon 1\ninactive_file {GB // 2}\n",
    "sys/fs/cgroup/slurm/job_1/step_0/memory.max": "max\n",
    "sys/fs/cgroup/slurm/job_1/step_0/memory.current": "7\n",
}
V1 = {
    "proc/self/cgroup": "4:cpu,memory:/box\n1:cpuset:/box\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2**63 - 4096}\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": "5\n",
    "sys/fs/cgroup/memory/box/memory.limit_in_bytes": f"{4 * GB}\n",
    "sys/fs/cgroup/memory/box/memory.usage_in_bytes": f"{GB}\n",
    "sys/fs/cgroup/memory/box/memory.stat": f"inactive_file 1\ntotal_inactive_file {GB}\n",
}


@pytest.mark.parametrize(
    ("files", "environment", "left"),
    [
        ({}, {}, math.inf),
        (UNLIMITED, {}, 8.192 * GB),
        (UNLIMITED, {"OMPI_COMM_WORLD_LOCAL_SIZE": "4"}, 2.048 * GB),
        (UNLIMITED, {"MPI_LOCALNRANKS": "2"}, 4.096 * GB),
        (UNLIMITED, {"SLURM_STEP_TASKS_PER_NODE": "8(x2),3"}, 1.024 * GB),
        (UNLIMITED, {"MPI_LOCALNRANKS": "?"}, 8.192 * GB),
        ({**UNLIMITED, **V2}, {}, 1.5 * GB),
        ({**UNLIMITED, **V1}, {}, 4 * GB),
        ({**UNLIMITED, **V1}, {"MPI_LOCALNRANKS": "4"}, GB),
        ({"proc/meminfo": "MemTotal: 9 kB\n", "proc/self/cgroup": "0::/\n"}, {}, math.inf),
    ],
)
def test_the_least_of_system_groups_and_ranks_counts(tmp_path, files, environment, left):
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert available_memory(tmp_path, environment) == left


def test_a_limit_of_the_process_counts():
    limit = 40 * GB
    asked = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))\n"
        "from pathlib import Path; from p2pbo import memory\n"
        f"print(memory.available_memory(Path('{{}}')))"
    )
    root = sys.path[0]  # where there is no proc

    def left(root):
        return float(subprocess.check_output([sys.executable, "-c", asked.format(root)], text=True))

    assert left(root) == math.inf
    assert left("/") < limit


def test_what_does_not_fit_is_refused_on_one_line(monkeypatch):
    monkeypatch.setattr("p2pbo.memory.available_memory", lambda: GB)
    require_memory("it", GB, "for that", "do this")
    with pytest.raises(
        InputError, match=r"^it needs 1\.5 GB of memory for that, and 1 GB are left; do this$"
    ):
        require_memory("it", 3 * GB // 2, "for that", "do this")
    monkeypatch.setattr("p2pbo.memory.available_memory", lambda: -5)
    require_memory("it", UNCHECKED_BYTES, "for that", "do this")
    with pytest.raises(InputError, match="and 0 GB are left"):
        require_memory("it", UNCHECKED_BYTES + 1, "for that", "do this")


@pytest.mark.parametrize("allocate", [np.empty, torch.empty])
def test_a_failed_allocation_is_refused_on_one_line(allocate):
    with (
        pytest.raises(
            InputError, match=r"^it needs more memory than there is \(.*\d.*\); use less data"
        ) as said,
        input_error_on_exhaustion("it"),
    ):
        allocate(2**58)
    assert "\n" not in str(said.value)
    with pytest.raises(RuntimeError, match="another"), input_error_on_exhaustion("it"):
        raise RuntimeError("another")


def run(limit, *arguments):
    command = [
        sys.executable,
        "-m",
        "p2pbo",
        "run",
        "--nodes=4",
        "--steps=1",
        "--exact=off",
        "--quiet",
        *arguments,
    ]
    return mpi.finish(["bash", "-c", f'ulimit -v {limit // 1024}; exec "$@"', "run", *map(str, command)])


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """1,600 rows × 200,000 columns with 40 non-zeros each: 2.6 GB with every entry, 0.8 MB without zeros."""
    path, draw = tmp_path_factory.mktemp("wide") / "wide.svm", np.random.default_rng(0)
    columns = np.sort(draw.integers(1, 200_001, (1600, 40)), axis=1)
    columns[0, -1] = 200_000
    path.write_text(
        "".join(
            f"{i % 2} {' '.join(f'{j}:1' for j in dict.fromkeys(row))}\n" for i, row in enumerate(columns)
        )
    )
    return path


def test_wide_sparse_data_run_in_little_memory(wide):
    done = run(5 * GB // 2, f"--data=libsvm:{wide}", "--set=algorithm.batch=5")
    assert (done.code, done.err) == (0, "")


def test_what_would_not_fit_is_one_line(wide):
    refused = run(5 * GB // 2, f"--data=libsvm:{wide}", "--set=problem.features=dense")
    assert refused.code == 2
    (line,) = refused.err.splitlines()
    assert "needs 2.56 GB of memory for 1600 × 200000 dense numbers, and " in line


@pytest.mark.parametrize(
    ("problem", "data", "said"),
    [
        (
            {"name": "hyper-representation", "hidden": 10**9},
            {"name": "synthetic"},
            "the network needs 160 GB of memory for 20000000000 weights",
        ),
        (
            {"name": "quadratic", "dim_y": 9000},
            {"name": "a9a"},
            "problem quadratic needs 5.22 GB of memory for the coefficients of 4 nodes",
        ),
        (
            {"name": "quadratic", "dim_x": 10**6, "dim_y": 1},
            {"name": "a9a"},
            "problem quadratic needs 0.128 GB of memory for 4 copies of x, y of 4 nodes, 1000001 numbers each",
        ),
        (
            {"name": "logreg-hpo"},
            {"name": "synthetic", "samples": 10**7},
            "data synthetic needs 4.8 GB of memory to draw 10000000 × 20 numbers",
        ),
    ],
)
def test_what_would_be_made_and_does_not_fit_is_refused(monkeypatch, problem, data, said):
    monkeypatch.setattr("p2pbo.memory.available_memory", lambda: 1e8)
    with pytest.raises(InputError, match=f"^{said}, and 0.1 GB are left; use fewer "):
        p2pbo.run(problem=problem, data=data, nodes=4, steps=1)


def test_memory_that_runs_out_at_set_up_is_refused(monkeypatch):
    def too_much(*given):
        raise MemoryError("Unable to allocate 5 GiB\nfor that")

    for stage, name in (("_problem", "the run's set-up"), ("Assembly._start", "the start of the run")):
        with monkeypatch.context() as patch:
            patch.setattr(f"p2pbo.runner.assembly.{stage}", too_much)
            with pytest.raises(
                InputError, match=rf"^{name} needs more memory than there is \(Unable to allocate 5 "
            ):
                p2pbo.run(problem="quadratic", nodes=2, steps=1)
