"""Rank program: every combination of parts ends in the same state as with all nodes in one process."""

from itertools import product

import numpy as np
from mpi4py import MPI

from p2pbo.algorithms import METHODS, PARTS, Context, Sampler
from p2pbo.network import Network
from p2pbo.problems import PROBLEMS, Instance
from p2pbo.topology import build

NODES, STEPS = 6, 5
KINDS = ("hypergradient", "estimator", "mixing")
EACH = {"hypergradient": "tracked", "mixing": {"x": "ed", "y": "atc", "z": "tracking"}, "schedule": "cosine"}


def combinations():
    """Every hypergradient × estimator × mixing, and one whose parts differ from variable to variable."""
    yield from (dict(zip(KINDS, names, strict=True)) for names in product(*(PARTS[kind] for kind in KINDS)))
    yield EACH


def final(problem, parts, comm):
    """(first hosted node, X, Y …) after the last step, and the messages sent."""
    network = Network(build("er:0.5", NODES, seed=5), comm)
    recipe = METHODS.make("mdbo")
    algorithm = recipe.assemble(
        recipe.check("mdbo", {**parts, "eta": 0.2, "batch": 8}), Context(problem, STEPS)
    )
    oracles = problem.host(network.hosted, network.dtype)
    sampler = Sampler(5, network.hosted, oracles)
    draw = np.random.default_rng(0)
    dims = {"x": problem.dim_x, "y": problem.dim_y, "z": problem.dim_y}
    start = [draw.standard_normal((NODES, dims[name])) for name in algorithm.variables]
    own = slice(network.hosted.start, network.hosted.stop)
    state = algorithm.start(tuple(V[own] for V in start))
    for _ in range(STEPS):
        state = algorithm.step(state, network, oracles, sampler)
    network.close()
    return own, state.point, sum(network.rounds.values())


def check(problem, parts):
    own, found, messages = final(problem, parts, MPI.COMM_WORLD)
    _, expected, expected_messages = final(problem, parts, None)
    assert messages == expected_messages, parts
    for_rounding = (
        1e-9 if parts["hypergradient"] == "finite-differences" else 1e-12
    )  # differences of 1e-4 apart
    for V, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(
            V, reference[own], rtol=0, atol=for_rounding * np.abs(reference).max(), err_msg=str(parts)
        )
    return [np.abs(V).sum() for V in expected]


if __name__ == "__main__":
    quadratic = PROBLEMS.make("quadratic", Instance(NODES), samples=20)
    sums = [check(quadratic, parts) for parts in combinations()]
    different = {round(float(total[1]), 9) for total in sums}
    assert (
        len(different) >= 36
    )  # else agreement would show nothing; without a codec some mixings are the same
    print(f"ok {MPI.COMM_WORLD.Get_rank()}\n", end="", flush=True)
