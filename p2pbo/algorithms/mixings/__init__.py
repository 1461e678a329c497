"""The ways to move a variable along its estimate while agreeing with the neighbours: one file each."""
