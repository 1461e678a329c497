"""Which edges carry a round: schedules, drops, stragglers and the dead, alike at both ends and on every rank."""

from types import MappingProxyType

import numpy as np
import pytest
from channel_examples import exchange
from unreliable import SEED, TROUBLES, network_of

from p2pbo import InputError
from p2pbo.network import LinkClock
from p2pbo.network.clock.link_clock import CountedRound
from p2pbo.network.links.faults import LinkFaults
from p2pbo.network.links.schedules import LINK_SCHEDULES
from p2pbo.network.links.state import Links
from p2pbo.network.links.undirected_edges import UndirectedEdges
from p2pbo.network.traffic import Traffic
from p2pbo.topology import build

GRAPHS = ["ring", "er:0.4", "star", "complete"]
NODES = 12
every_trouble = pytest.mark.parametrize("conditions", TROUBLES.values(), ids=list(TROUBLES))


def links_of(graph="er:0.4", **conditions):
    return Links(build(graph, NODES, seed=3), LinkFaults(**conditions), SEED)


def ends(topology):
    return list(zip(topology.source.tolist(), topology.target.tolist(), strict=True))


@pytest.mark.parametrize("graph", GRAPHS)
@every_trouble
def test_both_directions_of_an_edge_are_alike(graph, conditions):
    topology = build(graph, NODES, seed=3)
    links = Links(topology, conditions, SEED)
    reverse = [ends(topology).index((j, i)) for i, j in ends(topology)]
    np.testing.assert_array_equal(links.late, links.late[reverse])
    for round_ in range(20):
        for mask in (links.up(round_), links.carrying(round_)):
            assert mask is None or (mask == mask[reverse]).all()


@every_trouble
def test_a_round_is_a_function_of_its_number(conditions):
    topology = build("er:0.4", NODES, seed=3)
    one, other = (Links(topology, conditions, SEED) for _ in range(2))
    forwards = [one.up(round_) for round_ in range(30)]
    backwards = [other.up(round_) for round_ in reversed(range(30))][::-1]
    for mine, theirs in zip(forwards, backwards, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    if forwards[0] is not None:
        assert len({mask.tobytes() for mask in forwards}) > 5
        assert any((mask != Links(topology, conditions, 0).up(t)).any() for t, mask in enumerate(forwards))


def test_without_conditions_all_edges_are_up():
    links = links_of()
    assert links.up(0) is None
    assert links.carrying(0) is None
    assert not links.late.any()
    assert links.damping == 1


@pytest.mark.parametrize("chance", [0.1, 0.5, 0.9])
def test_so_many_edges_drop_and_nodes_are_late(chance):
    """Within five standard errors; a straggler takes all its edges with it."""
    rounds = 1000
    links = links_of(drop=chance)
    pairs = UndirectedEdges.of(links._topology)
    first = np.unique(pairs.of_edge, return_index=True)[1]
    drawn = np.array([links.up(round_)[first] for round_ in range(rounds)])
    assert drawn.mean() == pytest.approx(1 - chance, abs=2.5 / np.sqrt(drawn.size))
    links = links_of("star", stragglers=chance)
    drawn = np.array([links.up(round_) for round_ in range(rounds)])
    assert drawn.mean() == pytest.approx((1 - chance) ** 2, abs=2.5 / np.sqrt(rounds))
    assert drawn.any(1).mean() == pytest.approx(
        (1 - chance) * (1 - chance ** (NODES - 1)), abs=2.5 / np.sqrt(rounds)
    )


def test_edges_are_late_by_everything_up_to_the_delay():
    links = links_of("complete", delay=3)
    assert set(links.late) == {0, 1, 2, 3}
    assert np.bincount(links.late).min() > len(links.late) / 10


@pytest.mark.parametrize("graph", [*GRAPHS, "torus"])
def test_a_matching_is_one_and_is_maximal(graph):
    topology = build(graph, NODES, seed=3)
    links, used = Links(topology, LinkFaults(schedule="matching"), SEED), set()
    for round_ in range(200):
        taken = [pair for pair, up in zip(ends(topology), links.up(round_), strict=True) if up]
        busy = [i for i, _ in taken]
        assert len(busy) == len(set(busy))
        assert all(i in busy or j in busy for i, j in ends(topology))
        used.update(taken)
    assert used == set(ends(topology))


def test_a_matching_takes_the_pairs_in_the_order_of_their_numbers():
    """On a line of four nodes the middle pair is taken alone when its number is the smallest of three."""
    links = Links(build("line", 4), LinkFaults(schedule="matching"), SEED)
    alone = [links.up(round_).sum() == 2 for round_ in range(600)]
    assert np.mean(alone) == pytest.approx(1 / 3, abs=0.08)


@pytest.mark.parametrize("p", [0.2, 1.0])
def test_random_schedules_use_so_many_edges(p):
    links = links_of(schedule=f"random:{p}")
    used = np.array([links.up(round_) for round_ in range(500)])
    assert used.mean() == pytest.approx(p, abs=0.03 * (p < 1))


@pytest.mark.parametrize("spec", [{"all": "all", "random": "random:0.5"}.get(n, n) for n in LINK_SCHEDULES])
def test_the_schedule_says_what_is_sent_over(spec):
    """Drops and stragglers are sent, and lost."""
    plain = links_of(schedule=spec)
    links = links_of(schedule=spec, drop=0.3, stragglers=0.2)
    for round_ in range(10):
        np.testing.assert_array_equal(links.carrying(round_), plain.carrying(round_))
        sent = links.carrying(round_)
        assert not (links.up(round_) & ~(True if sent is None else sent)).any()


@every_trouble
def test_the_dead_carry_nothing_for_ever(conditions):
    topology = build("er:0.4", NODES, seed=3)
    living, links = (Links(topology, conditions, SEED) for _ in range(2))
    links.up(5)
    links.mark_failed([1])
    links.mark_failed(range(3, 5))
    dead = np.isin(topology.source, [1, 3, 4]) | np.isin(topology.target, [1, 3, 4])
    for round_ in range(10):
        for mine, before in ((links.up, living.up), (links.carrying, living.carrying)):
            expected = ~dead if before(round_) is None else before(round_) & ~dead
            np.testing.assert_array_equal(mine(round_), expected)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"drop": 1.0}, "links.drop is 1.0; choose a chance"),
        ({"drop": -0.1}, "links.drop is -0.1; choose a chance"),
        ({"stragglers": float("nan")}, "links.stragglers is nan; choose a chance"),
        ({"delay": -1}, "links.delay is -1; choose a number of rounds"),
        ({"schedule": "matchin"}, "link schedule 'matchin' is not known; did you mean matching?"),
        ({"schedule": "random:2"}, "link schedule random: p = '2' is refused"),
    ],
)
def test_impossible_conditions_are_named(given, told):
    with pytest.raises(InputError) as refused:
        links_of(**given)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("fused", [True, False])
