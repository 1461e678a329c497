"""The description of a run, validated, and what it is made from: files, flags and defaults; and sweeps of them."""

from typing import TYPE_CHECKING

from p2pbo.on_demand import imported_on_demand

if TYPE_CHECKING:
    from p2pbo.config.assignments import merge, parse_assignments
    from p2pbo.config.description import Description
    from p2pbo.config.sections import Section, TopologySection
    from p2pbo.config.sources import from_file
else:
    __getattr__, __dir__ = imported_on_demand(__name__)

__all__ = ["Description", "Section", "TopologySection", "from_file", "merge", "parse_assignments"]
