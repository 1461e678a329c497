"""Rounds of parts of rows as the network's tests use them: random entries, told by a bitmap or derivable."""

import numpy as np
from channel_examples import DIM, NODES, Posted

from p2pbo.network import PartialConsensus, PartialRows, RowParts, Stream

SIZES = np.resize([DIM, DIM // 2, 3, 1], NODES)
"""Whole rows, some entries, and so few that most are nobody's."""


def drawn(round_=0, nodes=NODES, sizes=SIZES):
    """Which entries each node sends: nodes×DIM booleans."""
    draw = np.random.default_rng([round_, 17])
    masks = np.zeros((nodes, DIM), dtype=bool)
    for mask, size in zip(masks, np.resize(sizes, nodes), strict=True):
        mask[draw.choice(DIM, size, replace=False)] = True
    return masks


def entries(masks, noted=False, hosted=slice(None), read=None):
    """The entries of a round; where they are noted nothing but the note is read."""
    bitmaps = np.packbits(masks, axis=1)[hosted]

    def listed(mask):
        return slice(None) if mask.all() else np.flatnonzero(mask)

    def of_neighbour(node, note):
        return listed(np.unpackbits(note, count=DIM).astype(bool) if noted else masks[node])

    notes = bitmaps if noted else np.zeros((len(bitmaps), 0), np.uint8)
    return RowParts(masks.sum(1), [listed(mask) for mask in masks[hosted]], notes, read or of_neighbour)


def part(V, masks, name="x00", hosted=slice(None), **more):
    """A state of which each node sends its entries."""
    own = entries(masks, hosted=hosted, **more)
    return Posted(Stream(name, PartialConsensus(own.sizes, own.notes.shape[1])), PartialRows(V, own))


def averages(W, S, masks):
    """Entry by entry the average over those neighbours, the node included, that send it; else the entry itself."""
    averaged = S.copy()
    for i, k in np.ndindex(S.shape):
        who = (W[i] > 0) & masks[:, k]
        if who.any():
            averaged[i, k] = np.average(S[who, k], weights=W[i, who])
    return averaged
