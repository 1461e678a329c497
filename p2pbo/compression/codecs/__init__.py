"""The codecs, one file each; a new one is a file with one registered class or function."""

from __future__ import annotations

from p2pbo.compression.codec import Codec
from p2pbo.registry import Registry

CODECS: Registry[Codec] = Registry("codec", "p2pbo.compression.codecs")
"""Classes or functions ``(dim, dtype, /, *, settings) -> Codec``."""
