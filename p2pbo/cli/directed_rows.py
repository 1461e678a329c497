"""The report on a directed graph, row by row."""

from __future__ import annotations

from p2pbo.topology.spectrum.directed_report import DirectedReport

_SHOWN = 12
"""The most nodes whose shares are shown one by one."""


def directed_rows(r: DirectedReport) -> list[tuple[str, str, str]]:
    """Return label, value and meaning of each row."""
    at_least, bound = ("", "") if r.diameter_exact else ("≥ ", ", at least")
    rows = [
        (
            "nodes K",
            f"{r.nodes}",
            "strongly connected" if r.period == 1 else "the union is strongly connected",
        ),
        *_period(r),
        ("edges", f"{r.edges}", "each carries messages one way"),
        ("out-degree", f"{r.out_degree_min} / {r.out_degree_max}", "fewest, most nodes that a node sends to"),
        ("in-degree", f"{r.in_degree_min} / {r.in_degree_max}", "fewest, most nodes that a node hears"),
        ("diameter", f"{at_least}{r.diameter}", f"hops between the farthest nodes{bound}"),
        *_gaps(r),
        ("π", _shares(r.perron_r), "share of each node in what states agree on"),
        ("v", _shares(r.perron_c), "share of each node in the sum of trackers"),
        ("step factor K πᵀv", f"{r.step_factor:.4g}", "a step size counts for so many times itself"),
        ("floats a round", f"{r.floats_per_round}", "sent by all, per entry of a variable"),
        ("floats a round, node", f"{r.floats_per_round_node}", "sent by the busiest node"),
    ]
    if r.stable_step is not None:
        meaning = "step size · curvature, at most, for push-pull on equal nodes"
        rows.insert(-2, ("stable step", f"{r.stable_step:.3g}", meaning))
    return rows


def _period(r: DirectedReport) -> list[tuple[str, str, str]]:
    if r.period == 1:
        return []
    return [("period", f"{r.period}", "graphs in turn; the next four are of their union")]


def _gaps(r: DirectedReport) -> list[tuple[str, str, str]]:
    if r.period == 1:
        return [
            ("gap of R", f"{r.gap_r:.4g}", "1 − |λ₂|: the larger, the faster states agree"),
            ("gap of C", f"{r.gap_c:.4g}", "the same of trackers"),
        ]
    return [
        ("gap of R, a period", f"{r.over_period(r.gap_r):.4g}", "1 − |λ₂| of the product over a period"),
        ("gap of C, a period", f"{r.over_period(r.gap_c):.4g}", "the same of trackers"),
        ("gap of R, a round", f"{r.gap_r:.4g}", "1 − |λ₂|^(1/τ): the larger, the faster states agree"),
        ("gap of C, a round", f"{r.gap_c:.4g}", "the same of trackers"),
    ]


def _shares(shares: tuple[float, ...]) -> str:
    if len(shares) > _SHOWN:
        return f"{min(shares):.3g} … {max(shares):.3g}"
    if max(shares) - min(shares) < 1e-12:
        return f"{shares[0]:.3g} each"
    return " ".join(f"{share:.3g}" for share in shares)
