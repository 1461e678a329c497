"""The process that carries frames between the TAP devices of hosts, as their links do.

usage: python -m cluster.carrier SOCKET

It listens on SOCKET for requests, each a line of JSON that names a method and its arguments, and answers each with a
line that says what is wrong, or nothing.
"""

from __future__ import annotations

import gc
import heapq
import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cluster.links import Links, Shaper
from cluster.tap import mac, open_tap, set_carrier

AT_ONCE = 64
"""Frames that are read from a device before others have their turn."""


class Carrier:
    """The devices of hosts by number, and the frames under way, the next to arrive first."""

    def __init__(self) -> None:
        self._shaper = Shaper(Links())
        self._taps: dict[int, int] = {}
        self._pulled: set[int] = set()
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._entered = 0

    def attach(self, number: int, pid: int) -> None:
        """Make the device of a host, whose init is ``pid``; that of an earlier one of this number goes."""
        self._detach(number)
        self._pulled.discard(number)
        self._taps[number] = open_tap(pid, number)

    def plug(self, number: int, plugged: bool) -> None:
        """Put the cable of a host in, or pull it."""
        set_carrier(self._taps[number], plugged)
        (self._pulled.discard if plugged else self._pulled.add)(number)

    def shape(self, rate: float, delay: float, loss: float, shared: bool) -> None:
        """Change the links for the frames that come from now on."""
        self._shaper = Shaper(Links(rate, delay, loss, shared))

    def serve(self, requests: socket.socket) -> None:
        """Carry frames and answer requests for ever."""
        while True:
            wait = max(0.0, self._under_way[0][0] - time.monotonic()) if self._under_way else None
            numbers = {tap: number for number, tap in self._taps.items()}
            watched: list[int] = [requests.fileno(), *numbers]
            ready, _, _ = select.select(watched, [], [], wait)  # on time to 0.1 ms; poll would count in ms
            for descriptor in ready:
                if descriptor == requests.fileno():
                    self._answer(requests)
                elif descriptor in numbers:
                    self._take(numbers[descriptor], descriptor)
            self._deliver()

    def _take(self, number: int, tap: int) -> None:
        """Read what a host has sent, and let it enter its links."""
        for _ in range(AT_ONCE):
            try:
                frame = os.read(tap, 65536)
            except BlockingIOError:
                return
            except OSError:  # its host has died
                self._detach(number)
                return
            if number in self._pulled:
                continue
            others = [other for other in self._taps if other != number]
            receivers = [other for other in others if mac(other) == frame[:6]] or others
            for instant, receiver in self._shaper.arrivals(number, receivers, len(frame), time.monotonic()):
                self._entered += 1
                heapq.heappush(self._under_way, (instant, self._entered, receiver, frame))

    def _deliver(self) -> None:
        """Write the frames whose instant has come."""
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _, _, receiver, frame = heapq.heappop(self._under_way)
            if receiver in self._taps and receiver not in self._pulled:
                with suppress(OSError):  # it has just died
                    os.write(self._taps[receiver], frame)

    def _detach(self, number: int) -> None:
        if number in self._taps:
            os.close(self._taps.pop(number))

    def _answer(self, requests: socket.socket) -> None:
        methods: dict[str, Callable[..., None]] = {
            "attach": self.attach,
            "plug": self.plug,
            "shape": self.shape,
        }
        connection, _ = requests.accept()
        with connection, connection.makefile("rw") as line:
            try:
                method, arguments = json.loads(line.readline())
                methods[method](**arguments)
                line.write("\n")
            except Exception as error:  # whoever asked is told
                line.write(f"{error!r}\n")


def _hurry() -> None:
    """Come before ranks that take all cores: frames are on time only if this process is."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except OSError:  # not in this container
        os.setpriority(os.PRIO_PROCESS, 0, -20)


def main() -> None:
    """Carry frames until somebody ends this process."""
    gc.disable()  # there are no cycles, and it would take its time
    with socket.socket(socket.AF_UNIX) as requests:
        requests.bind(f"{Path(sys.argv[1])}")
        requests.listen()
        _hurry()
        print("up", flush=True)
        Carrier().serve(requests)


if __name__ == "__main__":
    main()
