"""The command line. Each command is a file; `main` turns every refusal into its words and its exit status.

What each exit status means stands in `quantumflow.exits`, and in `quantumflow --help`.
"""

import os
import sys

from quantumflow.cli.refusals import tell_refusal
from quantumflow.errors import QuantumFlowError
from quantumflow.exits import ExitCode

__all__ = ["main"]


def main() -> None:
    """Entry of `quantumflow`. The programs that it also is load nothing of the other commands."""
    try:
        if sys.argv[1:2] == ["trader"] and "--help" not in sys.argv:
            from quantumflow.cli.programs import trader

            sys.exit(trader(sys.argv[2:]))
        if sys.argv[1:3] == ["upkeep", "--config"]:
            from quantumflow.cli.programs import upkeep

            sys.exit(upkeep(sys.argv[2:]))
        if sys.argv[1:2] == ["telegram"] and "--help" not in sys.argv:
            from quantumflow.cli.programs import telegram

            sys.exit(telegram(sys.argv[2:]))
        if sys.argv[1:2] == ["web"] and "--help" not in sys.argv:
            from quantumflow.cli.programs import web

            sys.exit(web(sys.argv[2:]))
        from quantumflow.cli.commands import app

        app()
    except QuantumFlowError as error:
        sys.exit(tell_refusal(error, as_json="--json" in sys.argv))
    except BrokenPipeError:
        # Whoever read our output is gone; Python must not try to flush what is left of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.FAILED)
