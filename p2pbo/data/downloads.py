"""Data sets that are not shipped: where their files are looked for, and where they can be downloaded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from p2pbo.errors import InputError


@dataclass(frozen=True)
class Download:
    """The ``files`` of the data set ``name``, from its ``site``; ``packaged`` is where a Linux package puts them."""

    name: str
    files: str
    site: str
    packaged: Path | None = None

    def folder(self, path: Path | None) -> Path:
        """Return ``path``, else the first that exists of $P2PBO_DATA/NAME, data/NAME and the packaged folder."""
        if path is not None:
            return path
        roots = [os.environ.get("P2PBO_DATA"), "data"]
        usual = [Path(root) / self.name for root in roots if root]
        known = [*usual, self.packaged] if self.packaged else usual
        return next((folder for folder in known if folder.is_dir()), usual[0])

    def file(self, folder: Path, *names: str) -> Path:
        """Return the first of ``names`` that is a file in ``folder``.

        Raises:
            InputError: none is; says where to get it and where to put it.
        """
        for name in names:
            if (folder / name).is_file():
                return folder / name
        raise InputError(
            f"data {self.name}",
            f"needs {' or '.join(names)} in {folder}, where it is not",
            f"get {self.files} from {self.site} and put them into {folder}, or set data.path",
        )
