"""The Neumann hypergradient: the matrix polynomial it stands for, its limit, and what its random forms expect."""

import numpy as np
import pytest
from stepping import assert_close, oracles_and_sampler, quadratic, unequal_start

from p2pbo import InputError, NodeData, Problem
from p2pbo.algorithms.hypergradients.neumann import Neumann
from p2pbo.problems import Oracles

L = 1.7


@pytest.fixture(scope="module")
def problem():
    return quadratic(samples=24)


def matrices(problem, rows=None):
    """(H, ∇²_xy g) of every node, on ``rows`` of each node or all of them."""
    nodes = range(len(problem.nodes))
    rows = [slice(None)] * len(nodes) if rows is None else rows
    lower = [{k: leaf.numpy() for k, leaf in problem.nodes[i].lower.items()} for i in nodes]
    H = np.stack([held["A"][0] * held["a"][rows[i]].mean() for i, held in enumerate(lower)])
    return H, np.stack([-held["B"][0].T for held in lower])


def through(problem, point, inverse, upper=None, rows=None):
    """fx − ∇²_xy g · inverse(H) fy of every node, with everything else exact."""
    oracles, _ = oracles_and_sampler(problem)
    fx, fy = oracles.upper(*point, upper)
    H, jacobian = matrices(problem, rows)
    return np.stack([fx[i] - jacobian[i] @ inverse(H[i]) @ fy[i] for i in range(len(H))])


def polynomial(terms, factor=1.0):
    """factor · (1/L) Σ_{j<terms} (I − H/L)^j."""

    def inverse(H):
        shrink = np.eye(len(H)) - H / L
        return factor / L * sum(np.linalg.matrix_power(shrink, j) for j in range(terms))

    return inverse


def direction(problem, point, step=0, size=None, seed=0, **settings):
    """Dx of every node, and the sample that it was computed on."""
    oracles, sampler = oracles_and_sampler(problem, seed)
    neumann = Neumann(problem, **settings)
    sample = neumann.draw(sampler, step, size)
    return neumann.directions(oracles, point, sample)[0], sample


@pytest.mark.parametrize("terms", [1, 2, 3, 10])
def test_the_sum_is_the_matrix_polynomial(problem, terms):
    point = unequal_start(problem)
    found, _ = direction(problem, point, lipschitz=L, terms=terms)
    assert_close([found], [through(problem, point, polynomial(terms))])


@pytest.mark.parametrize("size", [None, 10])
def test_many_terms_are_the_exact_hypergradient(problem, size):
    """With one batch for all factors the limit is fx − ∇²_xy g H(ζ)⁻¹ fy on that batch."""
    point = unequal_start(problem)
    found, sample = direction(problem, point, size=size, lipschitz=L, terms=100, neumann_batches="shared")
    expected = through(problem, point, np.linalg.inv, sample.upper, sample.lower)
    assert_close([found], [expected], 1e-10)


def test_the_problems_lipschitz_constant_is_the_default(problem):
    point = unequal_start(problem)
    default, _ = direction(problem, point, terms=3)
    given, _ = direction(problem, point, terms=3, lipschitz=problem.lipschitz)
    other, _ = direction(problem, point, terms=3, lipschitz=2 * problem.lipschitz)
    np.testing.assert_array_equal(default, given)
    assert not np.allclose(default, other)


def test_a_problem_without_a_lipschitz_constant_asks_for_one():
    own = Problem(None, None, nodes=[NodeData((), ())], dim_x=1, dim_y=1, name="mine")
    with pytest.raises(
        InputError, match="problem mine does not know its Lipschitz constant; set lipschitz=L"
    ):
        Neumann(own)
    Neumann(own, lipschitz=1.0)


class Recorded:
    """Oracles that note on which batch each derivative was asked for, and lend their arrays read-only."""

    at = Oracles.at

    def __init__(self, oracles):
        self._oracles, self.asked = oracles, []

    def upper(self, X, Y, batch):
        self.asked.append(("fx, fy", batch))
        return tuple(self._lent(rows) for rows in self._oracles.upper(X, Y, batch))

    def lower(self, X, Y, batch):
        inner, recorder = self._oracles.lower(X, Y, batch), self

        class Lower:
            @property
            def gy(self):
                return recorder._noted("gy", batch, inner.gy)

            def hyy(self, V):
                return recorder._noted("hyy", batch, inner.hyy(V))

            def hxy(self, V):
                return recorder._noted("hxy", batch, inner.hxy(V))

        return Lower()

    def _noted(self, name, batch, rows):
        self.asked.append((name, batch))
        return self._lent(rows)

    def _lent(self, rows):
        rows.setflags(write=False)
        return rows


