"""How many entries rand-K keeps of the upper variable x, and how many of the lower ones y and z.

He 2024 (10) balances the errors of the two levels with (1 + ω_u)/(1 + ω_ℓ) ≈ √(dx/dy). For rand-K 1 + ω = d/K, so
K_x/K_y ≈ √(dx/dy).
"""

from __future__ import annotations

from p2pbo.errors import InputError


def ratio(dim_x: int, dim_y: int) -> float:
    """Return √(dx/dy): what K_x/K_y, and (1 + ω_u)/(1 + ω_ℓ), should be."""
    return (dim_x / dim_y) ** 0.5


def upper_entries(dim_x: int, dim_y: int, lower: int) -> int:
    """K_x that goes with K_y = ``lower``: between 1 and dx."""
    return min(dim_x, max(1, round(lower * ratio(dim_x, dim_y))))


def shared_entries(dim_x: int, dim_y: int, total: int) -> tuple[int, int]:
    """Return (K_x, K_y) with K_x + K_y = ``total``, as near to the ratio as whole numbers and the dimensions allow.

    Raises:
        InputError: ``total`` is too small for an entry of both, or more than dx + dy.
    """
    if not 2 <= total <= dim_x + dim_y:
        cause = f"cannot be shared by x of {dim_x} and y of {dim_y} entries"
        raise InputError(f"a total of {total} entries", cause, f"use 2 to {dim_x + dim_y}")
    r = ratio(dim_x, dim_y)
    least, most = max(1, total - dim_y), min(dim_x, total - 1)
    upper = min(most, max(least, round(total * r / (1 + r))))
    return upper, total - upper
