"""Whether two traces of one run agree: counts exactly, figures to the rounding of sums."""

import numpy as np
import placements

SOLVED = {"hypergradient_norm": 1e-9, "y_error": 1e-9, "z_error": 1e-9}
"""Without a closed form these come from solvers that stop at a residual of 1e-10; where exactly rounding decides."""
TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 3e-6}


def agree(here, there):
    expected, found = (placements.read(path, placements.reals) for path in (here, there))
    assert {"final_x", "final_y", "upper_loss", "node_upper_loss", "consensus_x"} <= expected.keys()
    assert found.keys() == expected.keys()
    tolerance = TOLERANCE[expected["final_x"].dtype]
    if "rafbo" in there.stem:  # a finite difference of 1e-4 turns rounding of 1e-16 into 1e-12
        tolerance = 1e-9
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
