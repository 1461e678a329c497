"""Every hypergradient × estimator × mixing: runs, and agrees with its formulas on explicit matrices."""

from itertools import product

import dense_mixings
import numpy as np
import pytest
from dense_mixings import anywhere, clip, tracker
from dense_nodes import DenseNodes, drawn, one_each, ring
from stepping import NODES, assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

import p2pbo
from p2pbo.algorithms import PARTS
from p2pbo.algorithms.lower_levels import UNMIXED, mixing_x
from p2pbo.asynchronous.start_times import start_times

STEPS, TERMS, L, BATCH = 40, 5, 1.6, 12
ETA, ALPHA, BETA, RADIUS = 0.25, (1.3, 0.7, 1.9), (0.5, 0.9, 0.7), 2.0
PERIOD = 7
MIXING_ENTRIES = [(name, PARTS["mixing"][name]) for name in PARTS["mixing"]]


# U after step t > 0, from U, D now and D at the previous point on the same batch
ESTIMATES = {
    "sgd": lambda t, U, D, D_before, alpha: D,
    "momentum": lambda t, U, D, D_before, alpha: (1 - alpha * ETA) * U + alpha * ETA * D,
    "storm": lambda t, U, D, D_before, alpha: D + (1 - alpha * ETA**2) * (U - D_before),
    "page": lambda t, U, D, D_before, alpha: U + D - D_before if t % PERIOD else D,
}


def with_step(formula):
    """A formula without η of its own, and the projection after it."""
    return lambda W, Vs, Us, beta, project: project(formula(W, Vs, Us, ETA * beta))


def tracking(W, Vs, Us, beta, project):
    return Vs[-1] + ETA * (project(W @ Vs[-1] - beta * tracker(W, Us, after=0)) - Vs[-1])


def asynchronous_tracking(W, Vs, Us, beta, project):
    return Vs[-1] + ETA * (project(dense_mixings.asynchronous_tracking(W, Vs, Us, beta)) - Vs[-1])


# V_{k+1} from V_0 … V_k and U_0 … U_k
MIXES = {
    "gossip": with_step(dense_mixings.gossip),
    "local": with_step(dense_mixings.local),
    "atc": with_step(dense_mixings.atc),
    "tracking": tracking,
    "atc-tracking": with_step(dense_mixings.atc_tracking),
    "asynchronous-tracking": asynchronous_tracking,
    "push-pull": with_step(dense_mixings.push_pull),
    "ed": with_step(dense_mixings.exact_diffusion),
    "extra": with_step(dense_mixings.extra),
    "innovations": with_step(dense_mixings.innovations),
    "innovations-momentum": with_step(dense_mixings.innovations_momentum),
    "error-feedback": with_step(dense_mixings.error_feedback),
    "error-feedback-late": with_step(dense_mixings.error_feedback_late),
}
PLACES = {"x": 0, "y": 1, "z": 2, "u": 1}  # of a variable's α and β
PENALTY = {"penalty": 20.0, "penalty_growth": 0.5, "penalty_period": 5.0}


def penalty(nodes, X, Y, U, drawn):
    draw, t = drawn
    return nodes.penalty(X, Y, U, draw, 20 * (1 + t / 5) ** 0.5)


HYPERGRADIENTS = {"neumann": DenseNodes.directions, "tracked": DenseNodes.tracked, "penalty": penalty}


def same_draw(draw):
    return draw


def dense(nodes, directions, W, start, draws, estimator, mixings, projections, back=same_draw):
    """The formulas on ``mixings`` by variable; ``back`` makes a draw that for the previous point."""
    Vs, Us = [[V] for V in start], [[] for _ in start]
    before = start
    for t, draw in enumerate(draws):
        point = tuple(V[-1] for V in Vs)
        D, D_before = directions(nodes, *point, draw), directions(nodes, *before, back(draw))
        before = point
        for v, (name, mixing) in enumerate(mixings.items()):
            alpha, beta = ALPHA[PLACES[name]], BETA[PLACES[name]]
            U = D[v] if t == 0 else ESTIMATES[estimator](t, Us[v][-1], D[v], D_before[v], alpha)
            Us[v].append(U)
            project = anywhere if mixing in ("ed", "extra") else projections.get(name, anywhere)
            Vs[v].append(MIXES[mixing](W, Vs[v], Us[v], beta, project))
    return [V[-1] for V in Vs]


