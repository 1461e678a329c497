"""Steps that nodes measure: their formula on dense matrices, the solution at every scale, and what they refuse."""

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest
from dense_nodes import DenseNodes, one_each, ring
from stepping import NODES, assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

import p2pbo
from p2pbo import InputError
from p2pbo.algorithms import Sampler
from p2pbo.network import Network
from p2pbo.problems import Oracles
from p2pbo.topology import build

PLAIN = {"hypergradient": "tracked", "estimator": "sgd", "schedule": "adaptive", "radius": "off"}


def norms(V):
    return np.sqrt((V**2).sum(axis=1, keepdims=True))


def distance_over_gradients(v, M, M_before, R):
    return R[v] / np.sqrt(M[v])


def cumulative_norms(v, M, M_before, R):
    if v == 0:
        m = np.sqrt(M[0] * np.maximum(M_before[1], M_before[2]))
        return np.where(m > 0, 1 / np.where(m > 0, m, 1), 0)
    return 1 / np.sqrt(M[1] if v == 1 else np.maximum(M_before[1], M[2]))


RULES = {"adaptive": distance_over_gradients, "adasdbo": cumulative_norms}


def dense(problem, W, start, steps, draws, mixing, c, rule):
    """Measured steps, written out on explicit matrices."""
    nodes, neighbours = DenseNodes(problem, 1.6, 5), W != 0
    rounds = np.ceil(3 / (1 - np.sort(np.abs(np.linalg.eigvalsh(W)))[-2]) - 1e-9)
    S, T, U_before = list(start), [None] * 3, [None] * 3
    M, R = [np.zeros((len(W), 1))] * 3, [1e-4 * (1 + norms(s)) for s in start]
    for t in range(steps):
        for v, U in enumerate(nodes.tracked(*S, draws[t])):
            if t == 0:
                T[v] = np.linalg.matrix_power(W, int(rounds)) @ U
                T[v] = W @ T[v] if mixing == "atc-tracking" else T[v]
            elif mixing == "tracking":
                T[v] = W @ T[v] + U - U_before[v]
            else:
                T[v] = W @ (T[v] + U - U_before[v])
            U_before[v] = U
        M_before = list(M)
        for v in range(3):
            reached = np.maximum(R[v], norms(S[v] - start[v]))
            R[v] = np.array([[reached[row].max()] for row in neighbours])
            M[v] = W @ M[v] + norms(T[v]) ** 2
            step = c[v] * rule(v, M, M_before, R)
            S[v] = W @ S[v] - step * T[v] if mixing == "tracking" else W @ (S[v] - step * T[v])
    return S


@pytest.mark.parametrize("batch", [None, 12])
@pytest.mark.parametrize("mixing", ["tracking", "atc-tracking"])
@pytest.mark.parametrize("rule", RULES)
def test_forty_steps_are_the_formula_on_dense_matrices(rule, mixing, batch):
    problem, c = quadratic(samples=32), (0.5, 1.0, 0.8)
    start = unequal_start(problem, variables="xyz")
    _, sampler = oracles_and_sampler(problem)
    draws = [one_each(sampler, t, batch) for t in range(40)]
    factors = dict(zip(("c_x", "c_y", "c_z"), c, strict=True))
    method = assembled(problem, **{**PLAIN, "schedule": rule}, mixing=mixing, batch=batch or "all", **factors)
    expected = dense(problem, ring(NODES), start, 40, draws, mixing, c, RULES[rule])
    assert_close(final(problem, method, 40, start), expected, relative=1e-11)


class Scaled(Oracles):
    """Oracles of f and g times two numbers."""

    def __init__(self, whole, f, g):
        self.whole, self.f, self.g = whole, f, g

    def upper(self, X, Y, batch):
        return tuple(self.f * V for V in self.whole.upper(X, Y, batch))

    def lower(self, X, Y, batch):
        found = self.whole.lower(X, Y, batch)
        return SimpleNamespace(
            gy=self.g * found.gy, products=lambda V: tuple(self.g * W for W in found.products(V))
        )

    def losses(self, X, Y):
        raise NotImplementedError


SCALES = [(0.01, 1), (100, 1), (1, 0.01), (1, 100)]


