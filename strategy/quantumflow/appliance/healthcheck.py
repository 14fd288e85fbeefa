"""`python -m quantumflow.appliance.healthcheck`: a container's own check, asked by Docker; the page's process answers.

It reads where the page listens from the configuration that `up` wrote. Standard library alone: it runs twice a minute.
"""

import json
import sys
import urllib.request
from pathlib import Path

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.errors import ApplianceRefused

__all__ = ["main"]

ANSWER_SECONDS_MAX = 3.0


def main(data_dir: Path | None = None) -> int:
    """0 if /healthz answers on loopback; else 1 and why, on standard output, which Docker keeps."""
    try:
        settings = json.loads((find_data_dir(data_dir).run / "web.json").read_text(encoding="utf-8"))
        address = f"http://127.0.0.1:{int(settings['port'])}/healthz"
        with urllib.request.urlopen(address, timeout=ANSWER_SECONDS_MAX):
            return 0
    except (ApplianceRefused, OSError, ValueError, KeyError, TypeError) as error:
        sys.stdout.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
