"""The writer of a trace: new files, growing columns, and going on in a file that is there."""
