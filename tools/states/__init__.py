"""The runs whose digests `compare_states.py` writes, by interfaces that do not change."""
