"""A little Omniglot of our own: alphabets of made-up characters, 20 drawings of each, in a zip file."""

import atexit
import io
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

ALPHABETS = {"Elvish": 5, "Klingon": 5, "Minionese": 5}


def drawing(character, person):
    """A character is a pattern of 7×7 blocks; everyone draws it a little elsewhere."""
    blocks = np.random.default_rng(character).random((7, 7)) < 0.4
    shift = np.random.default_rng([character, person]).integers(-7, 8, 2)
    return np.roll(np.kron(blocks, np.ones((15, 15), bool)), shift, axis=(0, 1))


def png(ink):
    stream = io.BytesIO()
    Image.fromarray(np.where(ink, 0, 255).astype(np.uint8)).convert("1").save(stream, "PNG")
    return stream.getvalue()


def write(path, alphabets):
    """A zip file of ``alphabets`` (name → how many characters)."""
    with zipfile.ZipFile(path, "w") as archive:
        for first, (alphabet, count) in enumerate(alphabets.items()):
            for number in range(1, count + 1):
                for person in range(1, 21):
                    content = png(drawing(100 * first + number, person))
                    archive.writestr(f"all/{alphabet}/character{number:02d}/{person:02d}.png", content)
    return path


@cache
def data():
    """The same as ``--data`` takes it; the file lives as long as the process."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    return f"omniglot:{write(Path(folder.name) / 'little.zip', ALPHABETS)}"
