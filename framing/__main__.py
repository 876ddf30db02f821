"""Run the command line as ``python -m framing``."""

from framing.cli.app import main

main()
