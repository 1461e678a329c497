"""What a trial of tools/chaos.py is, and how jobs are started, watched and killed."""
