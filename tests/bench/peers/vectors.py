"""vectorbt on the same bars, as whole columns. python -m bench.peers.vectors bars ARRAYS

It has no orders on their way and no account of its own beside the simulation: that is what makes it quick.
"""

import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt

from bench.peers.rule import FEE_PPM, LEAN, lean_of_bars
from bench.peers.turns import serve


def main() -> None:
    """Each turn: the columns of the rule, and the simulation at the next bar's open."""
    bars = dict(np.load(sys.argv[2]))
    index = pd.to_datetime(bars["close_ns"])
    close, opened = (pd.Series(bars[name], index=index) for name in ("close", "open"))

    def run() -> dict[str, Any]:
        began = time.perf_counter()
        lean = pd.Series(lean_of_bars(bars), index=index)
        entries, exits = lean >= LEAN, lean <= -LEAN
        made = vbt.Portfolio.from_signals(
            close, entries, exits, price=opened.shift(-1), fees=FEE_PPM / 1e6, init_cash=1_000_000, size=0.001
        )
        orders = len(made.orders.records)
        return {"seconds": time.perf_counter() - began, "events": len(close), "orders": orders}

    serve(version("vectorbt"), run)


if __name__ == "__main__":
    main()
