"""Counter-based randomness, keyed by what is drawn and for whom, never by who draws it.

A stream is a 64-bit key made of (seed, purpose, step, node, …); its c-th number is SplitMix64's, a pure function
of key and c. So node 5's batch at step 17 is the same on every rank, for every P, drawn now or after a restart,
and all hosted nodes draw in one vectorised call.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Keys = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_WORD = 2**64 - 1
_BLOCK = 2**16
_30, _27, _31, _11 = (np.uint64(shift) for shift in (30, 27, 31, 11))


def _mix(z: Keys) -> Keys:
    """Apply SplitMix64's output function in place, and return its argument (Steele, Lea, Flood 2014)."""
    z ^= z >> _30
    z *= _FIRST
    z ^= z >> _27
    z *= _SECOND
    z ^= z >> _31
    return z


def _mixed(z: int) -> int:
    """Return the same for one Python integer, which is faster than an array of one."""
    z &= _WORD
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _WORD
    return z ^ z >> 31


@lru_cache(maxsize=256)
def _root(seed: int, purpose: str) -> int:
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def keys(seed: int, purpose: str, *words: int | NDArray[Any]) -> Keys:
    """Return one key per entry of the broadcast words (step, node, …), which may be numbers or arrays alike."""
    key: int | Keys = _root(seed, purpose)  # a Python integer until a word is an array
    for word in words:
        if isinstance(key, int) and isinstance(word, int):
            key = _mixed((key ^ word) + int(_GOLDEN))
        else:
            key = _mix((_as_keys(key) ^ np.asarray(word, dtype=np.uint64)) + _GOLDEN)
    return _as_keys(key)


def branch(key: Keys, word: int) -> Keys:
    """Return the key that one more word names, for each entry: ``branch(keys(…, a), b)`` is ``keys(…, a, b)``."""
    return _mix((key ^ np.uint64(word)) + _GOLDEN)


def _as_keys(key: int | Keys) -> Keys:
    return np.atleast_1d(np.asarray(key, dtype=np.uint64))


def uniform(key: Keys, counters: ArrayLike) -> NDArray[np.float64]:
    """Return numbers in [0, 1): number ``counters`` of each stream (the two are broadcast)."""
    counter = np.atleast_1d(np.asarray(counters, dtype=np.uint64))
    return _unit(key + (counter + np.uint64(1)) * _GOLDEN)


def normal(key: Keys, counters: ArrayLike) -> NDArray[np.float64]:
    """Return standard normal numbers, of which each takes two uniform ones of its stream (Box, Muller 1958)."""
    counter = 2 * np.atleast_1d(np.asarray(counters, dtype=np.uint64))
    drawn: NDArray[np.float64] = np.sqrt(-2 * np.log1p(-uniform(key, counter)))
    drawn *= np.cos(2 * np.pi * uniform(key, counter + np.uint64(1)))
    return drawn


def words(key: Keys, count: int, word: np.dtype[Any]) -> NDArray[Any]:
    """Return random bits: the first ``count`` words (uint16, uint32 or uint64) of each stream.

    Short words share a number. Streams are drawn in blocks, to need little memory beside the result.

    Returns:
        len(key) × count.
    """
    drawn = np.empty((len(key), -(-count * word.itemsize // 8)), dtype=np.uint64)
    for begin in range(0, drawn.shape[1], _BLOCK):
        block = drawn[:, begin : begin + _BLOCK]
        behind = np.array([begin * int(_GOLDEN) & _WORD], dtype=np.uint64)
        np.add((key + behind)[:, None], _row(0, block.shape[1]), out=block)
        _mix(block)
    return drawn.view(word)[:, :count]


def _unit(position: Keys) -> NDArray[np.float64]:
    """Return the numbers in [0, 1) at these positions of SplitMix64's sequence; overwrites them."""
    bits = _mix(position)
    bits >>= _11
    return bits * np.float64(2.0**-53)


@lru_cache(maxsize=256)
def _row(first: int, count: int) -> Keys:
    """Return how far the numbers first … first + count − 1 of a stream lie behind its key."""
    return np.arange(first + 1, first + count + 1, dtype=np.uint64) * _GOLDEN


def generator(seed: int, purpose: str, *words: int) -> np.random.Generator:
    """Return a numpy generator for set-up work (graphs, splits, synthetic data), keyed in the same way."""
    digest = hashlib.blake2b(
        "/".join([str(seed), purpose, *map(str, words)]).encode(), digest_size=16
    ).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def subsets(key: Keys, population: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return one uniform subset per stream: ``size`` distinct numbers below ``population`` (both one per stream).

    Any procedure that treats all elements alike draws every subset with the same probability; the cheaper of two
    is taken for each stream, by its population alone. No population may be smaller than ``size``.

    Returns:
        len(key) × size, each row sorted.
    """
    dense = population < 4 * size
    if not dense.any():
        return _redrawn(key, population, size)
    if dense.all():
        return _smallest(key, population, size)
    chosen = np.empty((len(key), size), dtype=np.int64)
    for rows, draw in ((dense, _smallest), (~dense, _redrawn)):
        chosen[rows] = draw(key[rows], population[rows], size)
    return chosen


def _smallest(key: Keys, population: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Give every element a random number and keep the elements with the smallest ones."""
    largest = int(population.max())
    number = _unit(key[:, None] + _row(0, largest))
    number[np.arange(largest) >= population[:, None]] = np.inf
    chosen: NDArray[np.int64] = np.argpartition(number, size - 1, axis=1)[:, :size]
    chosen.sort(axis=1)
    return chosen


def _redrawn(key: Keys, population: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Draw with replacement, then redraw what was drawn twice until nothing is."""
    chosen = _numbers(key[:, None], population[:, None], _row(0, size))
    chosen.sort(axis=1)
    drawn = size
    while True:
        again = np.flatnonzero(_repeated(chosen))
        if not again.size:
            return chosen
        row, column = np.divmod(again, size - 1)
        behind = _row(drawn + 1, size - 1)[column]
        chosen[row, column + 1] = _numbers(key[row], population[row], behind)
        changed = row[np.append(True, row[1:] != row[:-1])]
        chosen[changed] = np.sort(chosen[changed], axis=1)
        drawn += size


def _repeated(chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which entries of the sorted rows equal the one before them."""
    return chosen[:, 1:] == chosen[:, :-1]


def _numbers(key: Keys, population: NDArray[np.int64], behind: Keys) -> NDArray[np.int64]:
    """Return the numbers that lie so far behind the keys, below the population (all are broadcast)."""
    return (_unit(key + behind) * population).astype(np.int64)
