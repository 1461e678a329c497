"""The distribution of the eigenvalues of W: (1/K) Σ_i f(λ_i) for every smooth f.

Small K: from all eigenvalues. Large K: by Lanczos quadrature. From a start vector z, m steps give T_m (m×m) with
zᵀ f(W) z = Σ_k ω_k f(θ_k), θ its eigenvalues, ω the squared first entries of its eigenvectors: exact for every
polynomial f of degree 2m − 1 (Golub, Meurant 2010). In a vertex-transitive graph one start vector at a node is
enough; otherwise random signs give the mean over nodes without bias (Hutchinson 1990, Ubaru et al. 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from p2pbo.topology.edges import Reals
from p2pbo.topology.spectrum.laplacian import DENSE_NODES, dense_laplacian, sparse_laplacian
from p2pbo.topology.topology import Topology

_PROBES, _STEPS = 16, 100
_BREAKDOWN = 1e-10


@dataclass(frozen=True, eq=False)
class SpectralMeasure:
    """Estimates of the distribution of the eigenvalues of W, one a row; a single row is exact.

    Attributes:
        value: (S, m) eigenvalues, or quadrature points in their place.
        share: (S, m) the share of all K eigenvalues that each stands for; rows sum to 1.
    """

    value: Reals
    share: Reals

    def mean(self, f: Callable[[Reals], Reals]) -> tuple[float, float]:
        """Return the mean (1/K) Σ_i f(λ_i), and its standard error (0 where it is exact)."""
        each = (self.share * f(self.value)).sum(axis=1)
        error = each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else 0.0
        return float(each.mean()), float(error)


def spectral_measure(topology: Topology) -> SpectralMeasure:
    """Return the distribution of the eigenvalues of W; needs scipy above 800 nodes."""
    K = topology.nodes
    if K <= DENSE_NODES:
        value: Reals = 1 - np.linalg.eigvalsh(dense_laplacian(topology.edges, topology.weight)).astype(
            np.float64
        )
        return SpectralMeasure(value[None], np.full((1, K), 1 / K))
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(K, _PROBES))
    return quadrature(topology, np.eye(K, 1) if _nodes_alike(topology) else signs)


def _nodes_alike(topology: Topology) -> bool:
    """Tell whether (f(W))_ii is the same for all i: a vertex-transitive graph whose edges weigh the same."""
    transitive = topology.graph.graph.get("vertex_transitive", False)
    return transitive and float(np.ptp(topology.weight)) < 1e-15


def quadrature(topology: Topology, start: Reals) -> SpectralMeasure:
    """Return the Lanczos quadrature from the columns of ``start`` (K×S), with the eigenvalue 1 added exactly."""
    K, S = start.shape
    diagonal, off = _tridiagonals(topology, start)
    T = np.zeros((S, _STEPS, _STEPS))
    step = np.arange(_STEPS)
    T[:, step, step] = diagonal.T
    T[:, step[1:], step[:-1]] = off[:-1].T  # eigh reads the lower triangle
    ritz, vectors = np.linalg.eigh(T)
    value = np.concatenate([ritz, np.ones((S, 1))], axis=1)
    share = np.concatenate([vectors[:, 0] ** 2 * (K - 1) / K, np.full((S, 1), 1 / K)], axis=1)
    return SpectralMeasure(value, share)


def _tridiagonals(topology: Topology, start: Reals) -> tuple[Reals, Reals]:
    """Return the diagonals and off-diagonals (m, S) of T_m, a column for each start vector.

    β_{k+1} q_{k+1} = W q_k − α_k q_k − β_k q_{k−1}          α_k = q_kᵀ W q_k, q ⊥ 1
    """
    L = sparse_laplacian(topology.edges, topology.weight).tocsr()
    q = start - start.mean(axis=0)
    q /= np.linalg.norm(q, axis=0)
    before, beta = np.zeros_like(q), np.zeros(q.shape[1])
    diagonal, off = np.empty((_STEPS, q.shape[1])), np.empty((_STEPS, q.shape[1]))
    for k in range(_STEPS):
        r = q - L @ q  # W = I − L
        diagonal[k] = np.einsum("ks,ks->s", q, r)
        r -= diagonal[k] * q
        r -= beta * before
        r -= r.mean(axis=0)
        beta = np.linalg.norm(r, axis=0)
        beta[beta < _BREAKDOWN] = 0.0  # the space is exhausted: what follows has no share
        off[k] = beta
        before, q = q, np.divide(r, beta, out=np.zeros_like(r), where=beta > 0)
    return diagonal, off
