"""A node alone runs whatever a network of several runs, sends nothing and waits for nobody."""

import numpy as np
import pytest

from p2pbo.algorithms import ALGORITHMS
from p2pbo.config import Description
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute

LINKED = {"name": "ring", "bandwidth": 1e3, "latency": 5.0}
CONDITIONS = {
    "plain": {},
    "delay": {"delay": 2},
    "drop": {"drop": 0.5},
    "matching": {"schedule": "matching"},
}


def alone(computes=0.0, **given):
    """A run; each of its steps takes so many seconds of computing, and it begins within them."""
    usual = {"problem": "quadratic", "nodes": 1, "topology": LINKED, "steps": 3, "exact": "on"}
    trace = execute(lambda: Description.parse({**usual, **given}), UserObjects(None, None))
    assert trace is not None
    for name in trace.metrics:
        assert np.isfinite(trace.values(name).astype(float)).all(), name
    begins = trace.values("modelled_time")[1:] - computes * trace.values("step")[1:]
    np.testing.assert_allclose(begins, begins[0])
    assert 0 <= begins[0] <= computes
    assert (trace.values("bytes_sent") == 0).all()
    return trace


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if ALGORITHMS.make(name).variant is None])
def test_every_method_runs_on_links_of_known_speed(algorithm):
    given = {"algorithm": algorithm, "lower_level": ALGORITHMS.make(algorithm).lower_level, "checksum": "on"}
    if ALGORITHMS.make(algorithm).asynchronous({}):
        alone(computes=0.5, **given, compute_time="500ms")
    else:
        alone(**given)


@pytest.mark.parametrize("links", CONDITIONS.values(), ids=list(CONDITIONS))
@pytest.mark.parametrize(
    "algorithm", ["mdbo", "ef-soba", {"name": "rabo", "masks": "rolling", "capacity": "1/2"}]
)
@pytest.mark.parametrize("codec", ["randk:2", "topk:2", "sign"])
def test_every_channel_runs_under_every_condition(algorithm, codec, links):
    alone(algorithm=algorithm, codec=codec, links=links)


def test_a_codec_by_bandwidth_has_no_edge_to_fit():
    assert alone(codec="randk:2", codec_by="bandwidth").values("edge_bytes").size == 0
