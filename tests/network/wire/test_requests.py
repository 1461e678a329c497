"""How requests are waited for: by polls, and by giving the core away when patience is at its end."""

import math
import os

import numpy as np
import pytest

from p2pbo.network.wire.transport import Requests


class Request:
    """A persistent request that is done at the second poll after ``ready`` says so."""

    def __init__(self, polls):
        self.polls = polls

    def Start(self):
        self.left = self.polls

    def Test(self):
        self.left -= 1
        return self.left <= 0


class Comm:
    """Receives that take a thousand polls, and sends that take one."""

    def Recv_init(self, *_, **__):
        return Request(1000)

    def Send_init(self, *_, **__):
        return Request(1)


@pytest.mark.parametrize(("patience", "yields"), [(0.0, 999), (math.inf, 0)])
def test_the_core_is_given_away_when_patience_is_at_its_end(monkeypatch, patience, yields):
    given = []
    monkeypatch.setattr(os, "sched_yield", lambda: given.append(1))
    requests = Requests(Comm(), 0, patience)
    requests.plan(1, np.zeros(1), np.zeros(1))
    requests.start()
    requests.wait()
    assert abs(len(given) - yields) <= 1
    assert requests.wait_times[1] > 0


def test_in_between_it_is_given_away_only_later(monkeypatch):
    given = []
    monkeypatch.setattr(os, "sched_yield", lambda: given.append(1))
    monkeypatch.setattr("p2pbo.network.wire.transport.perf_counter", iter(range(10_000)).__next__)
    requests = Requests(Comm(), 0, 400)
    requests.plan(1, np.zeros(1), np.zeros(1))
    requests.start()
    requests.wait()
    assert 590 < len(given) < 610
