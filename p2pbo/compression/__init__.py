"""Compression: codecs between rows and bytes, their variance ω and their size on the wire."""

from __future__ import annotations

from p2pbo.compression.build import codec
from p2pbo.compression.codec import Codec
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.finite import NotFinite

__all__ = ["CODECS", "Codec", "NotFinite", "codec"]
