"""The timeline of a run: what each rank, or simulated node, did when, in the Chrome trace event format."""
