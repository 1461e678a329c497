"""Start points of a run, and the checkpoints that it goes on from."""