def given_settings(parts, **more):
    """The test's values of those settings that the parts have."""
    by_name = {
        "eta": ETA,
        "batch": BATCH,
        "first_batch": BATCH,
        "page_period": PERIOD,
        "terms": TERMS,
        "lipschitz": L,
        "radius": RADIUS,
    }
    by_name |= {f"alpha{v}": ALPHA[v - 1] for v in (1, 2, 3)} | {f"beta{v}": BETA[v - 1] for v in (1, 2, 3)}
    lower_level = more.pop("lower_level", "shared")
    known = p2pbo.algorithms.ALGORITHMS.make("mdbo").on("mdbo", lower_level).check("mdbo", parts)
    return {**parts, **{name: value for name, value in by_name.items() if name in known}, **more}


MIXED = [mixing for mixing in PARTS["mixing"] if mixing != UNMIXED]
KINDS = ("hypergradient", "estimator", "mixing")
COMBINATIONS = [
    dict(zip(KINDS, names, strict=True))
    for names in product(PARTS["hypergradient"], PARTS["estimator"], MIXED)
]
every_combination = pytest.mark.parametrize("parts", COMBINATIONS, ids=lambda parts: "-".join(parts.values()))


@every_combination
def test_every_combination_runs(parts):
    """As it is stepped by hand, from the problem's start."""
    problem = quadratic(samples=16)
    given = {"settings": {**parts, "batch": 4}, "steps": 5, "compute_time": "10ms"}
    trace = p2pbo.run(problem=problem, **given, log_every=5)
    method = assembled(problem, **parts, batch=4, steps=5)
    start = tuple(np.zeros((NODES, problem.size(v))) for v in method.variables)
    expected = final(problem, method, 5, start, begins=start_times(np.ones(NODES), seed=0))
    for variable, V in zip(method.variables, expected, strict=True):
        np.testing.assert_array_equal(getattr(trace.final, variable), V)
        assert (V != 0).any()
    assert (trace["bytes_sent"].values[-1] > 0).all()
    assert {name: trace.description["algorithm"][name] for name in KINDS} == parts


def compared(
    parts,
    draw,
    variables,
    clipped=np.inf,
    back=same_draw,
    bounds=(-np.inf, np.inf),
    lower_level="shared",
    **more,
):
    """p2pbo's final rows and the formulas'."""
    problem = quadratic(samples=32, lower_level=lower_level)
    if np.isfinite(bounds).any():
        problem = problem.within(*bounds)
    start = unequal_start(problem, variables=variables)
    _, sampler = oracles_and_sampler(problem)
    draws = [draw(sampler, t) for t in range(STEPS)]
    mixing = parts["mixing"]
    mixings = {v: mixing if isinstance(mixing, str) else mixing[v] for v in variables}
    nodes = DenseNodes(problem, L, TERMS, more.get("neumann", "sum"))
    directions = HYPERGRADIENTS[parts["hypergradient"]]
    projections = {"z": lambda V: clip(V, clipped), "x": lambda X: np.clip(X, *bounds)}
    expected = dense(
        nodes, directions, ring(NODES), start, draws, parts["estimator"], mixings, projections, back
    )
    settings = given_settings(parts, lower_level=lower_level, **more)
    return final(problem, assembled(problem, **settings), STEPS, start), expected


def neumann(estimator, mixing, kind="sum", batches="fresh"):
    parts = {"hypergradient": "neumann", "estimator": estimator, "mixing": mixing}

    def draw(sampler, t):
        return drawn(sampler, t, BATCH, TERMS, kind, batches)

    return compared(parts, draw, "xy", neumann=kind, neumann_batches=batches)


