"""Runs of asynchronous nodes: simulated event by event in one process, real on several ranks."""
