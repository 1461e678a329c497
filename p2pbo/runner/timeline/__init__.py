"""The timeline of a run: what each rank did when, in the Chrome trace event format."""
