"""Run one stream through the engine and print digests: of every output, and of the state at every request.

python -m engine.parity_run generated | capture | scalpers
"""

import hashlib
import json
import sys

from engine.capture import captured_minutes
from engine.scalper_market import a_world, closes_of, minutes, scalper
from engine.world import answer, bot, broker, generated_market, instrument, stream, world
from quantumflow.engine import State, advance, drain, finish, state_digest
from quantumflow.events import Events
from quantumflow.kernel import compiled

REGIMES = ("stress", "bull", "bear", "sideways")
SCALPED_MINUTES = 1_140
"""The window of a regime, and two hours and more of decisions."""


def scalpers() -> tuple[State, Events]:
    """FF with another mean in each regime and a debounce, and LR, that enter, leave, blend and conflict."""
    ff = {f"{regime}_{name}": value for regime in REGIMES for name, value in (("entry_score", 0.4), ("lookback", 20.0))}
    ff |= {f"{regime}_mode": float(mode) for mode, regime in enumerate(REGIMES[:3])} | {"debounce_bars": 3.0}
    lr = {"entry_score": 0.5, "exit_score": -0.2}
    state = a_world(scalper("ff", "ff", 7_000, **ff), scalper("lr", "lr", 3_000, **lr), short=True)
    return state, stream(minutes(closes_of(8, SCALPED_MINUTES)))


def imbalances(source: str) -> tuple[State, Events]:
    """Two bots of the imbalance on two instruments."""
    events = captured_minutes() if source == "capture" else generated_market(11, 5_000, instruments=2, faults=True)
    symbols = ("BTCUSDT", "ETHUSDT")
    specs = [instrument(notional_min_e8=5 * 10**8), instrument(1, "ETHUSDT", lot_e8=10_000, notional_min_e8=5 * 10**8)]
    eager = {"imbalance_min": 0.05, "imbalance_weighted_min": 0.05, "confidence_min": 0.0}
    return world(specs, [bot("plain", symbols), bot("eager", symbols, **eager)], broker(allow_short=True)), events


def main(source: str) -> None:
    """One line of JSON."""
    state, events = scalpers() if source == "scalpers" else imbalances(source)
    told, states, outputs, at = hashlib.sha256(), hashlib.sha256(), 0, 0
    while at < len(events.heads):
        at, _ = advance(state, events, at, len(events.heads))
        for output in drain(state):
            told.update(repr(output).encode())
            outputs += 1
        states.update(state_digest(state).encode())
        answer(state)
    finish(state, int(events.heads["recv_ns"][-1]))
    told.update(repr(drain(state)).encode())
    found = {
        "compiled": compiled(),
        "outputs": outputs,
        "fills": int(state.core[0]["fill_count"]),
        "by_bot": state.slots["fills"].sum(axis=1).tolist(),
        "told": told.hexdigest(),
        "states": states.hexdigest(),
        "state": state_digest(state),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
