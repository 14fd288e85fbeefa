"""Run one stream through the engine and print digests: of every output, and of the state at every request.

python -m engine.parity_run generated | capture
"""

import hashlib
import json
import sys

from engine.capture import captured_minutes
from engine.world import answer, bot, broker, generated_market, instrument, world
from quantumflow.engine import advance, drain, finish, state_digest
from quantumflow.kernel import compiled


def main(source: str) -> None:
    """One line of JSON."""
    events = captured_minutes() if source == "capture" else generated_market(11, 5_000, instruments=2, faults=True)
    symbols = ("BTCUSDT", "ETHUSDT")
    specs = [instrument(notional_min_e8=5 * 10**8), instrument(1, "ETHUSDT", lot_e8=10_000, notional_min_e8=5 * 10**8)]
    eager = {"imbalance_min": 0.05, "imbalance_weighted_min": 0.05, "confidence_min": 0.0}
    state = world(specs, [bot("plain", symbols), bot("eager", symbols, **eager)], broker(allow_short=True))
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
        "told": told.hexdigest(),
        "states": states.hexdigest(),
        "state": state_digest(state),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
