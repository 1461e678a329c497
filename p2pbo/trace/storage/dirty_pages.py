"""Dirty pages: pages of a file in memory with changes that the file does not have yet."""

from __future__ import annotations

from collections.abc import Iterator

from p2pbo.trace.storage.raw_file import read_at

PAGE_BYTES = 4096


class DirtyPages:
    """The dirty pages of the open file ``descriptor``, which overlay what is read from it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pages: dict[int, bytearray] = {}

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield the offsets and bytes of the pages in order."""
        return ((number * PAGE_BYTES, bytes(self._pages[number])) for number in sorted(self._pages))

    def write(self, offset: int, block: bytes | memoryview) -> None:
        """Write ``block`` at ``offset``."""
        for number, here, there in _parts(offset, len(block)):
            self._page(number)[here] = block[there]

    def change(self, offset: int, block: bytes) -> Iterator[tuple[int, bytes]]:
        """Write ``block`` at ``offset``, and yield its changes: of each page the span of bytes that differ, if any."""
        for number, here, there in _parts(offset, len(block)):
            page, part = self._page(number), block[there]
            if (before := bytes(page[here])) != part:
                first, end = _differing(before, part)
                yield offset + there.start + first, part[first:end]
                page[here] = part

    def refresh(self, offset: int, block: bytes | memoryview) -> None:
        """Update the pages after ``block`` has been written to the file itself."""
        for number, here, there in _parts(offset, len(block)):
            if number in self._pages:
                self._pages[number][here] = block[there]

    def overlay(self, block: memoryview, offset: int) -> None:
        """Put the pages into ``block``, the bytes of the file from ``offset`` on."""
        for number, here, there in _parts(offset, len(block)):
            if number in self._pages:
                block[there] = self._pages[number][here]

    def clear(self) -> None:
        """Forget all pages, which are in the file now."""
        self._pages.clear()

    def _page(self, number: int) -> bytearray:
        if number not in self._pages:
            page = bytearray(PAGE_BYTES)
            read_at(self._descriptor, memoryview(page), number * PAGE_BYTES)
            self._pages[number] = page
        return self._pages[number]


def _differing(before: bytes, after: bytes) -> tuple[int, int]:
    """Return the first and the end of the bytes that differ; at least one does."""
    bits = int.from_bytes(before, "little") ^ int.from_bytes(after, "little")
    return ((bits & -bits).bit_length() - 1) // 8, (bits.bit_length() + 7) // 8


def _parts(offset: int, length: int) -> Iterator[tuple[int, slice, slice]]:
    """Yield the numbers of the pages under ``length`` bytes at ``offset``, each with its slices of page and bytes."""
    end = offset + length
    for number in range(offset // PAGE_BYTES, -(-end // PAGE_BYTES)):
        first, last = max(offset, number * PAGE_BYTES), min(end, (number + 1) * PAGE_BYTES)
        start = number * PAGE_BYTES
        yield number, slice(first - start, last - start), slice(first - offset, last - offset)
