"""A made capture of one instrument: books, trades, and on request a gap that takes a new snapshot."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

START_NS = 1_723_161_600_000_000_000
STEP_NS = 100_000_000
MID = 6_000_000


def write_capture(path: Path, seconds: int, gap_at: int = -1, seed: int = 1, lean: bool = True) -> Path:
    """Ten updates a second; at second `gap_at` ids are missing, and a snapshot follows two seconds later."""
    path.write_text("".join(f"{at} {text}\n" for at, text in _lines(seconds, gap_at, seed, lean)), encoding="utf-8")
    return path


def price(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02d}"


def _lines(seconds: int, gap_at: int, seed: int, lean: bool) -> Iterator[tuple[int, str]]:
    rng = random.Random(seed)
    mid, last_id, direction = MID, 1000, 1
    shown: dict[int, None] = {}
    yield START_NS, _snapshot(last_id, mid, shown)
    for step in range(1, seconds * 10):
        now = START_NS + step * STEP_NS
        if step % 40 == 0:
            direction = rng.choice((-1, 1))
        mid += direction * rng.randrange(0, 60)
        first_id, last_id = last_id + 1, last_id + 1 + rng.randrange(4)
        if step == gap_at * 10:
            first_id += 5
            last_id += 5
        heavy = 0.8 if (direction > 0) == lean else 0.2
        bids = [[price(mid - 1 - k), f"{rng.randrange(1, 40) * heavy / 10:.5f}"] for k in range(10)]
        asks = [[price(mid + 1 + k), f"{rng.randrange(1, 40) * (1 - heavy) / 10:.5f}"] for k in range(10)]
        gone = [ticks for ticks in shown if abs(ticks - mid) > 10]
        bids += [[price(ticks), "0.00000"] for ticks in (*gone, *range(mid, mid + 11))]
        asks += [[price(ticks), "0.00000"] for ticks in (*gone, *range(mid - 10, mid + 1))]
        shown = dict.fromkeys(range(mid - 10, mid + 11))
        data = {
            "e": "depthUpdate",
            "E": now // 10**6,
            "s": "BTCUSDT",
            "U": first_id,
            "u": last_id,
            "b": bids,
            "a": asks,
        }
        yield now, json.dumps({"stream": "btcusdt@depth@100ms", "data": data})
        if step == gap_at * 10 + 20:
            yield now, _snapshot(last_id, mid, shown)
        if step % 3 == 0:
            trade = {"e": "trade", "E": now // 10**6, "s": "BTCUSDT", "t": step, "T": now // 10**6 + 1}
            trade |= {"p": price(mid + direction), "q": "0.05000", "m": direction < 0}
            yield now + 1_000_000, json.dumps({"stream": "btcusdt@trade", "data": trade})


def _snapshot(last_id: int, mid: int, shown: dict[int, None]) -> str:
    shown.update(dict.fromkeys(range(mid - 10, mid + 11)))
    bids = [[price(mid - 1 - k), "1.00000"] for k in range(10)]
    asks = [[price(mid + 1 + k), "1.00000"] for k in range(10)]
    return json.dumps({"lastUpdateId": last_id, "bids": bids, "asks": asks})
