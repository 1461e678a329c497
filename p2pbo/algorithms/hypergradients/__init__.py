"""The ways to make oracles into directions of x, y and perhaps z: one file each."""
