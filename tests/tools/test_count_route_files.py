"""The files that a run goes through are counted by what it calls."""

import json
from pathlib import Path

import mpi
import pytest

TOOL = Path(__file__).parents[2] / "tools" / "count_route_files.py"
THROUGH = {
    "row": "trace/",
    "step": "algorithms/estimators/",
    "exact": "algorithms/mixings/gossip.py",
    "lossy": "compression/codecs/topk.py",
    "loss": "algorithms/hypergradients/neumann.py",
    "checkpoint": "trace/checkpoint.py",
    "resume": "trace/reading/",
    "death": "topology/",
}
"""By route, one of its files, or the room of one."""


@pytest.mark.long
def test_every_route_is_measured(build, tmp_path):
    if build.name != "openmpi":
        pytest.skip(f"{build.name} ends the whole job when a rank dies")
    done = mpi.finish([build.python, TOOL, "--json", tmp_path / "routes.json"], timeout=600)
    assert done.code == 0, done.err
    routes = json.loads((tmp_path / "routes.json").read_text(encoding="utf-8"))
    assert routes.keys() == THROUGH.keys()
    for route, place in THROUGH.items():
        assert any(path.startswith(place) for path in routes[route])
        assert all(routes[route].values())  # the functions of each file
    assert THROUGH["lossy"] not in routes["exact"]
    assert THROUGH["loss"] not in {*routes["exact"], *routes["row"]}
    assert not any(path.startswith("trace/reading/") for path in routes["checkpoint"])
    assert (
        "topology/topology.py" not in routes["row"]
    )  # of which a row needs no more than the number of nodes
