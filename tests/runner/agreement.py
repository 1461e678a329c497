"""Whether two traces of one run agree: counts exactly, figures to the rounding of sums."""

import numpy as np
import placements

SOLVED = {"hyper_objective": 1e-9, "hypergradient_norm": 1e-9, "y_error": 1e-9, "z_error": 1e-9}
"""Without a closed form these come from solvers that stop at a residual of 1e-10; where exactly rounding decides."""
TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 3e-6}
OF_DIFFERENCES = {" rafbo ": 1e-9, " d-soba-fo ": 1e-10}
"""Differences over 1e-4, and over ε^⅓ = 6e-6, turn rounding of 1e-16 into 1e-12 and 4e-11 in every step."""


def agree(here, there):
    expected, found = (placements.read(path, placements.reals) for path in (here, there))
    assert {"final_x", "final_y", "upper_loss", "node_upper_loss", "consensus_x"} <= expected.keys()
    assert found.keys() == expected.keys()
    of_methods = (tolerance for method, tolerance in OF_DIFFERENCES.items() if method in there.stem)
    tolerance = max(TOLERANCE[expected["final_x"].dtype], *of_methods, 0)
    solved = {} if placements.read(here, placements.has_closed_form) else SOLVED
    for name, values in expected.items():
        assert found[name].dtype == values.dtype
        assert np.isfinite(values).all()
        error, largest = np.abs(found[name] - values).max(), np.abs(values).max()
        assert error <= max(tolerance, solved.get(name, 0)) * largest, (
            f"{there.stem}: {name} differs by {error:.1e} of {largest:.1e}"
        )
    for name, values in placements.read(here, placements.counts).items():
        np.testing.assert_array_equal(placements.read(there, placements.counts)[name], values, there.stem)
