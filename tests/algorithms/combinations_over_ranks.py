"""Rank program: every combination of parts ends where all nodes in one process do, which a file that is given holds."""

import sys

import numpy as np

from p2pbo.algorithms import ALGORITHMS, PARTS, RunContext, Sampler
from p2pbo.algorithms.lower_levels import UNMIXED
from p2pbo.network import Network
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.topology import build

NODES, STEPS = 6, 5
EACH = {"hypergradient": "tracked", "mixing": {"x": "ed", "y": "atc", "z": "tracking"}, "schedule": "cosine"}
FALLING = {
    **EACH,
    "estimator": {"x": "storm", "y": "page", "z": "page"},
    "page_probability": 0.4,
    "schedule": "power:1/2",
    "scheduled_weights": True,
}
MEASURED = {
    "hypergradient": "tracked",
    "mixing": {"x": "tracking", "y": "atc-tracking", "z": "tracking"},
    "schedule": "adaptive",
}
FOR_ROUNDING = {"finite-differences": 1e-9, "tracked-differences": 1e-10}
"""Differences over 1e-4, and over ε^⅓ = 6e-6, turn rounding of 1e-16 into 1e-12 and 4e-11 in every step."""


def combinations():
    """Every hypergradient and every estimator with every mixing, and two whose parts differ from variable to variable.

    A node computes hypergradients and estimates alone: that each goes with each is shown in one process.
    """
    for mixing in PARTS["mixing"]:
        # presets with UNMIXED are compared in tests/runner/placements.py; without rounds arrivals decide
        if mixing == UNMIXED or PARTS["mixing"][mixing].make.asynchronous:
            continue
        for hypergradient in PARTS["hypergradient"]:
            yield {"hypergradient": hypergradient, "estimator": "storm", "mixing": mixing}
        for estimator in sorted(set(PARTS["estimator"]) - {"storm"}):
            yield {"hypergradient": "tracked", "estimator": estimator, "mixing": mixing}
    yield EACH
    yield MEASURED
    yield FALLING


def final(problem, parts, comm):
    """(first hosted node, X, Y …) after the last step, and the messages sent."""
    network = Network(build("er:0.5", NODES, seed=5), comm)
    preset = ALGORITHMS.make("mdbo")
    algorithm = preset.assemble(
        preset.check("mdbo", {**parts, "eta": 0.2, "batch": 8}), RunContext(problem, STEPS)
    )
    oracles = problem.host(network.hosted, network.dtype)
    sampler = Sampler(5, network.hosted, oracles)
    draw = np.random.default_rng(0)
    start = [draw.standard_normal((NODES, problem.size(name))) for name in algorithm.variables]
    own = slice(network.hosted.start, network.hosted.stop)
    state = algorithm.start(tuple(V[own] for V in start))
    for _ in range(STEPS):
        state = algorithm.step(state, network, oracles, sampler)
    network.close()
    return own, state.point, sum(network.rounds.values())


def problem():
    return PROBLEMS.make("quadratic", ProblemContext(NODES), samples=20)


def reference(path):
    """Write what one process finds to ``path``; returns the sums of Y."""
    found = {}
    for number, parts in enumerate(combinations()):
        _, point, messages = final(problem(), parts, None)
        found |= {f"{number}/{place}": V for place, V in enumerate(point)} | {f"{number}/messages": messages}
    np.savez(path, **found)
    return [np.abs(found[f"{number}/1"]).sum() for number, _ in enumerate(combinations())]


def check(number, parts, expected, comm):
    own, found, messages = final(problem(), parts, comm)
    assert messages == expected[f"{number}/messages"], parts
    for place, V in enumerate(found):
        whole = expected[f"{number}/{place}"]
        np.testing.assert_allclose(
            V,
            whole[own],
            rtol=0,
            atol=FOR_ROUNDING.get(parts["hypergradient"], 1e-12) * np.abs(whole).max(),
            err_msg=str(parts),
        )


def main():
    from mpi4py import MPI

    expected = np.load(sys.argv[1])
    for number, parts in enumerate(combinations()):
        check(number, parts, expected, MPI.COMM_WORLD)
    print(f"ok {MPI.COMM_WORLD.Get_rank()}\n", end="", flush=True)


if __name__ == "__main__":
    main()
