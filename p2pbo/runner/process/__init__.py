"""The processes of a run: how they are started, watched, asked to stop, and ended."""
