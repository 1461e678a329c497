"""The problems that ship with p2pbo, one file each."""
