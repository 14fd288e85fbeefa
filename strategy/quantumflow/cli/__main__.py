"""`python -m quantumflow.cli`: how `up` starts the trader and web with its own Python."""

from quantumflow.cli import main

main()
