"""A few made-up characters in Omniglot's folders, for the few-shot runs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

ALPHABETS, CHARACTERS, PEOPLE = 3, 5, 20


def write(folder: Path) -> None:
    """Write 20 drawings of each character: a pattern of blocks that everyone draws a little elsewhere."""
    for alphabet, character in product(range(ALPHABETS), range(CHARACTERS)):
        blocks = np.random.default_rng([alphabet, character]).random((7, 7)) < 0.4
        place = folder / "all" / f"alphabet{alphabet}" / f"character{character + 1:02d}"
        place.mkdir(parents=True)
        for person in range(PEOPLE):
            shift = np.random.default_rng([alphabet, character, person]).integers(-7, 8, 2)
            ink = np.roll(np.kron(blocks, np.ones((15, 15), bool)), shift, axis=(0, 1))
            drawing = Image.fromarray(np.where(ink, 0, 255).astype(np.uint8)).convert("1")
            drawing.save(place / f"{person + 1:02d}.png")
