"""Fault scripts drawn from a seed: whatever comes together, a live book is the truth, and it is live at the end."""

import time
from collections.abc import Callable
from random import Random
from typing import Any

from faults.exchange import SYMBOLS, Fault
from faults.row import BOOKS_AFTER, Expect, Row, Scene

__all__ = ["SCRIPTS_IN_CHECK", "script", "script_row"]

SCRIPTS_IN_CHECK = 3
FAULTS_MAX = 14
PAUSE_SECONDS_MAX = 1.2
BACK_SECONDS_MAX = 120.0
"""Waits after failures grow up to a minute."""

Draw = Callable[[Random], Fault]


def _named(name: str, **bounds: tuple[int, int]) -> Draw:
    """A fault whose numbers are drawn within bounds."""
    return lambda random: {name: {key: random.randint(*both) for key, both in bounds.items()}}


def _rest(name: str, **more: Any) -> Draw:
    return lambda random: {name: {"calls": random.randint(1, 2), "endpoint": "depth", **more}}


def _rewrite(stream: str, field: str, **to: Any) -> Draw:
    return lambda random: {
        "rewrite": {"stream": stream, "field": field, "messages": random.randint(1, 3), **to},
    }


def _silence(random: Random) -> Fault:
    return {"silence": {"stream": random.choice(["depth", "trade", "book_ticker"]), "ms": random.randint(100, 2500)}}


FAULTS: tuple[Draw, ...] = (
    _named("gap", events=(1, 12)),
    _named("gap", events=(1, 1)),
    _named("duplicate", events=(1, 20)),
    _named("swap"),
    _named("stall", ms=(100, 2500)),
    _named("crossed", events=(1, 12)),
    _named("locked", events=(1, 5)),
    _named("zero_unknown"),
    _named("duplicate_price"),
    _named("same_price_both_sides"),
    _named("missing_field"),
    _named("wrong_case"),
    _named("extra_field"),
    _named("fragmented", events=(1, 10)),
    _named("engine_restart", ids=(1, 100)),
    _named("engine_restart", ids=(100, 5_000_000)),
    _named("unknown_event"),
    _named("garbage"),
    _named("deep_nesting", depth=(10, 10_000)),
    _named("invalid_utf8"),
    _named("binary_frame"),
    _named("abrupt_close"),
    _named("close", code=(1000, 1015)),
    _named("half_open"),
    _named("server_shutdown", close_after_ms=(100, 2000)),
    _named("accept_then_close", connections=(1, 2)),
    _named("stale_snapshot", ms=(50, 5000), calls=(1, 2)),
    _named("zero_in_snapshot", calls=(1, 1)),
    _rest("rest_hang", ms=1500),
    _rest("rest_html"),
    _rest("rest_empty"),
    _rest("rest_truncated"),
    _rest("rest_redirect"),
    _rest("rest_gzip"),
    _named("rest_other_symbol", calls=(1, 2)),
    _rest("rest_status", status=500),
    _rest("rest_status", status=429, retry_after_s=1),
    _rest("rest_status", status=418, retry_after_s=2),
    _rewrite("depth", "/E", value=0),
    _rewrite("depth", "/E", add=3_600_000),
    _rewrite("depth", "/U", add=-2),
    _rewrite("depth", "/s", value="ETHUSDT"),
    _rewrite("depth", "/b/0/1", value="NaN"),
    _rewrite("trade", "/t", add=-3),
    _rewrite("book_ticker", "/B", value="7777.00000000"),
    _silence,
)


def script(seed: int) -> list[tuple[float, str | None, Fault]]:
    """Seconds to wait, the symbol, the fault; the same seed gives the same script."""
    random = Random(seed)
    return [
        (random.uniform(0, PAUSE_SECONDS_MAX), random.choice([*SYMBOLS, None]), random.choice(FAULTS)(random))
        for _ in range(random.randint(3, FAULTS_MAX))
    ]


def script_row(seed: int) -> Row:
    """A row that follows the script of a seed."""

    def act(stage: Scene) -> str:
        names = []
        for pause, symbol, fault in script(seed):
            time.sleep(pause)
            stage.exchange.fault(fault, symbol)
            names.append(next(iter(fault)))
        try:
            stage.all_live(BOOKS_AFTER, BACK_SECONDS_MAX)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {' '.join(names)}: {error}") from None
        return f"{len(names)} faults: {' '.join(names)}"

    return Row(
        f"S{seed}",
        f"the fault script of seed {seed}",
        "never live and wrong; live again at its end",
        act=act,
        after=Expect(unknown_max=10_000),
    )
