"""What an exchange keeps from round to round, so that a checkpoint can hold it and another placement take it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Memory:
    """Rows that belong to nodes or directed edges.

    Attributes:
        name: of the rows among those of its channel.
        over: what ``index`` numbers.
        index: the node or the directed edge (as the topology numbers them) of each row.
        rows: the array that is used in every round.
        owned: whether these are the ones to keep; False where another rank, or another entry, has the same.
    """

    name: str
    over: Literal["node", "edge"]
    index: NDArray[np.int64]
    rows: NDArray[Any]
    owned: bool = True
