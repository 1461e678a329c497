"""Programs for hosts, with nothing but Python's own modules: they tell how long messages take, and how much arrives.

usage: echoing.py answer ADDRESS | ping ADDRESS COUNT | sink ADDRESS | stream ADDRESS BYTES
"""

import socket
import sys
import time
from contextlib import suppress

PORT = 7007
SILENCE = 2.0
"""Seconds after which what is not back is lost."""


def answer(address):
    """Send every datagram back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((address, PORT))
        print("ready", flush=True)
        while True:
            own.sendto(*own.recvfrom(2000))


def ping(address, count):
    """Send datagrams of 56 bytes, 10 ms apart, and print the seconds until each is back; some may never be."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.settimeout(0.01)
        sent, back = [], {}
        while len(back) < int(count) and (len(sent) < int(count) or time.monotonic() < sent[-1] + SILENCE):
            if len(sent) < int(count):
                sent.append(time.monotonic())
                own.sendto((len(sent) - 1).to_bytes(56, "big"), (address, PORT))
            with suppress(TimeoutError):
                which = int.from_bytes(own.recv(2000), "big")
                back[which] = time.monotonic() - sent[which]
    print(*back.values())


def sink(address):
    """Print the bytes per second of each stream, from its first bytes to its last."""
    with socket.create_server((address, PORT)) as own:
        print("ready", flush=True)
        while True:
            connection, _ = own.accept()
            with connection:
                connection.recv(1)
                total, began = 0, time.monotonic()
                while data := connection.recv(1 << 20):
                    total, ended = total + len(data), time.monotonic()
            print(total / (ended - began), flush=True)


def stream(address, count):
    """Send so many bytes."""
    with socket.create_connection((address, PORT)) as connection:
        connection.sendall(bytes(int(count)))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
