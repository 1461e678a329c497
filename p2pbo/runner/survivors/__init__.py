"""Runs that go on when ranks fail: their logger, and how its rows are assembled from messages."""
