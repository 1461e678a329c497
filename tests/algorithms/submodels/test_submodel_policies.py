"""Capacities, policies and what they cut: by hand, and what is refused."""

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from stepping import quadratic

from p2pbo import InputError, NodeData, Problem
from p2pbo.algorithms import ALGORITHMS, RunContext
from p2pbo.algorithms.submodels import POLICIES, Submodels
from p2pbo.algorithms.submodels.capacity import kept_units
from p2pbo.problems import Units

NODES = 6


def submodels(policy, problem=None, capacities=None, offset=None, **settings):
    own = {} if offset is None else {"offset": offset}
    problem = problem or quadratic(NODES, dim_x=8, dim_y=16)
    context = RunContext(problem, seed=3, capacities=capacities or {})
    return Submodels(context, POLICIES.make(policy, **own), **settings)


def entries(made, q, node, variable, point=None):
    point = point or (np.zeros((NODES, 8)), np.zeros((NODES, 16)))
    return made.round(q, range(NODES), point).submodels[node]["xy".index(variable)].entries.tolist()


@pytest.mark.parametrize(
    ("capacity", "units", "expected"),
    [("1", 7, 7), ("1/2", 7, 4), ("1/4", 32, 8), ("1/16", 8, 1), ("1/100", 5, 1), ("0.3", 10, 3)],
)
def test_a_node_keeps_the_nearest_number_of_units(capacity, units, expected):
    assert kept_units(Fraction(capacity), units) == expected


def test_static_nodes_keep_a_window():
    made = submodels("static", capacity="1,1/2,1/4", offset="0,3/4")
    for q in (0, 5):
        assert entries(made, q, 0, "x") == list(range(8))
        assert entries(made, q, 1, "x") == [0, 1, 6, 7]  # ⌊¾·8⌋ … and on from 0
        assert entries(made, q, 2, "x") == [0, 1]
        assert entries(made, q, 3, "y") == list(range(16))  # capacities and offsets are cycled
        assert entries(made, q, 5, "y") == [12, 13, 14, 15]


def test_rolling_windows_move_on_by_one():
    made = submodels("rolling", capacity="1/4")
    assert [entries(made, q, 4, "x") for q in (0, 1, 7, 8)] == [[0, 1], [1, 2], [0, 7], [0, 1]]


def test_random_nodes_draw_all_units_alike():
    made = submodels("random", capacity="1/4", masked="x")
    counts = np.zeros(8)
    for q in range(300):
        drawn = [entries(made, q, node, "x") for node in range(NODES)]
        assert all(len(set(own)) == 2 for own in drawn)
        np.add.at(counts, np.concatenate(drawn), 1)
    expected, sigma = 300 * NODES / 4, np.sqrt(300 * NODES * 0.25 * 0.75)
    assert np.abs(counts - expected).max() < 4 * sigma
    assert drawn[0] != drawn[1] or drawn[1] != drawn[2]


def test_importance_looks_at_the_own_row():
    point = np.zeros((NODES, 8)), np.zeros((NODES, 16))
    point[0][2, [5, 1]] = -3.0, 2.0
    point[0][4, 7] = 1.0
    made = submodels("importance", capacity="1/4")
    assert entries(made, 0, 2, "x", point) == [1, 5]
    assert entries(made, 9, 4, "x", point) == [0, 7]  # of equal ones the first
    round_ = made.round(0, range(NODES), point)
    np.testing.assert_array_equal(round_.x.notes[2], np.packbits([0, 1, 0, 0, 0, 1, 0, 0]))
    assert round_.x.read(2, round_.x.notes[2]).tolist() == [1, 5]


@pytest.mark.parametrize("policy", list(POLICIES))
@pytest.mark.parametrize("settings", [{}, {"structure": "entries"}, {"groups": 3}, {"masked": "y"}])
def test_neighbours_read_what_nodes_keep(policy, settings):
    made = submodels(policy, capacity="1,1/2,1/5", **settings)
    draw = np.random.default_rng(0)
    for q in range(3):
        point = draw.standard_normal((NODES, 8)), draw.standard_normal((NODES, 16))
        round_ = made.round(q, range(NODES), point)
        for variable in "xy":
            sent = getattr(round_, variable)
            if sent is None:
                assert settings == {"masked": "y"}
                assert variable == "x"
                continue
            for node in range(NODES):
                everything = np.arange(point["xy".index(variable)].shape[1])
                read = everything[sent.read(node, sent.notes[node])]
                cut = round_.submodels[node]["xy".index(variable)]
                np.testing.assert_array_equal(read, cut.entries)
                np.testing.assert_array_equal(everything[sent.own[node]], cut.entries)
                assert len(read) == sent.sizes[node]


