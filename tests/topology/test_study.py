"""Studies: closed forms, dense eigenvalues beside the measured decay, and what cannot be."""

import math
from itertools import islice, pairwise

import numpy as np
import pytest

from p2pbo import InputError
from p2pbo.topology import build, spectral_report
from p2pbo.topology.spectrum import measured_mixing
from p2pbo.topology.spectrum.measured_mixing import log_disagreements, measure_mixing
from p2pbo.topology.study import RefusedTopology, StudiedTopology, study_topologies


def dense_contraction(topology):
    """λ from W alone."""
    return np.sort(np.abs(np.linalg.eigvalsh(topology.matrix())))[-2]


def halving(contraction):
    return max(1.0, math.log(2) / -math.log(contraction))


@pytest.fixture(scope="module")
def rows():
    return study_topologies(["ring", "complete", "star"], [8, 12, 32])


def test_a_ring_has_the_closed_form(rows):
    for row in rows[:3]:
        assert row.contraction == pytest.approx((1 + 2 * math.cos(2 * math.pi / row.nodes)) / 3)
        assert row.gap == pytest.approx(4 / 3 * math.sin(math.pi / row.nodes) ** 2)
        assert row.rounds_to_halve == pytest.approx(halving(row.contraction))
        assert row.measured_rounds_to_halve == pytest.approx(row.rounds_to_halve, rel=1e-4)


def test_a_complete_graph_agrees_within_a_round(rows):
    for row in rows[3:6]:
        assert (row.gap, row.contraction) == pytest.approx((1, 0))
        halves = (row.rounds_to_halve, row.measured_rounds_to_halve, row.early_rounds_to_halve)
        assert halves == (1, 1, 1)


def test_every_edge_carries_eight_bytes_each_way(rows):
    ring, complete, star = rows[1], rows[4], rows[7]
    assert (ring.bytes_per_round, ring.bytes_per_round_node) == (12 * 2 * 8, 2 * 8)
    assert (complete.bytes_per_round, complete.bytes_per_round_node) == (12 * 11 * 8, 11 * 8)
    assert (star.bytes_per_round, star.bytes_per_round_node) == (2 * 11 * 8, 11 * 8)


def test_what_the_spectral_report_says_too_is_the_same(rows):
    report = spectral_report(build("star", 32)).asdict()
    row = rows[8].asdict()
    shared = row.keys() & report.keys()
    assert len(shared) == 8
    assert {name: row[name] for name in shared} == {name: report[name] for name in shared}


@pytest.mark.parametrize("family", ["er:0.5", "regular:3", "small-world:4:0.3"])
def test_random_families_have_the_range_of_ten_draws(family):
    (row,) = study_topologies([family], [12], seed=4)
    gaps = [1 - dense_contraction(build(family, 12, seed=seed)) for seed in range(4, 14)]
    assert row.gap == pytest.approx(gaps[0])
    assert (row.lowest_gap, row.highest_gap) == pytest.approx((min(gaps), max(gaps)))
    assert row.lowest_gap < row.highest_gap


def test_other_families_have_one_gap(rows):
    assert all(row.lowest_gap == row.gap == row.highest_gap for row in rows)


MEASURED = [
    ("ring", 33, "metropolis"),
    ("line", 20, "lazy"),
    ("torus", 36, "max-degree"),
    ("grid", 24, "optimal"),
    ("star", 30, "metropolis"),
    ("hypercube", 32, "lazy"),
    ("exponential", 50, "metropolis"),
    ("er:0.3", 40, "metropolis"),
    ("er:0.1", 60, "lazy"),
    ("regular:3", 64, "optimal"),
    ("small-world", 64, "metropolis"),
]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("family", "nodes", "weights"), MEASURED)
def test_a_steady_decay_is_the_one_that_dense_eigenvalues_predict(family, nodes, weights, seed):
    topology = build(family, nodes, weights, seed)
    measured = measure_mixing(topology, seed)
    predicted = halving(dense_contraction(topology))
    assert measured.late == pytest.approx(predicted, rel=1e-3)
    assert 1 <= measured.early <= measured.late


