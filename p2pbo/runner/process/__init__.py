"""Processes of a run: how ranks are started, watched, asked to stop and ended."""
