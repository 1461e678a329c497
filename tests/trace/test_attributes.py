"""The attributes of a trace are those that the schema explains, of the types that it says."""

import warnings

import networkx as nx
import numpy as np
import pytest
import torch
from trace_examples import example_header

import p2pbo
from p2pbo.trace import ATTRIBUTES, TraceWriter

FEW = {"problem": "quadratic", "algorithm": "d-soba", "nodes": 4, "steps": 2}
LINKS = nx.cycle_graph(4)
nx.set_edge_attributes(LINKS, 1e6, "bandwidth")
MODELLED = {
    "codec": "randk:0.5",
    "codec_by": "bandwidth",
    "compute_time": "10ms",
    "topology": LINKS,
}
TYPES = {"str": str, "int": (int, np.integer), "float": (int, float)}


def own_losses():
    def loss(x, y, batch):
        return (batch[0] * (y - x)).square().mean()

    rows = (torch.ones(4, 2),)
    nodes = [p2pbo.NodeData(upper=rows, lower=rows) for _ in range(4)]
    return {"problem": p2pbo.Problem(upper=loss, lower=loss, dim_x=2, dim_y=2, nodes=nodes)}


def resumed(folder):
    stopped = {**FEW, "out": folder / "run.h5", "checkpoint_every": 1}
    p2pbo.run(**stopped)
    return {**stopped, "steps": 4, "resume": True}


TOO_LONG = {
    "schedule": "adaptive",
    "theta": 0.1,
    "mixing": "tracking",
    "c_x": 30.0,
}  # steps that diverge, and are measured

RUNS = {
    "plain": lambda _: FEW,
    "modelled": lambda _: FEW | MODELLED,
    "own": lambda _: FEW | own_losses(),
    "directed": lambda _: FEW | {"topology": "directed-ring", "algorithm": "fab"},
    "resumed": resumed,
    "begun again": lambda _: FEW | {"algorithm": "sparkle-gt", "settings": TOO_LONG, "steps": 100},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*the run begins again")
        return {
            name: p2pbo.run(**described(tmp_path_factory.mktemp(name))).attributes
            for name, described in RUNS.items()
        }


def test_every_attribute_of_a_run_is_explained(found):
    for attributes in found.values():
        assert attributes.keys() - ATTRIBUTES.keys() == set()
        for name, value in attributes.items():
            for entry in value if isinstance(value, list) else [value]:
                assert isinstance(entry, TYPES[ATTRIBUTES[name].dtype]), name


def test_a_run_has_every_attribute_that_is_found_in_all_traces(found):
    always = {name for name, attribute in ATTRIBUTES.items() if not attribute.found}
    for attributes in found.values():
        assert always - attributes.keys() == set()


def test_options_bring_the_others(found):
    """Two are of launched runs and of checkouts alone."""
    brought = {name for attributes in found.values() for name in attributes}
    assert ATTRIBUTES.keys() - brought <= {"rank_wait_period", "git_revision"}
    assert found["plain"].keys() < brought


def test_an_attribute_that_nobody_explains_is_not_written():
    writer = TraceWriter(None, example_header())
    with pytest.raises(ValueError, match="no attribute colour"):
        writer.write_total("colour", 1)
    writer.close("completed")
