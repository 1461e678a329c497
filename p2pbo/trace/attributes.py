"""The attributes of a trace's file, each with its type and meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attribute:
    """One attribute of a trace's file.

    Attributes:
        name: its name in the file.
        dtype: ``str``, ``int`` or ``float``.
        meaning: its meaning, with its unit where it has one.
        found: which traces have it; empty: all.
    """

    name: str
    dtype: str
    meaning: str
    found: str = ""


ENDED_BY = "ended_by"
"""The attribute that says what ended a run that came to its end: ``steps``, all of them, ``until METRIC=VALUE``
or ``callback``."""

BEGUN_AGAIN_AT = "begun_again_at"
"""The attribute that lists the steps after which a run with measured steps has begun again from its start."""

STEPS = "steps"
"""What has ended a run that has taken all of its steps."""

UNDIRECTED, DIRECTED = "the graph is undirected", "the graph is directed"

_ATTRIBUTES = (
    Attribute("Conventions", "str", "the netCDF conventions that the file follows"),
    Attribute(
        "description",
        "str",
        "the resolved description of the run as JSON: every field with its value, defaults too",
    ),
    Attribute(
        "exit_status",
        "str",
        "``running``, ``completed``, ``interrupted``, ``stopped``, or ``failed: `` with the error",
    ),
    Attribute(
        ENDED_BY,
        "str",
        "``steps`` where the run has done all of them, else what ended it early: ``until METRIC=VALUE``, ``callback``",
        "came to its end",
    ),
    Attribute("start_time", "str", "when the run began, in UTC (ISO 8601)"),
    Attribute(
        "resumed_at",
        "int",
        "steps from which the run was resumed, one after another",
        "resumed at least once",
    ),
    Attribute(
        BEGUN_AGAIN_AT,
        "int",
        "steps after which the run has begun again from its start, each time with a tenth of ``c_x``",
        "``--schedule adaptive`` has diverged",
    ),
    Attribute("seed", "int", "the seed of all draws"),
    Attribute("p2pbo_version", "str", "version of p2pbo"),
    Attribute(
        "git_revision",
        "str",
        "commit of p2pbo's sources, with ``-dirty`` if they had changes",
        "p2pbo ran from a checkout",
    ),
    Attribute("python_version", "str", "version of Python"),
    Attribute("numpy_version", "str", "version of numpy"),
    Attribute("networkx_version", "str", "version of networkx"),
    Attribute("torch_version", "str", "version of torch", "torch is installed"),
    Attribute("mpi4py_version", "str", "version of mpi4py", "mpi4py is installed"),
    Attribute(
        "mpi_library", "str", "the MPI library's name and version; ``none`` in one process without MPI"
    ),
    Attribute("host", "str", "host of the process that wrote the trace; the last one of a resumed run"),
    Attribute("hosts", "int", "hosts of the ranks"),
    Attribute("ranks", "int", "ranks P that hosted the nodes"),
    Attribute("lambda_2", "float", "λ₂, the second largest eigenvalue of the mixing matrix W", UNDIRECTED),
    Attribute("lambda_k", "float", "λ_K, the smallest eigenvalue of W", UNDIRECTED),
    Attribute(
        "spectral_gap", "float", "1 − max(|λ₂|, |λ_K|), the spectral gap of W; the smaller one of R and C"
    ),
    Attribute("gap_r", "float", "1 − |λ₂| of R, which averages states", DIRECTED),
    Attribute("gap_c", "float", "1 − |λ₂| of C, which hands trackers on", DIRECTED),
    Attribute(
        "step_factor", "float", "K πᵀ v of R's and C's Perron vectors, by which step sizes count", DIRECTED
    ),
    Attribute(
        "random_losses",
        "str",
        "losses that draw random numbers themselves: ``lower``, ``upper``, ``lower upper`` or ``none``",
    ),
    Attribute(
        "stacking_limit",
        "float",
        "rows × parameters of a node up to which the nodes of a rank share one graph of torch",
        "torch differentiates the losses",
    ),
    Attribute(
        "edge_time_min", "float", "seconds that the fastest edge sends in a step", "``--codec-by bandwidth``"
    ),
    Attribute(
        "edge_time_max", "float", "seconds that the slowest edge sends in a step", "``--codec-by bandwidth``"
    ),
    Attribute(
        "modelled_time_of",
        "str",
        "what ``modelled_time`` is made of: links, network cards, computing",
        "with ``modelled_time``",
    ),
    Attribute(
        "modelled_time_repeats",
        "str",
        "``yes`` if the same run has the same ``modelled_time`` again; ``no: `` with the reason",
        "with ``modelled_time``",
    ),
    Attribute(
        "crossed_bytes",
        "int",
        "payload in bytes that crossed between ranks, where a row goes once to each rank that needs it",
        "came to its end",
    ),
    Attribute("crossed_messages", "int", "messages that crossed between ranks", "came to its end"),
    Attribute(
        "rank_wait_period",
        "float",
        "seconds of the steps in which ranks waited as ``rank_wait_time`` says",
        "with ``rank_wait_time``",
    ),
)

ATTRIBUTES = {attribute.name: attribute for attribute in _ATTRIBUTES}
"""The attributes of a trace by name."""


def attribute_for(name: str) -> Attribute:
    """Return the attribute ``name`` of a trace.

    Raises:
        ValueError: the schema does not say what it means.
    """
    if name not in ATTRIBUTES:
        raise ValueError(f"the schema of traces has no attribute {name}: say what it means")
    return ATTRIBUTES[name]
