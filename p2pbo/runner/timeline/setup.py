"""The timeline that a run keeps: of its ranks, or of the nodes that it simulates."""

from __future__ import annotations

from pathlib import Path

from p2pbo.network import Ranks
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.timeline.files import check_timeline_path
from p2pbo.runner.timeline.node_timeline import NodeTimeline
from p2pbo.runner.timeline.rank_timeline import RankTimeline
from p2pbo.runner.timeline.timeline import Timeline


def open_timeline(assembly: Assembly, ranks: Ranks) -> Timeline:
    """Return the timeline of a run of these ranks; called by all of them.

    Raises:
        InputError: a file cannot be written.
    """
    description = assembly.description
    if description.timeline is None:
        return Timeline()
    path = Path(description.timeline)
    ranks.agree(lambda: check_timeline_path(path))
    if description.asynchronous == "on" and ranks.size == 1:
        return NodeTimeline(path, ranks, assembly.topology)
    return RankTimeline(path, ranks, assembly.hosted)
