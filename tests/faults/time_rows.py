"""Rows of time: wall clocks that step by hours, processes that are stopped and go on, every order of starting."""

import os
import signal
import time
from itertools import permutations

from faults.row import BOOKS_AFTER, Row
from faults.shims import Clock
from faults.trading import Trading

__all__ = ["TIME_ROWS"]

HOUR_NS = 3_600_000_000_000
SUSPENDED_SECONDS = 11.0
PROGRAMS = ("market_data", "core_risk", "trader")


def _steps(case: str, inject: str, hours: tuple[int, ...], quick: bool = True) -> Row:
    def act(stage: Trading) -> str:
        clocks = Clock(stage.directory)
        stage.exchange.start()
        stage.market.start(**clocks.settings)
        stage.exits.enter_context(stage.watch)
        stage.all_live(BOOKS_AFTER)
        stage.run("core_risk", **clocks.settings)
        stage.run("trader", **clocks.settings)
        stage.fills_grow(1, "a first fill")
        at = time.monotonic()
        for shift in hours:
            clocks.set(shift * HOUR_NS)
            time.sleep(3)
            stage.all_live(BOOKS_AFTER)
            stage.fills_grow(1, f"it trades at {shift:+d} h")
        assert stage.status["reconcile"] == "agree"
        told = stage.hold_fills()
        back = stage.ask("SELECT max(a.recorded_ns - b.recorded_ns) FROM events a JOIN events b ON b.seq = a.seq + 1")
        assert back[0][0] is None or back[0][0] <= 0, (
            f"the journal's recorded time goes back by {back[0][0] / 1e9:.0f} s"
        )
        return f"{stage.way(at)}; {told}"

    expect = (
        "ages are of the monotonic clock: at most a moment without orders; times in frames and journal never go back"
    )
    return Row(case, inject, expect, act=act, stage=Trading, quick=quick)


def _stopped(case: str, names: tuple[str, ...], quick: bool = True) -> Row:
    def act(stage: Trading) -> str:
        stage.begin_trading()
        pids = [_pid(stage, name) for name in names]
        at = time.monotonic()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(SUSPENDED_SECONDS)
        finally:
            woken_ns = time.time_ns()
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        stage.fills_grow(2)
        stage.all_live(BOOKS_AFTER)
        asleep = stage.ask(
            f"SELECT count(*) FROM orders WHERE event_ns > {woken_ns - int((SUSPENDED_SECONDS - 3) * 1e9)}"  # noqa: S608 (a number)
            f" AND event_ns < {woken_ns - 1_000_000_000}"
        )
        if "trader" in names:
            assert asleep == [(0,)], f"{asleep[0][0]} orders of the time in which it was asleep"
        assert stage.status["reconcile"] == "agree"
        return f"{stage.way(at)}; {stage.hold_fills()}"

    expect = "no order on what is old by then; trades again alone, both books agree"
    return Row(
        case, f"{', '.join(names)} stopped for {SUSPENDED_SECONDS:.0f} s, then go on", expect, act=act, stage=Trading
    )


def _pid(stage: Trading, name: str) -> int:
    process = stage.market.process if name == "market_data" else stage.processes.get(name)
    process = stage.exchange.process if name == "exchange_sim" else process
    assert process is not None
    return process.pid


def _starts(order: tuple[str, ...], quick: bool) -> Row:
    def act(stage: Trading) -> str:
        stage.exits.enter_context(stage.watch)
        for name in order:
            if name == "exchange_sim":
                stage.exchange.start()
            elif name == "market_data":
                stage.market.start()
            else:
                stage.run(name)
            time.sleep(1)
        stage.fills_grow(1, "a first fill")
        early = stage.ask("SELECT count(*) FROM verdicts WHERE verdict <> 'refuse' AND log_seq IS NULL")
        assert early == [(0,)], early
        return f"ready; {stage.hold_fills()}"

    initials = "".join(name[0] for name in order)
    return Row(
        f"P04-{initials}",
        f"started in the order {', '.join(order)}",
        "ready in the end, no order before",
        act=act,
        stage=Trading,
        quick=quick,
    )


ORDERS = tuple(permutations(("exchange_sim", *PROGRAMS)))
_QUICK = {("trader", "core_risk", "market_data", "exchange_sim")}

TIME_ROWS = (
    _steps("T10", "every wall clock jumps two hours ahead", (2,), quick=False),
    _steps("T11", "every wall clock falls two hours back", (-2,)),
    _steps("T12", "an hour ahead, back again, an hour behind, right again", (1, 0, -1, 0), quick=False),
    *(_stopped(f"T13-{name}", (name,), name == "trader") for name in PROGRAMS),
    _stopped("T13-all", PROGRAMS, quick=False),
    *(_starts(order, order in _QUICK) for order in ORDERS),
)
