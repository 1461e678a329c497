"""Codecs of a run: from its description to the codec of every edge."""
