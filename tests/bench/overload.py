"""What a crowd at the API costs the trader: its own latency with and without one, as a ratio. `make overload`.

An appliance on the generated market; spells without and with a crowd alternate, so that what else the machine does
falls on both alike. A crowd is as many clients as the API lets in: WebSockets on the market, and threads that ask its
dearest questions as fast as they are answered or refused.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from end_to_end.appliance import Running, running, wait_until

ASKED = (
    "/api/v1/equity?points=2000",
    "/api/v1/verdicts?limit=500",
    "/api/v1/fills?limit=500",
    "/api/v1/journal",
    "/api/v1/limits",
)
THREADS = 16
SOCKETS = 8
START_SECONDS_MAX = 300.0
STAGE = "arrival"


def main() -> int:
    """0, with the figures on standard output; 1 if the trader was slowed beyond the bound that was given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each spell")
    parser.add_argument("--spells", type=int, default=3, help="of each kind")
    parser.add_argument("--ratio-max", type=float, default=None, help="exit status 1 if p99 with / without is above it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qf-overload-") as place:
        figures = measure(Path(place), asked.seconds, asked.spells)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 1 if asked.ratio_max is not None and figures["p99_ratio"] > asked.ratio_max else 0


def measure(place: Path, seconds: float, spells: int) -> dict[str, Any]:
    """p50 and p99 in microseconds of both kinds, from the trader's own histogram, and what the crowd got."""
    with running(place, "--venue", "sim") as appliance:
        wait_until(lambda: _stage(appliance).get("count", 0) > 100, START_SECONDS_MAX, "a trader that is at work")
        counts: dict[str, list[int]] = {"without": [], "with": []}
        answers: dict[str, int] = {}
        for _ in range(spells):
            counts["without"] = _sum(counts["without"], _spell(appliance, seconds))
            with _Crowd(appliance, answers):
                counts["with"] = _sum(counts["with"], _spell(appliance, seconds))
        upper = _stage(appliance)["upper_us"]
    said = {kind: {"frames": sum(found), **_quantiles(upper, found)} for kind, found in counts.items()}
    ratio = {f"{q}_ratio": round(said["with"][q] / said["without"][q], 2) for q in ("p50", "p99")}
    return {"stage": STAGE, **said, **ratio, "crowd": answers}


class _Crowd:
    """Clients that ask without a pause until the block ends."""

    def __init__(self, appliance: Running, answers: dict[str, int]) -> None:
        web = json.loads((appliance.data_dir / "run/web.json").read_text(encoding="utf-8"))
        self._token = Path(web["token_file"]).read_text(encoding="utf-8").strip()
        self._address = f"127.0.0.1:{web['port']}"
        self._answers, self._over = answers, threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> None:
        for number in range(THREADS):
            self._start(lambda number=number: self._ask(number))
        for _ in range(SOCKETS):
            self._start(self._follow)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _start(self, work: Any) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _count(self, what: str) -> None:
        self._answers[what] = self._answers.get(what, 0) + 1

    def _ask(self, number: int) -> None:
        while not self._over.is_set():
            path = ASKED[number % len(ASKED)]
            request = urllib.request.Request(f"http://{self._address}{path}")
            request.add_header("Authorization", f"Bearer {self._token}")
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (http, written above)
                    answer.read()
                self._count("200")
            except urllib.error.HTTPError as error:
                self._count(str(error.code))
            except OSError:
                self._count("lost")
            number += 1

    def _follow(self) -> None:
        offered: Any = ["quantumflow.v1", f"quantumflow.token.{self._token}"]
        try:
            with ExitStack() as stack:
                address = f"ws://{self._address}/ws/market/BTCUSDT"
                socket = stack.enter_context(connect(address, subprotocols=offered))
                while not self._over.is_set():
                    socket.recv(timeout=10)
                    self._count("socket messages")
        except (OSError, WebSocketException):
            self._count("socket refused")


def _stage(appliance: Running) -> dict[str, Any]:
    return dict((appliance.status("trader").get("latency_us") or {}).get(STAGE) or {})


def _spell(appliance: Running, seconds: float) -> list[int]:
    """What the histogram gained."""
    before = _stage(appliance)["counts"]
    time.sleep(seconds)
    return [after - earlier for after, earlier in zip(_stage(appliance)["counts"], before, strict=True)]


def _sum(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)] if one else other


def _quantiles(upper: list[float], counts: list[int]) -> dict[str, float]:
    """Linear within a bucket; beyond the last bound that bound."""
    found = {}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        left, low, value = share * sum(counts), 0.0, float(upper[-1])
        for bound, count in zip(upper, counts, strict=False):
            if count and left <= count:
                value = low + (bound - low) * left / count
                break
            left, low = left - count, float(bound)
        found[name] = round(value, 1)
    return found


if __name__ == "__main__":
    sys.exit(main())
