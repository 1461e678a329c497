"""Checks of what a user writes: losses, derivatives and starts."""