def test_the_slowest_direction_counts_although_all_others_hide_it():
    """W has λ = 0.9995 once and 0.9975 in all other directions: a decay that looks steady for long."""
    K = 200
    side = np.repeat([1.0, -1.0], K // 2) / math.sqrt(K)
    mean, slow = np.full((K, K), 1 / K), np.outer(side, side)
    topology = build(mean + 0.9995 * slow + 0.9975 * (np.eye(K) - mean - slow))
    left = list(islice(log_disagreements(topology, 1), 20))
    assert left[-1] == pytest.approx(20 * math.log(0.9975), rel=0.01)
    assert measure_mixing(topology, 1).late == pytest.approx(halving(0.9995), rel=1e-3)


def test_early_is_the_mean_until_a_tenth_is_left():
    topology = build("ring", 48)
    left = np.exp(list(islice(log_disagreements(topology, 2), 300)))
    rounds = 1 + np.argmax(left <= 0.1)
    measured = measure_mixing(topology, 2)
    assert 0.5 ** (rounds / measured.early) == pytest.approx(left[rounds - 1])
    assert measured.early < measured.late / 2


def test_disagreement_falls_as_the_mean_of_the_eigenvalues_powers():
    topology = build("grid", 16)
    others = np.linalg.eigvalsh(topology.matrix())[:-1]
    squares = np.mean(
        [np.exp(2 * np.array(list(islice(log_disagreements(topology, s), 12)))) for s in range(30)], axis=0
    )
    expected = [np.mean(others ** (2 * t)) for t in range(1, 13)]
    assert squares == pytest.approx(expected, rel=0.08)


def test_disagreement_falls_ever_slower_and_below_the_smallest_number():
    topology = build("torus", 16)
    left = list(islice(log_disagreements(topology, 3), 2000))
    rates = [after - before for before, after in pairwise(left)]
    assert left[-1] < math.log(5e-324)
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(rates))
    assert rates[-1] == pytest.approx(math.log(dense_contraction(topology)), rel=1e-9)


def test_a_run_is_drawn_from_its_seed():
    topology = build("ring", 9)
    first, again, other = (list(islice(log_disagreements(topology, seed), 5)) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_what_takes_too_long_is_not_told(monkeypatch):
    monkeypatch.setattr(measured_mixing, "MOST_ROUNDS", 200)
    (row,) = study_topologies(["ring"], [64])
    assert row.measured_rounds_to_halve is None
    assert row.early_rounds_to_halve < row.rounds_to_halve
    monkeypatch.setattr(measured_mixing, "MOST_ROUNDS", 20)
    (row,) = study_topologies(["ring"], [64])
    assert row.early_rounds_to_halve is None


@pytest.mark.parametrize("nodes", [1, 2])
def test_one_or_two_nodes_agree_at_once(nodes):
    (row,) = study_topologies(["ring"], [nodes])
    assert (row.measured_rounds_to_halve, row.early_rounds_to_halve) == (1, 1)


def test_a_size_that_a_family_cannot_have_is_a_row_that_says_why():
    rows = study_topologies(["hypercube", "torus", "ring"], [12, 13, 16])
    found = [(row.topology, row.nodes, type(row)) for row in rows]
    assert found == [
        ("hypercube", 12, RefusedTopology), ("hypercube", 13, RefusedTopology), ("hypercube", 16, StudiedTopology),
        ("torus", 12, StudiedTopology), ("torus", 13, RefusedTopology), ("torus", 16, StudiedTopology),
        ("ring", 12, StudiedTopology), ("ring", 13, StudiedTopology), ("ring", 16, StudiedTopology),
    ]  # fmt: skip
    assert rows[0].asdict() == {
        "topology": "hypercube",
        "weights": "metropolis",
        "nodes": 12,
        "refused": "topology hypercube needs a power of two and got 12 nodes; use --nodes 8 or 16",
    }


def test_weights_that_fit_one_graph_only_refuse_the_others():
    ring, complete = study_topologies(["ring", "complete"], [6], "uniform")
    assert ring.refused.startswith("weights uniform need an edge between all nodes")
    assert complete.gap == pytest.approx(1)


def test_a_shape_and_a_file_have_their_own_size(tmp_path):
    path = tmp_path / "triangle.edges"
    path.write_text("0 1\n1 2\n0 2\n")
    rows = study_topologies(["torus:3x5", "ring", str(path)], [4, 8])
    assert [(row.topology, row.nodes) for row in rows] == [
        ("torus:3x5", 15), ("ring", 4), ("ring", 8), (str(path), 3),
    ]  # fmt: skip
    shape, ring = study_topologies(["torus:3x5", "ring"], [None])
    assert shape.nodes == 15
    assert ring.refused == "topology ring comes in every size; say how many nodes: --nodes K"


@pytest.mark.parametrize(
    ("names", "sizes", "weights", "message"),
    [
        (["ring", "rign"], [8], "metropolis", "topology 'rign' is not known; did you mean ring?"),
        (["ring", "er:2"], [8], "metropolis", "topology er: p = '2' is refused; "),
        (["ring", "no.edges"], [8], "metropolis", "no.edges cannot be read"),
        (["ring", "star"], [8], "metroplis", "weights 'metroplis' is not known; did you mean metropolis?"),
        (
            ["hypercube", "torus"],
            [11, 13],
            "metropolis",
            "topology hypercube needs a power of two and got 11",
        ),
    ],
)
def test_a_wrong_name_or_no_row_at_all_is_an_error(monkeypatch, names, sizes, weights, message):
    monkeypatch.setattr("p2pbo.topology.study._studied", lambda *_: pytest.fail("a row before the error"))
    with pytest.raises(InputError) as error:
        study_topologies(names, sizes, weights)
    assert str(error.value).startswith(message)


def test_scipy_is_asked_for_by_name(monkeypatch):
    monkeypatch.setattr("p2pbo.extras.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"scipy is not installed; pip install 'p2pbo\[run\]'"):
        study_topologies(["ring"], [4])
