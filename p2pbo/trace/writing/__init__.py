"""The writer of a trace, and the file beneath it that is whole at any instant."""
