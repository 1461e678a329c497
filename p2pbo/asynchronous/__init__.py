"""Asynchronous nodes: each steps when it is ready, with the newest rows that have come, and no round waits for anybody.

Trackers are a ledger of running sums, so that losses, doubles, delays and any order of messages lose no direction: the
nodes end at the solution on unequal data (R-FAST, arXiv 2307.11617; Tian et al., arXiv 1803.10359).
"""
