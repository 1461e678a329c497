"""A lower level of each node's own: listings by hand, where methods end, and what is refused."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, one_each, ring
from listings import liu2022, niu2025
from stepping import NODES, assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS

STEPS, L = 40, 1.7
LETTERS = {"alpha": 0.15, "beta": 0.3}
LOPA = {**LETTERS, "gamma": 0.2, "theta": 0.3, "radius": 2.0}
CASES = {
    "lopa-gt": (niu2025.lopa_gt, LOPA),
    "lopa-lg": (niu2025.lopa_lg, LOPA),
    "interact": (liu2022.interact, LETTERS),
}


@pytest.mark.listing
@pytest.mark.parametrize("size", [12, None])
@pytest.mark.parametrize("name", CASES)
def test_methods_are_their_listings(name, size):
    problem, (listing, settings) = quadratic(heterogeneity=1.0, lower_level="local"), CASES[name]
    method = assembled(problem, name, batch=size, **settings)
    start = unequal_start(problem, variables=method.variables)
    _, sampler = oracles_and_sampler(problem)
    draws = [one_each(sampler, t, size) for t in range(STEPS)]
    expected = listing(DenseNodes(problem, L, 1), ring(NODES), *start, draws, **settings)
    assert_close(final(problem, method, STEPS, start), expected, relative=1e-11)


class Dense:
    """The quadratic problem with each node's own lower level, on full batches, by explicit inverses."""

    def __init__(self, problem):
        nodes, everything = DenseNodes(problem, L, 1), slice(None)
        self.A = np.array([nodes.hessian(k, everything) for k in range(NODES)])
        self.B = -np.array([nodes.jacobian(k, everything).T for k in range(NODES)])
        b = np.array([nodes.lower[k]["b"].mean(0) for k in range(NODES)])
        c, e = (np.array([side[name].mean(0) for side in nodes.upper]) for name in ("c", "e"))
        self.b, self.c, self.e, self.mu = b, c, e, nodes.upper[0]["mu"][0]

    def slope(self, x, inverse=np.linalg.inv):
        """∇Φ(x) with ``inverse`` in the place of each node's [∇²_yy g_i]⁻¹ in the linear system."""
        found = []
        for A, B, b, c, e in zip(self.A, self.B, self.b, self.c, self.e, strict=True):
            y = np.linalg.solve(A, B @ x + b)
            found.append(self.mu * (x - e) + B.T @ inverse(A) @ (y - c))
        return np.mean(found, axis=0)

    def root(self, inverse=np.linalg.inv):
        """Where this slope, which is affine in x, vanishes."""
        dim = self.e.shape[1]
        at_zero = self.slope(np.zeros(dim), inverse)
        matrix = np.column_stack([self.slope(unit, inverse) - at_zero for unit in np.eye(dim)])
        return np.linalg.solve(matrix, -at_zero)


