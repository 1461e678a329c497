"""Runs that cannot start; as a rank program (FOLDER JSON): what every rank says to each."""

import json
import sys
from pathlib import Path

from command import said_to

SPLIT = '<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/></graph></graphml>'
FILES = {
    "split.graphml": SPLIT,
    "bad.libsvm": "1 1:0.5\n0 1:one\n",
    "bad.toml": "steps = 3\nnodes = = 4\n",
    "run.toml": "steps = 3\n",
    "text.h5": "no trace",
}
SYNTHETIC = ("--problem=logreg-hpo", "--data=synthetic")
CASES = {
    "unknown algorithm": (("--algorithm=mdboo",), "algorithm 'mdboo' is not known; did you mean mdbo?"),
    "unknown problem": (("--problem=quadratc",), "did you mean quadratic?"),
    "unknown topology": (("--topology=rnig",), "did you mean ring?"),
    "unknown weights": (("--weights=metro",), "did you mean metropolis?"),
    "unknown data": ((*SYNTHETIC, "--data=a9"), "did you mean a9a?"),
    "unknown partition": ((*SYNTHETIC, "--partition=idi"), "did you mean iid?"),
    "unknown flag": (("--epochs=3",), "--epochs"),
    "unknown key": (("--set=stepz=3",), "has no setting 'stepz'; did you mean steps?"),
    "unknown setting": (("--set=algorithm.etta=3",), "has no setting 'etta'; did you mean eta?"),
    "no assignment": (("--set=steps",), "--set steps is no assignment"),
    "steps are no number": (("--steps=many",), "--steps"),
    "steps are no number either": (("--set=steps=many",), "steps = 'many' is refused"),
    "negative steps": (("--set=steps=-1",), "steps = -1 is refused"),
    "no nodes": (("--nodes=0",), "nodes = 0 is refused"),
    "unknown dtype": (("--dtype=float16",), "dtype = 'float16' is refused"),
    "disconnected graph": (("--topology={folder}/split.graphml",), "falls into 2 components"),
    "a graph's name in bytes": (("--topology={folder}/\udcff.graphml",), "graphml cannot be read"),
    "no such graph": (("--topology={folder}/no.graphml",), "no.graphml cannot be read"),
    "torus of other size": (("--topology=torus:3x5", "--nodes=8"), "has 15 places for 8 nodes"),
    "torus of a prime": (("--topology=torus", "--nodes=11"), "cannot lay out 11 nodes"),
    "malformed LIBSVM": ((*SYNTHETIC, "--data=libsvm:{folder}/bad.libsvm"), "bad.libsvm, line 2:"),
    "more nodes than samples": ((*SYNTHETIC, "--set=data.samples=10"), "cannot give 8 nodes 2 samples each"),
    "zero batch": (("--set=algorithm.batch=0",), "batch = 0 is refused"),
    "large batch": (("--set=algorithm.batch=65",), "batch 65 exceeds the 64 upper samples of node 0"),
    "negative step size": (("--set=algorithm.eta=-1",), "eta = -1 is refused"),
    "existing out": (("--out={folder}/text.h5",), "text.h5 exists already"),
    "unwritable out": (("--out={folder}/text.h5/run.h5",), "cannot be written"),
    "missing TOML": (("{folder}/no.toml",), "no.toml cannot be read"),
    "malformed TOML": (("{folder}/bad.toml",), "(at line 2, column 9)"),
    "missing trace": (("{folder}/no.h5",), "no.h5 does not exist"),
    "text as a trace": (("{folder}/text.h5",), "text.h5 cannot be read as HDF5"),
}
ALL = CASES | {
    "fewer nodes than ranks": (("--nodes=1", "--topology=complete"), "ranks cannot share 1 node"),
    "TOML on one rank only": (("{folder}/{file_of_rank_0}",), "cannot be read"),
    "different seeds": (("--seed={rank}",), "rank 1's description differs from rank 0's"),
}


def write_files(folder):
    for name, text in FILES.items():
        Path(folder, name).write_text(text)


def arguments(case, **places):
    given, _ = ALL[case]
    out = [] if any(part.startswith("--out") for part in given) else ["--out={folder}/new.h5"]
    return ["run", *(part.format(**places) for part in ["--problem=quadratic", *given, *out])]


def told(comm, folder):
    """What all ranks say to each case, on rank 0."""
    places = {"folder": folder, "rank": comm.rank, "file_of_rank_0": "no.toml" if comm.rank else "run.toml"}
    for case in ALL:
        yield case, comm.gather(said_to(*arguments(case, **places)))


if __name__ == "__main__":
    from mpi4py import MPI

    folder, answers = sys.argv[1:]
    everything = dict(told(MPI.COMM_WORLD, folder))
    if MPI.COMM_WORLD.rank == 0:
        Path(answers).write_text(json.dumps(everything))
    print(f"ok {MPI.COMM_WORLD.rank}\n", end="", flush=True)
