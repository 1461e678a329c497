"""Weights below 0: refused where averages divide by sums of weights, said where mixing is less sure."""

import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.errors import Notice

OF_PARTS = [
    name
    for name in ALGORITHMS
    if getattr(ALGORITHMS.make(name), "masks", None) and ALGORITHMS.make(name).variant is None
]
"""Methods whose nodes may train parts of the model."""
RUN = {"problem": "quadratic", "steps": 3, "exact": "off"}
HALVES = {"capacity": "1,1/2", "masks": "rolling"}


def negative_edge():
    """A complete graph of 4 whose edge (0, 1) has a negative weight; all eigenvalues but one lie in (−1, 1)."""
    W = np.array([[0, -0.1, 0.4, 0.4], [-0.1, 0, 0.4, 0.4], [0.4, 0.4, 0, 0.1], [0.4, 0.4, 0.1, 0]])
    return W + np.diag(1 - W.sum(axis=1))


@pytest.mark.parametrize("algorithm", OF_PARTS)
def test_averages_of_parts_refuse_a_negative_self_weight(algorithm):
    star = {"topology": "star", "nodes": 8}  # optimal: 2/(8 + 1) an edge, 1 − 7·2/9 = −0.556 for the hub
    with pytest.raises(
        InputError, match=r"^topology star weighs node 0 itself by -0\.556, and .*; use other --weights"
    ) as refused:
        p2pbo.run(**RUN, **star, weights="optimal", algorithm=algorithm, settings=HALVES)
    assert "\n" not in str(refused.value)
    for weights in ("metropolis", "lazy:optimal"):
        assert p2pbo.run(**RUN, **star, weights=weights, algorithm=algorithm, settings=HALVES) is not None


def test_averages_of_parts_refuse_a_negative_edge():
    with pytest.raises(
        InputError, match=r"topology custom weighs edge 0 – 1 by -0\.1, and averages of parts"
    ):
        p2pbo.run(**RUN, topology=negative_edge(), algorithm="rabo", settings=HALVES)


def test_whole_rows_are_mixed_by_any_w():
    for topology in ({"topology": negative_edge()}, {"topology": "star", "weights": "optimal"}):
        p2pbo.run(**RUN, **topology, algorithm="rabo")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"links": {"drop": 0.1}}, "links that fail or are late"),
        ({"links": {"delay": 1}}, "links that fail or are late"),
        ({"links": {"schedule": "matching"}}, "links that fail or are late"),
        ({"codec": "x=randk:0.5"}, "the masked channel"),
        ({"on_failure": "continue"}, "--on-failure continue"),
    ],
)
def test_a_negative_edge_is_said_where_edges_may_be_left_out(given, reason):
    said = rf"^topology custom weighs edge 0 – 1 by -0\.1: with {reason} nodes may drift apart; use"
    with pytest.warns(Notice, match=said):
        p2pbo.run(**RUN, topology=negative_edge(), **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"topology": "star", "weights": "optimal", "nodes": 8}, r"star weighs node 0 itself by -0\.556"),
        ({"topology": negative_edge()}, r"custom weighs edge 0 – 1 by -0\.1"),
    ],
)
def test_a_negative_weight_is_said_where_nodes_do_not_wait(given, said):
    """With the star's, Async-SOBA diverges at steps of 0.1, by Metropolis' weights it bears steps of 1."""
    without = {"algorithm": "async-soba", "compute_time": "10ms"}
    with pytest.warns(Notice, match=rf"^topology {said}: with no rounds nodes may drift apart; use"):
        p2pbo.run(**RUN, **given, **without)


@pytest.mark.parametrize("given", [{}, {"codec": "qsgd:4"}, {"codec": "randk:0.5", "channel": "difference"}])
def test_nothing_is_said_where_the_spectrum_of_w_decides(given):
    p2pbo.run(**RUN, topology=negative_edge(), **given)  # warnings are errors


@pytest.mark.parametrize("links", [{"drop": 0.3}, {"delay": 2}])
def test_nothing_is_said_of_a_negative_self_weight_on_links_that_fail(links):
    """An edge that is left out makes I − W smaller, not indefinite."""
    p2pbo.run(**RUN, topology="star", weights="optimal", nodes=8, links=links)
