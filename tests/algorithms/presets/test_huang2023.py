"""FedMBO's two Hessians against explicit matrices: each node's own, and those of neighbours that W's row draws."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, ring
from stepping import assembled, assert_close, oracles_and_sampler, quadratic, states, unequal_start

import p2pbo
from p2pbo import InputError
from p2pbo.algorithms.state import State, Variable
from p2pbo.network import Network
from p2pbo.topology import build
from p2pbo.topology.permutations import permutations

K, L, J = 4, 1.7, 4
SETTINGS = {"alpha": 0.3, "beta": 0.2, "inner_steps": 2, "lipschitz": L, "terms": J}
ALL = slice(None)


@pytest.fixture(scope="module")
def problem():
    return quadratic(nodes=K, dim_x=5, dim_y=6)


def lower_steps(nodes, W, X, Y):
    """W y of every node after its local steps."""
    for _ in range(SETTINGS["inner_steps"]):
        Y = np.stack([Y[k] - SETTINGS["beta"] * nodes.gy(k, X[k], Y[k], ALL) for k in range(len(W))])
    return W @ Y


def series(hessians, v):
    """(1/L) Σ_{j<J} Π_{l≤j} (I − H_l/L) v, the first factor first."""
    total, term = v.copy(), v
    for H in hessians:
        term = term - H @ term / L
        total = total + term
    return total / L


def hypergradients(nodes, X, Y, hessians):
    """Every node's fx − hxy(p); ``hessians`` gives a node's J − 1 matrices."""
    return np.stack(
        [
            nodes.fx(k, X[k], ALL) - nodes.jacobian(k, ALL) @ series(hessians(k), nodes.fy(k, Y[k], ALL))
            for k in range(len(X))
        ]
    )


def dense_step(nodes, W, X, Y, hessians):
    Y = lower_steps(nodes, W, X, Y)
    return W @ (X - SETTINGS["alpha"] * hypergradients(nodes, X, Y, hessians)), Y


@pytest.mark.parametrize(("graph", "K"), [("ring", 4), ("star", 3), ("line", 2), ("line", 1)])
def test_every_factor_is_the_hessian_of_the_neighbour_that_is_drawn(graph, K):
    """A loop over nodes, steps and factors; what both sides share is the number that each factor draws."""
    problem, topology = quadratic(nodes=K, dim_x=5, dim_y=6), build(graph, K)
    nodes, W = DenseNodes(problem, L, J), topology.matrix()
    _, sampler = oracles_and_sampler(problem)
    drawable = permutations(topology)
    X, Y = start = unequal_start(problem)
    method = assembled(problem, "fedmbo", hessian="sampled", **SETTINGS)
    *_, last = states(problem, method, 6, start, topology=graph)
    visited = set()
    for q in range(6):
        numbers = [sampler.shared(q, "hessian neighbour", factor) for factor in range(J - 1)]
        targets = [drawable.at(number) for number in numbers]
        visited |= {(k, int(target[k])) for target in targets for k in range(K)}
        own = [nodes.hessian(k, ALL) for k in range(K)]
        X, Y = dense_step(nodes, W, X, Y, lambda k, own=own, to=targets: [own[t[k]] for t in to])
    assert_close(last.point, (X, Y))
    assert {k == s for k, s in visited} == ({True, False} if K > 1 else {True})  # neighbours', and the own


@pytest.mark.parametrize(("graph", "weights"), [("complete", "uniform"), ("star", "metropolis")])
def test_the_expectation_is_the_series_of_the_weighted_hessian(problem, graph, weights):
    """Σ_s w_is H_s for node i: on the complete graph with uniform weights the network's Hessian, as in Huang 2023."""
    topology, nodes = build(graph, K, weights), DenseNodes(problem, L, J)
    W = topology.matrix()
    oracles, sampler = oracles_and_sampler(problem)
    method = assembled(problem, "fedmbo", hessian="sampled", **SETTINGS)
    network, point = Network(topology), unequal_start(problem)

    def after(q):
        state = State(q, tuple(Variable(V, np.zeros_like(V)) for V in point), point)
        return method.step(state, network, oracles, sampler).point[0]

    X = np.stack([after(q) for q in range(1500)])
    own = np.stack([nodes.hessian(k, ALL) for k in range(K)])
    weighted = np.einsum("is,sab->iab", W, own)
    expected, _ = dense_step(nodes, W, *point, lambda k: [weighted[k]] * (J - 1))
    local, _ = dense_step(nodes, W, *point, lambda k: [own[k]] * (J - 1))
    error = X.std(axis=0) / np.sqrt(len(X))
    assert (np.abs(X.mean(axis=0) - expected) <= 5 * error + 1e-12).all()
    assert (np.abs(local - expected) > 5 * error).any()  # own Hessians alone would be seen


