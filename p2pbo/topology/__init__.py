"""Topologies: graphs, mixing weights, graph files, and the spectrum of W."""

from __future__ import annotations

from p2pbo.topology.build import build
from p2pbo.topology.graphs import GRAPHS
from p2pbo.topology.spectrum.report import SpectralReport, spectral_report
from p2pbo.topology.topology import Topology
from p2pbo.topology.weights import WEIGHTS

__all__ = ["GRAPHS", "WEIGHTS", "SpectralReport", "Topology", "build", "spectral_report"]
