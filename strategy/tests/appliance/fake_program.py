"""Stands in for one program of the appliance: writes its status, then does what FAKE_<PROGRAM> says.

`end` (a replay's clean end, the default of market_data and trader there) · `stay` (until SIGTERM) · `exit:N` ·
`deaf` (ignores SIGTERM) · `silent` (no status) · `after:SECONDS` (fails then) · `once` (fails once, then stays).
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = sys.argv[1]
CONFIG = Path(sys.argv[sys.argv.index("--config") + 1])


def figures(final: bool) -> dict[str, Any]:
    common = {"program": PROGRAM, "build": "dev", "pid": os.getpid(), "written_ns": time.time_ns(), "final": final}
    if PROGRAM == "market_data":
        counts = {"depth_messages": 10, "book_ticker_checks": 4, "book_ticker_mismatches": 0, "resyncs": 0, "gaps": 0}
        instruments = {"BTCUSDT": {**counts, "filters_from": "config"}}
        torn = os.environ.get("FAKE_TORN", "").split()
        return {**common, "simulated": False, "torn": torn, "instruments": instruments}
    return {
        **common,
        "why_not_trading": None,
        "detail": None,
        "signals": 3,
        "orders": 2,
        "refused": 1,
        "fills": 1,
        "reconcile": os.environ.get("FAKE_RECONCILE", "agree"),
        "journal_digest": "d1935",
    }


def say(final: bool) -> None:
    if PROGRAM not in ("market_data", "trader") or behaviour == "silent":
        return
    target = CONFIG.parent / f"{PROGRAM}.status.json"
    beside = target.with_suffix(".new")
    beside.write_text(json.dumps(figures(final)), encoding="utf-8")
    beside.replace(target)


def stop(_number: int, _frame: object) -> None:
    with (CONFIG.parent / "stopped").open("a", encoding="utf-8") as order:
        order.write(f"{PROGRAM}\n")
    say(final=True)
    sys.exit(0)


configuration = json.loads(CONFIG.read_text(encoding="utf-8"))
ends = PROGRAM in ("market_data", "trader") and "FAKE_REPLAY" in os.environ
behaviour = os.environ.get(f"FAKE_{PROGRAM.upper()}", "end" if ends else "stay")
signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "deaf" else stop)
print(f"{PROGRAM} has the risk token: {len(os.environ.get('QF_RISK_TOKEN', '')) >= 32}", flush=True)  # noqa: T201 (its log)
say(final=False)
if behaviour.startswith("exit:"):
    print(f"{PROGRAM} cannot go on", flush=True)  # noqa: T201 (its log)
    sys.exit(int(behaviour.removeprefix("exit:")))
if behaviour.startswith("after:"):
    time.sleep(float(behaviour.removeprefix("after:")))
    sys.exit(1)
if behaviour == "once" and not (failed := CONFIG.with_suffix(".failed")).exists():
    failed.touch()
    sys.exit(1)
if behaviour == "end":
    time.sleep(0.3)
    say(final=True)
    sys.exit(0)
while True:
    time.sleep(0.5)
    say(final=False)
