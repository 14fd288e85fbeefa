"""How many lots: from a share of the capital to lots, and the least that the exchange's filters take."""

from quantumflow.broker.money import BEYOND, mul_div, notional_of
from quantumflow.kernel import kernel
from quantumflow.specs import MONEY_MAX
from quantumflow.strategies.view import View

__all__ = ["entry_ticks", "least_lots", "lots_for", "passes_filters"]

_PPM = 1_000_000
_EXIT_MARGIN_NUM, _EXIT_MARGIN_DEN = 11, 10
"""An entry is at least 1.1 times the least notional, so that it may still be left after a fall."""


@kernel
def passes_filters(qty: int, price: int, qty_min: int, qty_max: int, notional_min: int, num: int, den: int) -> bool:
    """Whether the exchange's filters take this quantity at this price; bounds of 0 do not exist."""
    if qty <= 0 or qty < qty_min or (qty_max > 0 and qty > qty_max):
        return False
    notional = notional_of(price, qty, num, den, False)
    return notional != BEYOND and notional >= notional_min


@kernel
def entry_ticks(qty: int, cost_e8: int, num: int, den: int) -> float:
    """The price at which a position was entered, on average, in ticks; 0 when flat."""
    if qty == 0 or abs(qty) > MONEY_MAX // num:
        return 0.0
    per_tick = abs(qty) * num
    ticks, rest = mul_div(cost_e8, den, per_tick)
    return float(ticks + rest / per_tick)


@kernel
def least_lots(view: View, price: int) -> int:
    """Fewest lots to enter with; BEYOND if no quantity would do."""
    if price <= 0 or price > MONEY_MAX // view.value_num or view.notional_min_e8 > MONEY_MAX // _EXIT_MARGIN_NUM:
        return BEYOND
    wanted = view.notional_min_e8 * _EXIT_MARGIN_NUM // _EXIT_MARGIN_DEN
    lots, rest = mul_div(wanted, view.value_den, price * view.value_num)
    if lots == BEYOND:
        return BEYOND
    return max(lots + 1 if rest > 0 else lots, view.qty_min, 1)


@kernel
def lots_for(view: View, price: int, share_ppm: int) -> int:
    """Lots worth a share of the capital, rounded down, within the filters; 0 if the least is worth more than that."""
    least = least_lots(view, price)
    notional, _ = mul_div(view.capital_e8, share_ppm, _PPM)
    if least == BEYOND or notional == BEYOND:
        return 0
    lots, _ = mul_div(notional, view.value_den, price * view.value_num)
    if view.qty_max > 0:
        lots = min(lots, view.qty_max)
    return lots if lots >= least else 0
