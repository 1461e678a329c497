"""100,000 steps in float32: methods that end at the solution stay there. Takes half an hour: ``make test-long``."""

import numpy as np
import pytest

import p2pbo

pytestmark = pytest.mark.long

STEPS, SETTLED = 100_000, 20_000
TENTH = {"alpha": 0.1, "beta": 0.1, "gamma": 0.1}
CASES = {
    "sparkle-ed": {"topology": "ring"},
    "sparkle-extra": {"topology": "ring"},
    "sparkle-ed on a star": {"topology": "star"},
    "sparkle-extra on the complete graph": {"topology": "complete"},
    "sparkle-ed on changing edges": {"topology": "ring", "links": {"schedule": "random:0.6"}},
    "sparkle-gt": {"topology": "ring"},
    "sparkle-gt on changing edges": {"topology": "ring", "links": {"schedule": "random:0.6"}},
    "sparkle-gt by masks": {"topology": "ring", "codec": "randk:0.3"},
    "cd-bsvrgd": {"topology": "ring"},
    "ef-soba": {"topology": "ring", "settings": TENTH},
    "ef-soba through a fifth of the entries": {"topology": "ring", "codec": "randk:0.2", "settings": TENTH},
    "ef-soba through signs": {"topology": "ring", "codec": "sign", "settings": TENTH},
    "sparkle-ed of one node": {"topology": "complete", "nodes": 1},
}
BOUND = {"sparkle-ed": 1e-5, "sparkle-extra": 1e-5}
"""Of ‖∇Φ(x̄)‖; that of the others is 5e-5."""


@pytest.mark.parametrize("case", CASES)
def test_the_error_neither_grows_nor_passes_its_bound(case):
    algorithm = case.split()[0]
    trace = p2pbo.run(
        problem="quadratic",
        algorithm=algorithm,
        dtype="float32",
        steps=STEPS,
        log_every=SETTLED,
        exact="on",
        threads=1,
        **CASES[case],
    )
    error = np.asarray(trace.values("hypergradient_norm"))
    print(case, *(f"{value:.1e}" for value in error))
    assert error[1:].max() < BOUND.get(algorithm, 5e-5)
    assert error[-1] < 2 * error[1] + 1e-6


def test_ten_thousand_nodes_stay_at_the_solution_too():
    """Rows of W of 10,000 nodes; the error is that of float32 sums."""
    trace = p2pbo.run(
        problem={"name": "quadratic", "dim_x": 4, "dim_y": 4, "samples": 2},
        algorithm="sparkle-ed",
        topology="exponential",
        nodes=10_000,
        dtype="float32",
        steps=6_000,
        log_every=2_000,
        exact="on",
        threads=1,
    )
    error = np.asarray(trace.values("hypergradient_norm"))
    print(*(f"{value:.1e}" for value in error))
    assert error[1:].max() < 1e-5
    assert error[-1] < 2 * error[1] + 1e-6
