"""One heartbeat as a process of its own: `python -m quantumflow.upkeep.beat run/upkeep.json`.

Its own, so that an address that never answers is ended from outside, and upkeep carries no TLS. No error text repeats
the address: it may be known to few.
"""

import sys
import urllib.error
import urllib.request
from pathlib import Path

from quantumflow.exits import ExitCode
from quantumflow.upkeep.settings import read_upkeep_settings

__all__ = ["GET_SECONDS_MAX", "main"]

GET_SECONDS_MAX = 10.0
_ANSWER_BYTES_MAX = 4_096


def main(file: Path) -> ExitCode:
    """OK if the address answered with a success."""
    url = read_upkeep_settings(file).heartbeat_url
    if url is None:
        return ExitCode.USAGE
    try:
        # The address is http or https by the settings' pattern.
        with urllib.request.urlopen(url, timeout=GET_SECONDS_MAX) as answer:  # noqa: S310
            answer.read(_ANSWER_BYTES_MAX)
    except urllib.error.HTTPError as error:
        sys.stdout.write(f"HTTP {error.code}\n")
        return ExitCode.FAILED
    except (OSError, ValueError) as error:
        sys.stdout.write(f"{type(getattr(error, 'reason', error)).__name__}\n")
        return ExitCode.FAILED
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
