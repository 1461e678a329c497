"""Some pages of a file as they are to be, in memory."""

from __future__ import annotations

from collections.abc import Iterator

from p2pbo.trace.storage.raw_file import read_at

SIZE = 4096  # bytes of a page


class Pages:
    """Pages of the open file ``descriptor`` that will be written, and are read as if they were."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pages: dict[int, bytearray] = {}

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield their offsets and bytes, in order."""
        return ((number * SIZE, bytes(self._pages[number])) for number in sorted(self._pages))

    def write(self, offset: int, block: bytes | memoryview) -> None:
        """Let ``block`` stand at ``offset``."""
        for number, here, there in _parts(offset, len(block)):
            self._page(number)[here] = block[there]

    def change(self, offset: int, block: bytes) -> Iterator[tuple[int, bytes]]:
        """The same; tells where and what it changes, in each page from the first byte that was another to the last."""
        for number, here, there in _parts(offset, len(block)):
            page, part = self._page(number), block[there]
            if (before := bytes(page[here])) != part:
                first, end = _differing(before, part)
                yield offset + there.start + first, part[first:end]
                page[here] = part

    def refresh(self, offset: int, block: bytes | memoryview) -> None:
        """``block`` has been written to the file itself."""
        for number, here, there in _parts(offset, len(block)):
            if number in self._pages:
                self._pages[number][here] = block[there]

    def overlay(self, block: memoryview, offset: int) -> None:
        """Put them into ``block``, the bytes of the file from ``offset`` on."""
        for number, here, there in _parts(offset, len(block)):
            if number in self._pages:
                block[there] = self._pages[number][here]

    def clear(self) -> None:
        """They are in the file."""
        self._pages.clear()

    def _page(self, number: int) -> bytearray:
        if number not in self._pages:
            page = bytearray(SIZE)
            read_at(self._descriptor, memoryview(page), number * SIZE)
            self._pages[number] = page
        return self._pages[number]


def _differing(before: bytes, after: bytes) -> tuple[int, int]:
    """Return the bytes from the first that is another to the last; one is."""
    bits = int.from_bytes(before, "little") ^ int.from_bytes(after, "little")
    return ((bits & -bits).bit_length() - 1) // 8, (bits.bit_length() + 7) // 8


def _parts(offset: int, length: int) -> Iterator[tuple[int, slice, slice]]:
    """Yield the pages of ``length`` bytes at ``offset``, with which part of each is which part of them."""
    end = offset + length
    for number in range(offset // SIZE, -(-end // SIZE)):
        first, last = max(offset, number * SIZE), min(end, (number + 1) * SIZE)
        yield number, slice(first - number * SIZE, last - number * SIZE), slice(first - offset, last - offset)
