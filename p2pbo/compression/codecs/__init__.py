"""Codecs; a new one is one new file here with one registered class."""

from __future__ import annotations

from p2pbo.compression.codec import Codec
from p2pbo.registry import Registry

CODECS: Registry[Codec] = Registry("codec", "p2pbo.compression.codecs")
"""Classes or functions ``(dim, dtype, /, *, settings) -> Codec``."""
