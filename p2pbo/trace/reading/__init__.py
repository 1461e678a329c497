"""Readers of traces: one file, many side by side, or a file that a run is still writing."""
