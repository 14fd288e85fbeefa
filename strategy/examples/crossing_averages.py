"""Two moving averages of the mid: in when the fast one rises above the slow one, out when it falls below it.

An example to start from: copy it to DATA_DIR/strategies/, change it, and `quantumflow bot create` a bot with it.
"""

from quantumflow.strategy import BUY, Indicator, Parameter, View, enter, leave, lots_worth
from quantumflow.vocabulary import SignalKind

PARAMETERS = (
    Parameter("fast_books", 20, 2, 10_000, "span in books of the fast average", integer=True),
    Parameter("slow_books", 200, 2, 100_000, "span in books of the slow average", integer=True),
    Parameter("edge_ppm", 5.0, 0.0, 10_000, "how far above the slow average the fast one must be to enter"),
    Parameter("capital_share", 0.2, 0.000001, 1.0, "share of the instrument's capital to enter with"),
)

INDICATORS = (
    Indicator("fast", "ticks", "price", "fast average of the mid"),
    Indicator("slow", "ticks", "price", "slow average of the mid"),
)


def decide(view: View, parameters, memory):
    """At most one intent a book."""
    mid = (view.bid + view.ask) / 2
    memory.books = getattr(memory, "books", 0) + 1
    memory.fast = average(getattr(memory, "fast", mid), mid, parameters.fast_books)
    memory.slow = average(getattr(memory, "slow", mid), mid, parameters.slow_books)
    if memory.books < parameters.slow_books or view.order_pending:
        return None
    if view.qty > 0 and memory.fast < memory.slow:
        return leave(view, SignalKind.EXIT_REVERSAL)
    risen = (memory.fast - memory.slow) * 1_000_000 > parameters.edge_ppm * memory.slow
    if view.qty == 0 and view.may_enter and risen:
        return enter(BUY, lots_worth(view, parameters.capital_share))
    return None


def average(before: float, now: float, span: float) -> float:
    """Exponential, of this span."""
    return before + (now - before) * 2 / (span + 1)
