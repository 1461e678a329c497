"""Checks of a run at its start and at logged steps."""
