"""The description of a run, validated, and what it is made from: files, flags and defaults; and sweeps of them."""

from p2pbo.config.description import Description
from p2pbo.config.sections import Section, TopologySection
from p2pbo.config.sources import from_file, merge, parse_assignments

__all__ = ["Description", "Section", "TopologySection", "from_file", "merge", "parse_assignments"]
