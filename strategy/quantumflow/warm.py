"""`python -m quantumflow.warm`: compile every kernel into the cache, so that the trader's first start is not slow."""

import sys
import time

from quantumflow.bots.rows import start_row, stop_row
from quantumflow.engine import advance, asked_of, finish, new_state
from quantumflow.events import empty_events
from quantumflow.kernel import CACHE, compiled, remove_other_caches
from quantumflow.specs import BotSpec, BrokerSpec, EngineSpec, InstrumentSpec, Opening

__all__ = ["main", "warm"]


def warm() -> float:
    """Compile what the trader calls, or load it if it is in the cache; the seconds it took."""
    began = time.perf_counter()
    state = new_state(
        [InstrumentSpec(0, "WARM", "WARM", "WARM", 10**8, 10**8, 1, 0, 0, "config")],
        [BotSpec("warm", "imbalance", ("WARM",), 1)],
        BrokerSpec(0, 0, 0, (0, 0, 0, 0, 0, 0, 0), 1, False),
        EngineSpec(1, 1, 1, 1),
        Opening(0, 0, 0, 0, 0, 0),
    )
    advance(state, empty_events(1, 1), 0, 0)
    asked_of(state)
    stop_row(state, 0, flatten=False)
    start_row(state, 0)
    finish(state, 0)
    return time.perf_counter() - began


def main() -> None:
    """Warm the cache, drop those of older sources, and say what happened."""
    if not compiled():
        sys.stdout.write("NUMBA_DISABLE_JIT is set: the kernels run as plain Python, there is nothing to compile\n")
        return
    seconds = warm()
    removed = remove_other_caches()
    sys.stdout.write(f"kernels ready in {seconds:.1f} s in {CACHE}; {removed} older caches removed\n")


if __name__ == "__main__":
    main()
