"""The command line as ``python -m p2pbo``."""

from p2pbo.cli import main

main()
