"""Spectra of mixing matrices, and how fast a topology agrees."""
