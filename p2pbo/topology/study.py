"""A study of several topologies at several sizes: cost of a round, predicted and measured mixing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from p2pbo.errors import InputError, notices_if
from p2pbo.topology.build import AUTO, DEFAULT_WEIGHTS, build, check_weights, is_file, known_weights
from p2pbo.topology.graphs import GRAPHS, nodes_in_spec
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues
from p2pbo.topology.spectrum.measured_mixing import measure_mixing
from p2pbo.topology.spectrum.report import rounds_to_halve
from p2pbo.topology.topology import Topology

ENTRY_BYTES = 8
"""The bytes of an entry of a variable on the wire: float64."""

DRAWS, MOST_DRAWN = 10, 1024
"""How many graphs of a random family are drawn, and up to how many nodes."""


@dataclass(frozen=True)
class StudiedTopology:
    """A row of a study: one topology at one size. Names that it shares with ``SpectralReport`` mean the same.

    Attributes:
        topology: the name as the user wrote it.
        weights: the weighting.
        nodes: K.
        contraction: λ = max(|λ₂|, |λ_K|).
        gap: 1 − λ, the spectral gap.
        floats_per_round: the floats that all nodes send in a round, for each entry of a variable.
        floats_per_round_node: those that the busiest node sends.
        bytes_per_round: the bytes (float64) that all nodes send in a round, for each entry of a variable.
        bytes_per_round_node: those that the busiest node sends.
        rounds_to_halve: the predicted number, ln 2 / −ln λ, at least 1, for the worst disagreement.
        measured_rounds_to_halve: the measured number for a random disagreement once its decay is steady; None where
            that takes too long to see.
        early_rounds_to_halve: the measured average number until a tenth of a random disagreement is left; None
            likewise.
        lowest_gap: the smallest gap over ``DRAWS`` seeds, of families that are drawn at random and have at most
            ``MOST_DRAWN`` nodes; else the gap.
        highest_gap: the largest one, likewise.
    """

    topology: str
    weights: str
    nodes: int
    contraction: float
    gap: float
    floats_per_round: int
    floats_per_round_node: int
    bytes_per_round: int
    bytes_per_round_node: int
    rounds_to_halve: float
    measured_rounds_to_halve: float | None
    early_rounds_to_halve: float | None
    lowest_gap: float
    highest_gap: float

    def asdict(self) -> dict[str, Any]:
        """Return the fields by name, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class RefusedTopology:
    """A row of a study that cannot be built: no graph of this size in the family, or weights that do not fit.

    Attributes:
        refused: the text of the error.
    """

    topology: str
    weights: str
    nodes: int | None
    refused: str

    def asdict(self) -> dict[str, Any]:
        """Return the fields by name, ready for JSON."""
        return asdict(self)


def study_topologies(
    topologies: Sequence[str],
    sizes: Sequence[int | None],
    weights: str = AUTO,
    seed: int = 0,
    undirected: bool = False,
) -> list[StudiedTopology | RefusedTopology]:
    """Study topologies at several sizes, a row for each topology at each size.

    Args:
        topologies: families and files, as ``build`` takes them; one that determines its own K (``torus:3x5``, a
            file) has one row, whatever the sizes.
        sizes: the K of all others; None where none was given.
        weights: a weighting rule for all, or "auto": the weights that a file stores, else Metropolis weights.
        seed: the seed of random families, and of the disagreement that is averaged away.
        undirected: read directed graphs as undirected ones.

    Raises:
        InputError: a name or a setting is wrong, no row can be built, or scipy is not installed.
    """
    check_weights(weights)
    points = [(name, nodes) for name in topologies for nodes in _sizes(name, sizes, undirected)]
    rows: list[StudiedTopology | RefusedTopology] = []
    refusals = []
    for name, nodes in points:
        try:
            topology = build(name, nodes, weights, seed, undirected)
            _check_undirected(topology)
        except InputError as error:
            refusals.append(error)
            rows.append(RefusedTopology(name, known_weights(name, weights), nodes, str(error)))
        else:
            rows.append(_studied(topology, seed, _other_gaps(topology, seed)))
    if len(refusals) == len(rows):
        raise refusals[0]
    return rows


def _check_undirected(topology: Topology) -> None:
    if topology.directed:
        cause = "is directed, and a study compares graphs by their W"
        raise InputError(f"topology {topology.name}", cause, "name it alone, or use --undirected")


def _sizes(name: str, sizes: Sequence[int | None], undirected: bool) -> Sequence[int | None]:
    """Return the sizes at which to build a topology, whose name is checked: its own K if it has one."""
    if is_file(name):
        with notices_if(False):  # building the row says it
            return [build(name, None, DEFAULT_WEIGHTS, undirected=undirected).nodes]
    GRAPHS.check(name)
    own = nodes_in_spec(name)
    return sizes if own is None else [own]


def _gap(topology: Topology) -> float:
    smallest, largest = extreme_eigenvalues(topology.edges, topology.weight)  # of I − W
    return min(smallest, 2 - largest)


def _other_gaps(topology: Topology, seed: int) -> list[float]:
    """Return the gaps of the other draws of a random family; a draw that is refused is left out."""
    if not topology.graph.graph.get("drawn") or topology.nodes > MOST_DRAWN:
        return []
    gaps = []
    for other in range(seed + 1, seed + DRAWS):
        with suppress(InputError):
            gaps.append(_gap(build(topology.name, topology.nodes, topology.weighting, other)))
    return gaps


def _studied(topology: Topology, seed: int, others: Sequence[float]) -> StudiedTopology:
    gap = _gap(topology)
    total, busiest = len(topology.source), int(topology.edges.degree.max())
    measured = measure_mixing(topology, seed)
    return StudiedTopology(
        topology=topology.name,
        weights=topology.weighting,
        nodes=topology.nodes,
        contraction=max(0.0, 1 - gap),
        gap=gap,
        floats_per_round=total,
        floats_per_round_node=busiest,
        bytes_per_round=total * ENTRY_BYTES,
        bytes_per_round_node=busiest * ENTRY_BYTES,
        rounds_to_halve=rounds_to_halve(gap),
        measured_rounds_to_halve=measured.late,
        early_rounds_to_halve=measured.early,
        lowest_gap=min([gap, *others]),
        highest_gap=max([gap, *others]),
    )
