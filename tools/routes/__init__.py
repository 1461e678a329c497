"""What `count_route_files.py` runs and counts: calls of the package's functions, by caller."""
