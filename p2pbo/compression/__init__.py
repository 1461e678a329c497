"""Compression: codecs between rows and bytes, their variance ω and their size on the wire."""

from __future__ import annotations

from p2pbo.compression.build import codec
from p2pbo.compression.codec import Codec, NotFinite
from p2pbo.compression.codecs import CODECS

__all__ = ["CODECS", "Codec", "NotFinite", "codec"]
