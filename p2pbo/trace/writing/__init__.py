"""The writer of a trace: a new file, or one that a resumed run continues."""
