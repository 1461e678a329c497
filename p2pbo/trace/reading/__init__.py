"""Readers of traces: one, many side by side, or one whose run is still writing."""
