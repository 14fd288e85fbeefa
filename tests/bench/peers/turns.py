"""One engine of the comparison: it waits for its turn, runs once, says what it measured as a line of JSON."""

import json
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["serve"]


def serve(version: str, run: Callable[[], dict[str, Any]]) -> None:
    """Runs once for each line of standard input. `run` gives `seconds`, `events` seen and `orders` made.

    What libraries print goes to standard error, so that standard output holds our lines alone.
    """
    told, sys.stdout = sys.stdout, sys.stderr
    for _ in sys.stdin:
        told.write(json.dumps({"version": version, **run()}) + "\n")
        told.flush()