def test_what_is_not_scheduled_is_not_counted(fused):
    topology = build("er:0.4", NODES, seed=3)
    conditions = LinkFaults(schedule="random:0.5", drop=0.3, stragglers=0.3)
    network, links = network_of(topology, conditions), Links(topology, conditions, SEED)
    V, messages = np.ones((NODES, 3)), np.zeros(len(topology.source), dtype=int)
    for round_ in range(20):
        exchange(network, *[V] if fused else [V, V]).wait()
        messages += links.carrying(round_)
    np.testing.assert_array_equal(network.edge_messages, messages)
    np.testing.assert_array_equal(network.edge_bytes, messages * 8 * (3 if fused else 6))
    network.links.mark_failed([0])
    exchange(network, V).wait()
    alive = (topology.source != 0) & (topology.target != 0)
    np.testing.assert_array_equal(network.edge_messages, messages + (links.carrying(20) & alive))


def test_the_lost_are_sent_nothing():
    """Rounds before are counted as they were."""

    class Round:
        edge_bytes, crossing, varying = 8, MappingProxyType({1: 16, 4: 8}), False

    traffic, round_ = Traffic(slice(1, 4)), Round()
    for _ in range(2):
        traffic.count(round_, None)
    traffic.count(round_, np.array([True, False, True, True, False]), {4})
    assert traffic.edge_bytes.tolist() == [16, 24, 24]
    assert traffic.edge_messages.tolist() == [2, 3, 3]
    assert traffic.crossed.tolist() == [2 * 24 + 16, 2 * 2 + 1]


def test_edges_that_carry_nothing_take_no_time():
    topology = build("line", 3)
    clock = LinkClock(topology, 0.0, 100.0)
    nobody = np.zeros(4, dtype=bool)
    clock.advance(CountedRound(50, nobody))
    assert clock.now == 0
    clock.advance(CountedRound(50, np.isin(topology.source, [0, 1]) & np.isin(topology.target, [0, 1])))
    assert clock.nodes.tolist() == [0.5, 0.5, 0.0]
    clock.advance(CountedRound(50))
    assert clock.nodes.tolist() == [1.0, 1.0, 1.0]