@pytest.mark.parametrize("mixing", MIXED)
@pytest.mark.parametrize("estimator", list(PARTS["estimator"]))
def test_neumann_combinations_are_their_formulas(estimator, mixing):
    assert_close(*neumann(estimator, mixing), relative=1e-11)


@pytest.mark.parametrize("batches", ["fresh", "shared"])
@pytest.mark.parametrize("kind", ["sum", "random", "random-paper"])
@pytest.mark.parametrize("estimator", list(PARTS["estimator"]))
def test_every_kind_of_series_goes_with_every_estimator(estimator, kind, batches):
    assert_close(*neumann(estimator, "tracking", kind, batches), relative=1e-11)


def one_batch_each(sampler, t):
    return one_each(sampler, t, BATCH)


@pytest.mark.parametrize("mixing", MIXED)
@pytest.mark.parametrize("estimator", list(PARTS["estimator"]))
def test_tracked_combinations_are_their_formulas(estimator, mixing):
    parts = {"hypergradient": "tracked", "estimator": estimator, "mixing": mixing}
    assert_close(*compared(parts, one_batch_each, "xyz", RADIUS), relative=1e-11)


@pytest.mark.parametrize("mixing", MIXED)
@pytest.mark.parametrize("estimator", list(PARTS["estimator"]))
def test_penalty_combinations_are_their_formulas(estimator, mixing):
    """λ grows, and STORM's previous direction keeps that of its own step."""
    parts = {"hypergradient": "penalty", "estimator": estimator, "mixing": mixing}

    def draw(sampler, t):
        return one_batch_each(sampler, t), t

    def back(drawn):
        return drawn[0], drawn[1] - 1

    assert_close(*compared(parts, draw, "xyu", back=back, **PENALTY), relative=1e-11)


@pytest.mark.parametrize(
    "mixing", [name for name, entry in MIXING_ENTRIES if entry.make.projects and name in MIXED]
)
def test_every_mixing_that_projects_keeps_x_within_bounds(mixing):
    parts = {"hypergradient": "tracked", "estimator": "storm", "mixing": mixing}
    bounds = (-0.3, 0.1)
    found, expected = compared(parts, one_batch_each, "xyz", RADIUS, bounds=bounds)
    assert_close(found, expected, relative=1e-11)
    reach = found[0].min(), found[0].max()  # relaxed mixings go a share of the way there from a start outside
    relaxed = PARTS["mixing"][mixing].make.relaxed
    np.testing.assert_allclose(reach, bounds, rtol=0, atol=1e-4 if relaxed else 0)


def test_the_projection_of_these_runs_bites():
    parts = {"hypergradient": "tracked", "estimator": "sgd", "mixing": "gossip"}
    bounded, _ = compared(parts, one_batch_each, "xyz", RADIUS)
    free, _ = compared(parts, one_batch_each, "xyz", radius="off")
    assert np.linalg.norm(bounded[2], axis=1).max() <= RADIUS * (1 + 1e-12)
    assert np.abs(bounded[0] - free[0]).max() > 1e-2


@pytest.mark.parametrize(
    "mixing",
    [{"x": "tracking", "y": "ed", "z": "atc"}, {"x": "extra", "y": "gossip", "z": "atc-tracking"}],
    ids=lambda mixing: "-".join(mixing.values()),
)
def test_each_variable_may_be_mixed_in_its_own_way(mixing):
    parts = {"hypergradient": "tracked", "estimator": "storm", "mixing": mixing}
    assert_close(*compared(parts, one_batch_each, "xyz", RADIUS), relative=1e-11)


@pytest.mark.parametrize("estimator", list(PARTS["estimator"]))
def test_what_is_each_nodes_own_is_not_mixed(estimator):
    parts = {"hypergradient": "tracked", "estimator": estimator, "mixing": mixing_x("tracking")}
    del parts["mixing"]["u"]
    assert_close(*compared(parts, one_batch_each, "xyz", RADIUS, lower_level="local"), relative=1e-11)