@pytest.mark.parametrize(
    ("graph", "steps", "f", "g"),
    [("ring", 700, 1, 1), ("star", 2000, 1, 1), *(("complete", 700, f, g) for f, g in SCALES)],
)
def test_unequal_nodes_end_at_the_solution_at_every_scale(graph, steps, f, g):
    problem, hosted = quadratic(heterogeneity=1.0), range(NODES)
    method = assembled(problem, "sparkle-gt", schedule="adaptive", theta=1.0, radius="off")
    plain = problem.host(hosted, np.dtype(float))
    network, sampler = Network(build(graph, NODES)), Sampler(0, hosted, plain)
    state = method.start(tuple(np.zeros((NODES, problem.size(v))) for v in "xyz"))
    for _ in range(steps):
        state = method.step(state, network, Scaled(plain, f, g), sampler)
    X = state.point[0]
    assert np.linalg.norm(X - X.mean(0)) < 1e-12
    assert np.linalg.norm(problem.exact(X.mean(0)).hypergradient) < 1e-12


def run(**given):
    settings = {"schedule": "adaptive", "theta": 1.0, **given.pop("settings", {})}
    given = {"problem": quadratic(given.pop("nodes", NODES)), "algorithm": "sparkle-gt", **given}
    return p2pbo.run(settings=settings, **{"log_every": given["steps"], **given})


def test_in_single_precision_too():
    assert run(steps=600, dtype="float32")["hypergradient_norm"].values[-1] < 1e-5


def test_one_node_alone_measures_its_steps():
    assert run(steps=900, nodes=1)["hypergradient_norm"].values[-1] < 1e-12


def test_where_nothing_is_to_do_nothing_moves():
    """M stays 0: the start is the solution."""
    problem = quadratic()
    method = assembled(problem, **PLAIN, mixing="tracking")
    variable = method.start((np.ones((NODES, 3)),) * 3).variables[0]
    move = method.rules[0].mixing.move(variable, 1.0)
    (V, T, M, R) = next(move)
    with pytest.raises(StopIteration) as stop:
        move.send((np.zeros_like(V), V.copy(), T.copy(), M, R))
    np.testing.assert_array_equal(stop.value.value.V, variable.V)


def test_two_numbers_a_variable_travel_with_the_rows():
    constant = run(steps=5, settings={"schedule": "constant"})["bytes_sent"].values[-1]
    adaptive = run(steps=5)["bytes_sent"].values[-1]
    rows, rounds = 10 + 8 + 8, 16  # of T₀ on a ring of 8: ⌈3/(1 − 0.805)⌉
    np.testing.assert_array_equal(adaptive - constant, 2 * 8 * (5 * 3 * 2 + rounds * rows))


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    straight = run(steps=30)
    out = tmp_path / "run.h5"
    seen = iter(range(100))
    with pytest.raises(RuntimeError):
        run(steps=30, out=out, checkpoint_every=7, log_every=1, callback=lambda row: fail(next(seen)))
    found = run(steps=30, out=out, checkpoint_every=7, log_every=1, resume=True)
    np.testing.assert_array_equal(found.final.x, straight.final.x)


def fail(row):
    if row == 17:
        raise RuntimeError


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"settings": {"mixing": "gossip"}}, "adaptive of x measures a tracker .*, and mixing gossip moves along none"),
        ({"settings": {"mixing": {"y": "push-pull"}}}, "schedule adaptive of y"),
        ({"settings": {"hypergradient": "penalty"}}, "schedule adaptive of y would give u steps unlike y's"),
        ({"settings": {"alpha": 0.1}}, "no setting 'alpha'"),
        ({"settings": {"c_x": -1}}, "c_x"),
        ({"algorithm": "ma-dsbo", "settings": {}}, "ma-dsbo is a listing of its own and has no schedule"),
        ({"codec": "x=randk:0.5"}, "codec randk:0.5 changes what is sent of x"),
        ({"links": {"delay": 2}}, "links.delay 2"),
        ({"topology": nx.DiGraph([(i, (i + 1) % NODES) for i in range(NODES)])}, "needs a symmetric W"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        run(steps=3, **given)


def test_unreliable_links_lose_nothing_that_counts():
    trace = run(steps=1500, links={"drop": 0.2})
    assert trace["hypergradient_norm"].values[-1] < 1e-11


def test_schedules_may_stand_beside_it():
    """x as it is told, y and z as they measure."""
    schedule = {"name": "adaptive", "x": "constant"}
    trace = run(steps=1500, settings={"schedule": schedule, "alpha": 0.5, "theta": 1.0})
    assert trace["hypergradient_norm"].values[-1] < 1e-6