def test_groups_are_equal_and_keep_what_is_left_over():
    made = submodels("static", capacity="1/2", groups=3)
    assert entries(made, 0, 1, "x") == [0, 1, 2, 3]  # 4 groups of 2, half of them
    assert entries(made, 0, 1, "y") == [*range(10), 15]  # 3 groups of 5, 2 of them, and the sixteenth entry


def network(units=None):
    shapes = {"first.weight": (4, 3), "first.bias": (4,), "last.weight": (2, 8)}
    return Problem(
        lambda x, y, batch: 0,
        lambda x, y, batch: 0,
        nodes=[NodeData((np.zeros(1),), (np.zeros(1),))] * NODES,
        x0={name: np.arange(np.prod(shape)).reshape(shape) for name, shape in shapes.items()},
        dim_y=5,
        units=units,
    )


UNITS = Units(
    {"first": 4},
    {"first.weight": ("first", None), "first.bias": ("first",), "last.weight": (None, "first")},
    {},
)


def test_layers_are_cut_along_their_units():
    made = submodels("static", network(UNITS), capacity="1/2", masked="x")
    cut = made.round(0, range(NODES), (np.zeros((NODES, 32)), np.zeros((NODES, 5)))).submodels[0][0]
    assert cut.shapes == {"first.weight": (2, 3), "first.bias": (2,), "last.weight": (2, 4)}
    assert cut.entries.tolist() == [*range(6), 12, 13, *range(16, 20), *range(24, 28)]


def test_importance_of_a_unit_is_that_of_what_leads_into_it():
    made = submodels("importance", network(UNITS), capacity="1/4", masked="x")
    X = np.zeros((NODES, 32))
    X[:, 15] = 0.1  # the bias of unit 3
    X[:, 16:] = 9.0  # what leads out of all units
    cut = made.round(0, range(NODES), (X, np.zeros((NODES, 5)))).submodels[0][0]
    assert cut.entries[:4].tolist() == [9, 10, 11, 15]


def test_what_nobody_trains():
    graph = nx.path_graph(NODES)
    start = np.arange(8.0), np.arange(16.0)
    never = submodels("static", capacity="1/2,1/4,1/4,1/4,1/4,1/4").untrained_shares(graph, start)
    assert never["x"] == pytest.approx(
        (2 * 4 + 4 * 6) / 8 / NODES
    )  # nodes 0 and 1 hear of half, others of a quarter
    assert submodels("static", capacity="1/2", offset="0,1/2").untrained_shares(graph, start) == {
        "x": 0,
        "y": 0,
    }
    assert submodels("rolling", capacity="1/8").untrained_shares(graph, start) == {}
    assert submodels("random", capacity="1/8").untrained_shares(graph, start) == {}
    assert submodels("importance", capacity="1/4").untrained_shares(graph, start) == {"x": 0.75, "y": 0.75}
    assert submodels("static", capacity="1").untrained_shares(graph, start) == {}


def test_capacities_of_the_topology():
    made = submodels("static", capacities={node: ("1/4" if node % 2 else 1) for node in range(NODES)})
    assert made.part_sizes["x"].tolist() == [8, 2] * 3
    with pytest.raises(InputError, match=r"capacity of node 3 in the topology: 1.5 is not in"):
        submodels("static", capacities={3: 1.5})


@pytest.mark.parametrize("capacity", ["0", "1,3/2", "-1/2", "half", "1/0", "", "1,,1/2"])
def test_impossible_capacities(capacity):
    with pytest.raises(InputError, match=r"algorithm rabo: capacity = .* is refused"):
        ALGORITHMS.make("rabo").check("rabo", {"capacity": capacity})


def test_tensors_without_units_are_refused():
    with pytest.raises(
        InputError, match=r"x of problem custom has no units .*first\.weight.*structure=entries"
    ):
        submodels("static", network(), capacity="1/2")
    assert (
        submodels("static", network(), capacity="1/2", structure="entries").part_sizes["x"].tolist()
        == [16] * 6
    )