def test_the_exact_figures_are_those_of_explicit_inverses():
    problem = quadratic(lower_level="local")
    dense, x = Dense(problem), np.random.default_rng(0).standard_normal(problem.dim_x)
    exact = problem.exact(x)
    np.testing.assert_allclose(exact.hypergradient, dense.slope(x), rtol=1e-12, atol=1e-13)
    for A, B, b, c, y, z in zip(dense.A, dense.B, dense.b, dense.c, exact.y, exact.z, strict=True):
        np.testing.assert_allclose(A @ y, B @ x + b, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(A @ z, c - y, rtol=1e-12, atol=1e-12)


FAST = {"beta": 0.9, "gamma": 0.9, "theta": 0.7}


@pytest.mark.parametrize(
    ("name", "topology", "settings"),
    [
        ("lopa-gt", "ring", {"alpha": 0.7, **FAST}),
        ("lopa-gt", "star", {"alpha": 0.4, **FAST}),
        ("lopa-gt", "complete", {"alpha": 0.7, **FAST}),
        ("interact", "ring", {"alpha": 0.7, "beta": 0.9}),
        ("sparkle-gt", "ring", {"alpha": 0.7, **FAST}),
        ("cd-bsvrgd", "ring", {"eta": 0.7, **{f"alpha{v}": 1.0 for v in (1, 2, 3)}}),
    ],
)
def test_with_x_tracked_nodes_end_at_the_solution(name, topology, settings):
    problem, steps = quadratic(lower_level="local"), 800 if topology == "star" else 500
    method = assembled(problem, name, steps=steps, **settings)
    start = unequal_start(problem, variables=method.variables)
    X, Y, *_ = final(problem, method, steps, start, topology=topology)
    x = Dense(problem).root()
    np.testing.assert_allclose(X, np.tile(x, (NODES, 1)), atol=1e-11)
    np.testing.assert_allclose(Y, problem.exact(x).y, atol=1e-11)
    assert np.linalg.norm(problem.exact(X.mean(0)).hypergradient) < 1e-12


def series(terms, L):
    """(1/L) Σ_{j<J} (I − A/L)^j as matrices."""
    return lambda A: sum(np.linalg.matrix_power(np.eye(len(A)) - A / L, j) for j in range(terms)) / L


@pytest.mark.parametrize("terms", [5, 10, 20, 40, 80])
def test_a_neumann_method_ends_where_its_series_ends(terms):
    """Each node's own Hessian is the right one: the truncation of the series is the only bias."""
    problem, L = quadratic(lower_level="local"), 8.0
    settings = {"terms": terms, "lipschitz": L, "eta": 1.0, "beta1": 0.7, "beta2": 0.9}
    method = assembled(problem, "mdbo", steps=400, **settings)
    X, _ = final(problem, method, 400, unequal_start(problem))
    dense = Dense(problem)
    biased = dense.root(series(terms, L))
    np.testing.assert_allclose(X, np.tile(biased, (NODES, 1)), atol=1e-9)
    floor = np.linalg.norm(problem.exact(X.mean(0)).hypergradient)
    assert floor == pytest.approx(np.linalg.norm(dense.slope(biased)), rel=1e-3)


def test_gossip_ends_at_a_floor_in_proportion_to_its_step():
    problem, floors = quadratic(lower_level="local"), []
    for alpha in (0.1, 0.05):
        steps = round(60 / alpha)
        method = assembled(problem, "lopa-lg", steps=steps, alpha=alpha, **{**FAST, "theta": 1.0})
        X, *_ = final(problem, method, steps, unequal_start(problem, variables="xyz"))
        floors.append(np.linalg.norm(problem.exact(X.mean(0)).hypergradient))
    assert floors[0] / floors[1] == pytest.approx(2, rel=0.1)


def refused(name, lower_level, **given):
    with pytest.raises(InputError) as caught:
        ALGORITHMS.make(name).on(name, lower_level).check(name, given)
    return str(caught.value)


def test_mixings_and_lower_levels_that_do_not_fit_are_refused():
    assert "mixing local of y leaves each node with its own" in refused(
        "mdbo", "shared", mixing={"y": "local"}
    )
    assert "use another mixing, or --lower-level local" in refused("d-soba", "shared", mixing={"z": "local"})
    assert "mixing gossip mixes y, of which each node has its own" in refused(
        "mdbo", "local", mixing="gossip"
    )
    assert "algorithm.mixing.x=ed" in refused("d-soba", "local", mixing={"x": "atc", "z": "ed"})
    for level in ("shared", "local"):
        assert "mixing local of x sends nothing" in refused("mdbo", level, mixing="local")


@pytest.mark.parametrize(
    "name", [name for name in ALGORITHMS if not hasattr(ALGORITHMS.make(name), "mixing")]
)
def test_listings_that_average_y_themselves_are_refused(name):
    assert f"algorithm {name} averages y within its step" in refused(name, "local")


@pytest.mark.parametrize("name", CASES)
def test_methods_for_lower_levels_of_each_nodes_own_want_one(name):
    assert f"algorithm {name} is for problems whose nodes have each a lower level" in refused(name, "shared")


def test_another_hypergradient_brings_its_own_variables():
    """u and z are each node's own as y is, whatever variables the method itself has."""
    problem = quadratic(lower_level="local")
    for hypergradient, variables in (("tracked", "xyz"), ("penalty", "xyu"), ("neumann", "xy")):
        method = assembled(problem, "mdbo", hypergradient=hypergradient)
        assert (method.variables, method.unsent) == (variables, variables[1:])
