"""Data: sets and their loaders, splits, and partitions over nodes."""

from __future__ import annotations

from p2pbo.data.partitions import PARTITIONS, partition
from p2pbo.data.samples import Dataset, Samples
from p2pbo.data.sets import DATASETS, load
from p2pbo.data.splits import hold_out

__all__ = ["DATASETS", "PARTITIONS", "Dataset", "Samples", "hold_out", "load", "partition"]
