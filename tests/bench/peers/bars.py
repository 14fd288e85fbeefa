"""backtesting.py on the same bars. python -m bench.peers.bars bars ARRAYS"""

import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

from bench.peers.rule import FEE_PPM, LEAN, lean_of_bars
from bench.peers.turns import serve

SIZE = 1
"""Whole units are all it knows; the account is large enough for them."""


class Place(Strategy):  # type: ignore[misc]  # the peer is not there when types are checked
    """What rule.py says, at each close; an order meets the next open."""

    seen = 0
    made = 0

    def init(self) -> None:
        columns = {"high": self.data.High, "low": self.data.Low, "close": self.data.Close}
        self.lean = self.I(lambda: lean_of_bars({name: np.asarray(column) for name, column in columns.items()}))
        Place.seen, Place.made = 1, 0

    def next(self) -> None:
        Place.seen += 1
        if not self.position and self.lean[-1] >= LEAN:
            Place.made += 1
            self.buy(size=SIZE)
        elif self.position and self.lean[-1] <= -LEAN:
            Place.made += 1
            self.position.close()


def main() -> None:
    """Each turn is one run; its first bar only fills the indicator, `next` begins with the second."""
    warnings.simplefilter("ignore")
    bars = dict(np.load(sys.argv[2]))
    columns = {name.capitalize(): bars[name] for name in ("open", "high", "low", "close", "volume")}
    frame = pd.DataFrame(columns, index=pd.to_datetime(bars["close_ns"]))

    def run() -> dict[str, Any]:
        made = Backtest(frame, Place, cash=10_000_000, commission=FEE_PPM / 1e6)
        began = time.perf_counter()
        made.run()
        return {"seconds": time.perf_counter() - began, "events": Place.seen, "orders": Place.made}

    serve(version("backtesting"), run)


if __name__ == "__main__":
    main()
