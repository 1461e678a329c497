"""Which mixings fit which lower level: what belongs to a lower level of each node's own is never mixed.

shared   min_x (1/K) Σ f_i(x, y*(x)),    y*(x) = argmin_y (1/K) Σ g_i(x, y)      y, z and u are mixed, as x is
local    min_x (1/K) Σ f_i(x, y_i*(x)),  y_i*(x) = argmin_y g_i(x, y)            y, z and u by ``local``, x as ever

Neither diverges with the other's mixings: it ends at a wrong point. So it is refused.
"""

from __future__ import annotations

from p2pbo.algorithms.per_variable import PerVariable
from p2pbo.errors import InputError
from p2pbo.problems import LowerLevel

UNMIXED = "local"
"""The mixing that sends nothing."""


def mixing_x(mixing: str) -> PerVariable:
    """Return the mixings of a method on a lower level of each node's own, which mixes x by ``mixing``."""
    return {"x": mixing, **dict.fromkeys("yzu", UNMIXED)}


def check_mixings(mixings: PerVariable, lower_level: LowerLevel) -> None:
    """Check that every variable is mixed as the lower level asks for.

    Raises:
        InputError: a variable is mixed though each node has its own, or the other way round.
    """
    for variable, mixing in mixings.items():
        if mixing == UNMIXED and variable == "x":
            raise InputError(
                "mixing local of x",
                "sends nothing, so that nodes never agree on x",
                "use one such as tracking",
            )
        if mixing == UNMIXED and lower_level == "shared":
            cause = "leaves each node with its own, on a lower level that all share"
            raise InputError(
                f"mixing local of {variable}", cause, "use another mixing, or --lower-level local"
            )
        if mixing != UNMIXED and variable != "x" and lower_level == "local":
            cause = f"mixes {variable}, of which each node has its own where the lower level is local"
            remedy = f"name that of x alone, as in --set algorithm.mixing.x={mixing}"
            raise InputError(f"mixing {mixing}", cause, remedy)