def test_own_hessians_are_the_default(problem):
    nodes, (X, Y) = DenseNodes(problem, L, J), unequal_start(problem)
    *_, last = states(problem, assembled(problem, "fedmbo", **SETTINGS), 1, (X, Y))
    own = [nodes.hessian(k, ALL) for k in range(K)]
    assert_close(last.point, dense_step(nodes, ring(K), X, Y, lambda k: [own[k]] * (J - 1)))


def run(**given):
    settings = {"hessian": "sampled", "terms": J, **given.pop("settings", {})}
    usual = {"problem": "quadratic", "nodes": 4, "steps": 3, "algorithm": "fedmbo", "exact": "off"}
    return p2pbo.run(**{**usual, **given}, settings=settings)


def test_a_vector_goes_one_way_and_comes_back_over_the_same_edge():
    """Two rounds of whole rows, and for each factor one row of y there and one back; every edge both ways alike."""
    trace = run()
    sent = trace.values("edge_bytes").reshape(-1)
    source, target = trace.values("edge_source"), trace.values("edge_target")
    d = trace.final.x.shape[1], trace.final.y.shape[1]
    over = {(int(i), int(j)): int(n) for i, j, n in zip(source, target, sent, strict=True)}
    assert all(over[i, j] == over[j, i] for i, j in over)
    visits = (sent - 3 * 8 * sum(d)) / (8 * d[1])
    assert (visits == np.round(visits)).all()
    away = visits.sum() / 2 / (3 * (J - 1) * 4)  # of node and factor, the share that goes to a neighbour
    assert 0.3 < away < 1  # 2/3 expected


def test_a_codec_changes_the_vectors_too():
    """A row there and back through rand-K costs K numbers each."""
    plain, coded = run(), run(codec="y=randk:3")
    d = plain.final.y.shape[1]
    visits = [
        (trace.values("bytes_sent")[-1].sum() - whole) / (8 * width)
        for trace, width, whole in (
            (plain, d, 3 * 8 * 8 * (plain.final.x.shape[1] + d)),
            (coded, 3, 3 * 8 * 8 * (plain.final.x.shape[1] + 3)),
        )
    ]
    assert visits[0] == visits[1]


def test_a_codec_rounds_the_vectors():
    """What travels is rounded to 24 bits, and so are the iterates, nearly."""
    plain, rounded = run().final.x, run(codec="y=cast:f32").final.x
    assert (plain != rounded).any()
    np.testing.assert_allclose(rounded, plain, rtol=0, atol=1e-6 * np.abs(plain).max())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"settings": {"hypergradient": "cg"}}, "hessian sampled asks for the same number of products"),
        ({"settings": {"neumann": "random"}}, "use hypergradient=neumann and neumann=sum"),
        ({"links": {"drop": 0.1}}, "algorithm fedmbo hands rows from node to node .*; leave out"),
        ({"links": {"delay": 1}}, "or use hessian=local"),
        ({"on_failure": "continue"}, "algorithm fedmbo hands rows"),
        (
            {"topology": "star", "nodes": 8, "weights": "optimal"},
            r"topology star weighs node 0 itself by -0\.556, and neighbours are drawn by their weights",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        run(**given)
