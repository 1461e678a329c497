"""The schema: every standard variable of a trace with its dimensions, type, unit and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Field:
    """One variable of a trace.

    Attributes:
        name: its name in the file.
        dims: its dimensions, from ``step node edge x_dim y_dim z_dim u_dim failure rank_pair``.
        dtype: its NumPy type, or ``str``; the final state keeps the type of the run instead.
        units: its unit in the spelling of netCDF tools; ``1`` is dimensionless.
        long_name: its meaning, for axes and tables.
        vanishing: non-negative and zero at the solution, so that its order of magnitude matters.
        rising: better when larger.
        spent: grows from zero to the end of the run, which spends it.
        own_long_name: its meaning where each node has a lower level of its own, if that differs.
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    units: str
    long_name: str
    vanishing: bool = False
    rising: bool = False
    spent: bool = False
    own_long_name: str = ""

    def on(self, lower_level: str) -> Field:
        """Return the field as it is in a run on this lower level, "shared" or "local"."""
        own = self.own_long_name if lower_level == "local" else ""
        return replace(self, long_name=own) if own else self


STEP, STEP_NODE, EDGE = ("step",), ("step", "node"), ("edge",)
FAILURE, RANK_PAIR = ("failure",), ("rank_pair",)

_FIELDS = (
    Field("step", STEP, "int64", "1", "steps done", spent=True),
    Field("node", ("node",), "int64", "1", "node"),
    Field("edge", EDGE, "int64", "1", "directed edge"),
    Field("edge_source", EDGE, "int64", "1", "sending node of the edge"),
    Field("edge_target", EDGE, "int64", "1", "receiving node of the edge"),
    Field("edge_codec", EDGE, "str", "1", "codec of the edge"),
    Field("edge_bytes", EDGE, "int64", "byte", "payload sent over the edge so far"),
    Field("edge_messages", EDGE, "int64", "1", "messages sent over the edge so far"),
    Field(
        "upper_loss",
        STEP,
        "float64",
        "1",
        "upper loss at the network average",
        own_long_name="upper loss at the average x and each node's own y",
    ),
    Field(
        "lower_loss",
        STEP,
        "float64",
        "1",
        "lower loss at the network average",
        own_long_name="lower loss at the average x and each node's own y",
    ),
    Field(
        "validation_accuracy",
        STEP,
        "float64",
        "1",
        "validation accuracy at the network average",
        rising=True,
        own_long_name="validation accuracy at the average x and each node's own y",
    ),
    Field(
        "test_accuracy",
        STEP,
        "float64",
        "1",
        "test accuracy at the network average",
        rising=True,
        own_long_name="test accuracy at the average x and each node's own y",
    ),
    Field("consensus_x", STEP, "float64", "1", "mean square consensus error of x", vanishing=True),
    Field("consensus_y", STEP, "float64", "1", "mean square consensus error of y", vanishing=True),
    Field("consensus_z", STEP, "float64", "1", "mean square consensus error of z", vanishing=True),
    Field("consensus_u", STEP, "float64", "1", "mean square consensus error of u", vanishing=True),
    Field("consensus_norm_x", STEP, "float64", "1", "root mean square consensus error of x", vanishing=True),
    Field("consensus_norm_y", STEP, "float64", "1", "root mean square consensus error of y", vanishing=True),
    Field("consensus_norm_z", STEP, "float64", "1", "root mean square consensus error of z", vanishing=True),
    Field("consensus_norm_u", STEP, "float64", "1", "root mean square consensus error of u", vanishing=True),
    Field(
        "hypergradient_norm",
        STEP,
        "float64",
        "1",
        "norm of the hypergradient at the average x",
        vanishing=True,
    ),
    Field(
        "projected_gradient_norm",
        STEP,
        "float64",
        "1",
        "norm of the projected gradient at the average x, where x has bounds",
        vanishing=True,
    ),
    Field(
        "hyper_objective",
        STEP,
        "float64",
        "1",
        "hyper-objective: upper loss at the average x and its lower solution",
        own_long_name="hyper-objective: upper loss at the average x and each node's own lower solution",
    ),
    Field(
        "y_error",
        STEP,
        "float64",
        "1",
        "distance of the average y to the lower solution",
        vanishing=True,
        own_long_name="root mean square distance of the nodes' y to their own lower solutions",
    ),
    Field(
        "z_error",
        STEP,
        "float64",
        "1",
        "distance of the average z to the exact solution",
        vanishing=True,
        own_long_name="root mean square distance of the nodes' z to their own exact solutions",
    ),
    Field("wall_time", STEP, "float64", "s", "wall-clock time since the first step", spent=True),
    Field("compute_time", STEP, "float64", "s", "time spent computing", spent=True),
    Field("modelled_time", STEP, "float64", "s", "modelled time of the steps on nodes and links", spent=True),
    Field("wait_time", STEP, "float64", "s", "exposed communication time", spent=True),
    Field(
        "node_consensus_x",
        STEP_NODE,
        "float64",
        "1",
        "distance of the node's x to the average",
        vanishing=True,
    ),
    Field("coverage_x", STEP, "float64", "1", "fewest nodes that trained an entry of x"),
    Field("coverage_y", STEP, "float64", "1", "fewest nodes that trained an entry of y"),
    Field("uncovered_x", STEP, "float64", "1", "share of x that no node trained"),
    Field("uncovered_y", STEP, "float64", "1", "share of y that no node trained"),
    Field(
        "node_flops",
        STEP_NODE,
        "int64",
        "1",
        "floating-point operations of the node's oracles so far",
        spent=True,
    ),
    Field(
        "node_oracle_time", STEP_NODE, "float64", "s", "time that the node's oracles took so far", spent=True
    ),
    Field("node_upper_loss", STEP_NODE, "float64", "1", "upper loss of the node at its own x and y"),
    Field("bytes_sent", STEP_NODE, "int64", "byte", "payload sent by the node so far", spent=True),
    Field("messages_sent", STEP_NODE, "int64", "1", "messages sent by the node so far", spent=True),
    Field("node_steps", STEP_NODE, "int64", "1", "steps of the asynchronous node so far", spent=True),
    Field(
        "node_row_age", STEP_NODE, "float64", "s", "age of the oldest row that the node has of a neighbour"
    ),
    Field("row_age", STEP, "float64", "s", "mean of the ages of nodes' oldest rows"),
    Field("largest_row_age", STEP, "float64", "s", "largest of these ages"),
    Field("messages_on_their_way", STEP, "float64", "1", "messages that have been sent and have not come"),
    Field("failure", FAILURE, "int64", "1", "death of a node"),
    Field("failure_step", FAILURE, "int64", "1", "step in which the node died"),
    Field("failure_node", FAILURE, "int64", "1", "node that died"),
    Field("failure_gap", FAILURE, "float64", "1", "spectral gap of the survivors' graph after it"),
    Field("rank_pair", RANK_PAIR, "int64", "1", "pair of neighbouring ranks"),
    Field("waiting_rank", RANK_PAIR, "int64", "1", "rank of the pair that waits"),
    Field("awaited_rank", RANK_PAIR, "int64", "1", "rank of the pair that is waited for"),
    Field("rank_wait_time", RANK_PAIR, "float64", "s", "time that the one has waited for the other"),
    Field("final_x", ("node", "x_dim"), "float64", "1", "x of every node at the end"),
    Field("final_y", ("node", "y_dim"), "float64", "1", "y of every node at the end"),
    Field("final_z", ("node", "z_dim"), "float64", "1", "z of every node at the end"),
    Field("final_u", ("node", "u_dim"), "float64", "1", "u of every node at the end"),
)

SCHEMA = {field.name: field for field in _FIELDS}
"""The standard variables of a trace by name."""

FAILURE_FIELDS = tuple(field for field in _FIELDS if field.dims == FAILURE and field.name != "failure")
"""The step, the node and the spectral gap afterwards of each death, over the dimension ``failure``."""

RANK_PAIR_FIELDS = tuple(field for field in _FIELDS if field.dims == RANK_PAIR and field.name != "rank_pair")
"""Who has waited for whom, and how long, over the dimension ``rank_pair``."""


def lower_level_of(description: Mapping[str, Any]) -> str:
    """Return whose the lower level of a described run is: "shared", as in all runs of earlier versions, or "local"."""
    return str(description.get("lower_level", "shared"))


def field_for(name: str, dims: tuple[str, ...], dtype: str) -> Field:
    """Return the standard field ``name``, or a generic one for a metric outside the schema.

    Raises:
        ValueError: a standard field is given other dimensions.
    """
    field = SCHEMA.get(name)
    if field is None:
        return Field(name, dims, dtype, "1", name.replace("_", " "))
    if field.dims != dims:
        raise ValueError(f"{name} has the dimensions {field.dims} in a trace, not {dims}")
    return field
