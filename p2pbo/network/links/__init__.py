"""Links: the edges that carry a round, and the faults that are put on them on purpose."""
