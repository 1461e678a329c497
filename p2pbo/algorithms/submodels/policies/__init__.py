"""The policies by which a node chooses its units: one file each."""