@pytest.mark.parametrize("kind", ["sum", "random"])
@pytest.mark.parametrize("batches", ["fresh", "shared"])
def test_every_derivative_is_asked_for_on_its_own_batch(problem, kind, batches):
    """fx and fy on ξ, gy on ζ, hxy on ζ₀, the j-th factor on ζ_j (the quadratic's hxy itself feels no batch)."""
    oracles, sampler = oracles_and_sampler(problem)
    neumann = Neumann(problem, terms=5, neumann=kind, neumann_batches=batches)
    sample, recorded = neumann.draw(sampler, 0, 6), Recorded(oracles)
    neumann.directions(recorded, unequal_start(problem), sample)
    asked = {name: [batch for other, batch in recorded.asked if other == name] for name, _ in recorded.asked}
    expected = {"fx, fy": [sample.upper], "gy": [sample.lower], "hxy": [sample.cross], "hyy": sample.factors}
    assert asked.keys() == expected.keys()
    for name, drawn in expected.items():
        assert len(asked[name]) == len(drawn)
        assert all(batch is own for batch, own in zip(asked[name], drawn, strict=True))


EXPECTED = {"random": polynomial(4), "random-paper": polynomial(5, factor=4 / 5)}


@pytest.mark.parametrize("kind", EXPECTED)
def test_random_products_expect_their_sum(problem, kind):
    """``random`` expects (1/L) Σ_{j<J} (I − H/L)^j fy, the paper's form (1/L) J/(J+1) Σ_{j≤J} (I − H/L)^j fy."""
    point, terms, steps = unequal_start(problem), 4, 1500
    oracles, sampler = oracles_and_sampler(problem)
    neumann = Neumann(problem, lipschitz=L, terms=terms, neumann=kind)
    drawn = np.stack(
        [neumann.directions(oracles, point, neumann.draw(sampler, t, None))[0] for t in range(steps)]
    )
    deviation = drawn.std(0) / np.sqrt(steps)
    distance = {
        name: np.abs(drawn.mean(0) - through(problem, point, inverse)) / deviation
        for name, inverse in EXPECTED.items()
    }
    assert distance.pop(kind).max() < 5
    (other,) = distance.values()
    assert other.max() > 10


def test_random_products_on_fresh_batches_expect_the_full_sum(problem):
    point, steps = unequal_start(problem), 1500
    oracles, sampler = oracles_and_sampler(problem)
    neumann = Neumann(problem, lipschitz=L, terms=3, neumann="random")
    drawn = np.stack(
        [neumann.directions(oracles, point, neumann.draw(sampler, t, 4))[0] for t in range(steps)]
    )
    expected = through(problem, point, polynomial(3))
    assert (np.abs(drawn.mean(0) - expected) < 5 * drawn.std(0) / np.sqrt(steps)).all()


@pytest.mark.parametrize(("kind", "bound"), [("random", 6), ("random-paper", 7)])
def test_depths_are_uniform_from_zero(problem, kind, bound):
    _, sampler = oracles_and_sampler(problem)
    neumann = Neumann(problem, terms=6, neumann=kind)
    depths = np.stack([neumann.draw(sampler, t, None).depth for t in range(2000)])
    counts = np.bincount(depths.ravel(), minlength=bound)
    deviation = np.sqrt(depths.size * (1 / bound) * (1 - 1 / bound))
    assert len(counts) == bound
    assert np.abs(counts - depths.size / bound).max() < 5 * deviation
    assert len({tuple(column) for column in depths.T}) == depths.shape[1]


@pytest.mark.parametrize("kind", ["sum", "random", "random-paper"])
def test_fresh_batches_all_differ_and_shared_ones_are_one(problem, kind):
    _, sampler = oracles_and_sampler(problem)
    for batches in ("fresh", "shared"):
        neumann = Neumann(problem, terms=6, neumann=kind, neumann_batches=batches)
        sample = neumann.draw(sampler, 3, 10)
        lower = [sample.lower, sample.cross, *sample.factors]
        assert len(sample.factors) == sample.depth.max() > 1
        assert len({batch.tobytes() for batch in lower}) == (len(lower) if batches == "fresh" else 1)
        assert sample.upper.tobytes() != sample.lower.tobytes()
