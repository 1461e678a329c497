"""Channels: how one stream of rows crosses the edges, and what the nodes make of what arrives; one file each."""
