"""Ways to mix: one file each."""
