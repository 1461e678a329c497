"""Studies that need not outlive a power failure: most of a trial of nothing is the wait for the disk."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
