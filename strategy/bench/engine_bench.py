"""How fast the engine is: events a second in bulk, and the time of a call with a single event. One line of JSON.

    .venv/bin/python strategy/bench/engine_bench.py [--events N]

The events are a generated market of two instruments (books of 20 levels at ten a second, and trades), in arrays before
the clock starts; the strategy is `imbalance` with its defaults, core_risk's answers are given at once. Orders are rare,
as they are in life: `requests` says how often the engine stopped for its shell.
"""

import argparse
import json
import random
import sys
import time
from typing import Any, cast

import numpy as np

from quantumflow.engine import (
    State,
    VerdictRequest,
    advance,
    drain,
    mark_answer_event,
    new_state,
    pending,
    verdict_event,
)
from quantumflow.events import DEPTH, HEAD, Events, head_row
from quantumflow.kernel import compiled
from quantumflow.specs import BotSpec, BrokerSpec, EngineSpec, InstrumentSpec, Opening
from quantumflow.vocabulary import EventKind, FeedState, Request, Trading, VerdictKind
from quantumflow.warm import warm

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
RUNS = 5
EVENTS_PER_S_MIN = 1_000_000
DECISION_US_MAX = 100


def market(count: int) -> Events:
    """`count` events, four trades to three books as on Binance, of which two thirds are of BTCUSDT."""
    draw = random.Random(1)
    heads = np.zeros(count, dtype=HEAD)
    levels = np.zeros((count, 2, DEPTH, 2), dtype=np.int64)
    mids, leans, rows, now = [6_000_000, 300_000], [0.0, 0.0], 0, START
    ladder = np.arange(DEPTH)
    for index in range(count):
        k = int(draw.random() < 1 / 3)
        now += draw.randrange(1, 60_000_000)
        fields: dict[str, Any] = {"seq": index + 1, "instrument": k, "recv_ns": now, "event_ns": now, "id": index}
        if draw.random() < 4 / 7:
            fields |= {"kind": EventKind.TRADE, "price": mids[k], "qty": draw.randrange(1, 999), "side": index & 1}
        else:
            leans[k] = 0.95 * leans[k] + 0.12 * draw.gauss(0, 1)
            mids[k] += round(8 * leans[k] + 5 * draw.gauss(0, 1))
            for side, sign in enumerate((-1, 1)):
                levels[rows, side, :, 0] = mids[k] + sign * (1 + ladder * 3)
                levels[rows, side, :, 1] = 1 + ((index * 7919 + ladder * 104_729) % 50_000)
            fields |= {"kind": EventKind.BOOK, "epoch": 1, "state": FeedState.LIVE, "levels_row": rows}
            fields |= {"bid_count": DEPTH, "ask_count": DEPTH}
            lean = max(-1.0, min(1.0, leans[k]))
            fields |= {"imbalance_best": lean, "imbalance_top": lean, "imbalance_weighted": lean}
            rows += 1
        heads[index] = head_row(**fields)
    return Events(heads, levels[:rows])


def engine() -> State:
    """One bot on two instruments, with the appliance's defaults."""
    instruments = [
        InstrumentSpec(0, "BTCUSDT", "BTC", "USDT", 10**6, 1000, 1, 0, 5 * 10**8, "config"),
        InstrumentSpec(1, "ETHUSDT", "ETH", "USDT", 10**6, 10_000, 1, 0, 5 * 10**8, "config"),
    ]
    return new_state(
        instruments,
        [BotSpec("imbalance", "imbalance", ("BTCUSDT", "ETHUSDT"), 5_000 * 10**8)],
        BrokerSpec(1000, 1000, 1, (8000, 12000, 18000, 28000, 45000, 90000, 150000), 5 * SECOND, False),
        EngineSpec(SECOND, 60 * SECOND, 2 * SECOND, 2 * SECOND),
        Opening(10_000 * 10**8, 10_000 * 10**8, 0, 0, 0, 0),
    )


def respond(state: State, request: Request) -> None:
    """Approve, agree, drain."""
    if request is Request.VERDICT:
        granted = cast(VerdictRequest, pending(state)).qty
        advance(state, verdict_event(state, VerdictKind.APPROVE, granted), 0, 1)
    elif request is Request.MARK:
        advance(state, mark_answer_event(state, Trading.ACTIVE), 0, 1)
    drain(state)


def in_bulk(events: Events) -> tuple[float, float, State, int]:
    """Seconds inside `advance` alone, seconds with the shell's answers, the state after it, requests."""
    state, at, requests, inside = engine(), 0, 0, 0.0
    began = time.perf_counter()
    while at < len(events.heads):
        before = time.perf_counter()
        at, request = advance(state, events, at, len(events.heads))
        inside += time.perf_counter() - before
        if request is not Request.NONE:
            requests += 1
            respond(state, request)
    return inside, time.perf_counter() - began, state, requests


def one_by_one(events: Events) -> list[int]:
    """Nanoseconds of every call with one book, until its bots have decided."""
    state, taken = engine(), []
    for index in range(len(events.heads)):
        at = index
        while at == index:
            before = time.perf_counter_ns()
            at, request = advance(state, events, index, index + 1)
            spent = time.perf_counter_ns() - before
            if events.heads["kind"][index] == EventKind.BOOK and request is not Request.MARK:
                taken.append(spent)
            if request is not Request.NONE:
                respond(state, request)
    return sorted(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000, help="events in bulk; a tenth of them one by one")
    count = parser.parse_args().events
    ready = warm()
    events = market(count)
    runs = [in_bulk(events) for _ in range(RUNS)]
    inside = min(run[0] for run in runs)
    calls = one_by_one(Events(events.heads[: count // 10], events.levels))
    core = runs[0][2].core[0]
    found = {
        "bench": "engine",
        "compiled": compiled(),
        "kernels_ready_s": round(ready, 2),
        "events": count,
        "books": len(events.levels),
        "events_per_s": round(count / inside),
        "ns_per_event": round(inside / count * 1e9),
        "events_per_s_with_shell": round(count / min(run[1] for run in runs)),
        "requests": runs[0][3],
        "orders": int(core["order_count"]),
        "fills": int(core["fill_count"]),
        "decision_p50_ns": calls[len(calls) // 2],
        "decision_p99_ns": calls[len(calls) * 99 // 100],
    }
    sys.stdout.write(json.dumps(found | {"figures": figures(found)}) + "\n")


def figures(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The same against the budgets, in the shape that `make bench` gathers."""
    per_second, decision = found["events_per_s"], found["decision_p99_ns"] / 1000
    shell = f"{found['events_per_s_with_shell']:,} with every request answered from Python; {found['orders']} orders"
    return [
        _figure("events through the engine, one core", per_second, "events/s", EVENTS_PER_S_MIN, False, shell),
        _figure("one book to a decision, p99", decision, "µs", DECISION_US_MAX, True, "one call of `advance`"),
        _figure("kernels from the cache", found["kernels_ready_s"], "s", None, True, "cold: under a minute"),
    ]


def _figure(what: str, measured: float, unit: str, aim: float | None, at_most: bool, note: str) -> dict[str, Any]:
    return {"what": what, "measured": measured, "unit": unit, "aim": aim, "at_most": at_most, "note": note}


if __name__ == "__main__":
    main()
