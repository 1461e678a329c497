"""The one description that a run is made from: file, flags and defaults, validated."""

from p2pbo.config.description import Description, Section, TopologySection
from p2pbo.config.sources import from_file, merge, overlay

__all__ = ["Description", "Section", "TopologySection", "from_file", "merge", "overlay"]
