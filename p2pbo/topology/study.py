"""A study of several topologies at several sizes: cost of a round, predicted and measured mixing."""

from __future__ import annotations

from collections.abc import Sequence
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
        except InputError as error:
            refusals.append(error)
            rows.append(RefusedTopology(name, known_weights(name, weights), nodes, str(error)))
        else:
            rows.append(_studied(topology, seed))
    if len(refusals) == len(rows):
        raise refusals[0]
    return rows


def _sizes(name: str, sizes: Sequence[int | None], undirected: bool) -> Sequence[int | None]:
    """Return the sizes at which to build a topology, whose name is checked: its own K if it has one."""
    if is_file(name):
        with notices_if(False):  # building the row says it
            return [build(name, None, DEFAULT_WEIGHTS, undirected=undirected).nodes]
    GRAPHS.check(name)
    own = nodes_in_spec(name)
    return sizes if own is None else [own]


def _studied(topology: Topology, seed: int) -> StudiedTopology:
    smallest, largest = extreme_eigenvalues(topology.edges, topology.weight)  # of I − W
    gap = min(smallest, 2 - largest)
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
    )
