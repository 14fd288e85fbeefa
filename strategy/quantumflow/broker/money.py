"""Money in integers of 10^-8, rounded against us: the rules of core_risk/API.md, "Money", exact to the last unit.

Every argument and result is within 0 ... MONEY_MAX; a result beyond it is BEYOND, never a wrapped number.
"""

from quantumflow.kernel import kernel
from quantumflow.specs import MONEY_MAX

__all__ = ["BEYOND", "fee_of", "mul_div", "notional_of", "released_of"]

BEYOND = -1
_PPM = 1_000_000


@kernel
def mul_div(a: int, b: int, c: int) -> tuple[int, int]:
    """Quotient and remainder of a·b / c for 0 <= a, b <= MONEY_MAX and 0 < c <= MONEY_MAX; (BEYOND, 0) if too large.

    The product may need 124 bits: then it is built bit by bit, its quotient and remainder kept at every step.
    """
    if a == 0 or b <= MONEY_MAX // a:
        return a * b // c, a * b % c
    whole, part = a // c, a % c
    quotient, remainder = 0, 0
    for bit in range(61, -1, -1):
        quotient, remainder = 2 * quotient, 2 * remainder
        if remainder >= c:
            quotient, remainder = quotient + 1, remainder - c
        if quotient > MONEY_MAX:
            return BEYOND, 0
        if (b >> bit) & 1:
            quotient, remainder = quotient + whole, remainder + part
            if remainder >= c:
                quotient, remainder = quotient + 1, remainder - c
    if quotient > MONEY_MAX:
        return BEYOND, 0
    return quotient, remainder


@kernel
def notional_of(price: int, qty: int, num: int, den: int, up: bool) -> int:
    """price·qty·num/den, rounded up (a buy, what a short would cost) or down (a sale); BEYOND if too large.

    opening.py has checked that num·den fits, so the remainder's share cannot overflow.
    """
    whole, rest = mul_div(price, qty, den)
    if whole == BEYOND or whole > MONEY_MAX // num:
        return BEYOND
    share = rest * num
    result = whole * num + share // den
    if up and share % den > 0:
        result += 1
    return result if result <= MONEY_MAX else BEYOND


@kernel
def fee_of(notional: int, fee_ppm: int) -> int:
    """Fee of a fill, rounded up; BEYOND if too large."""
    fee, rest = mul_div(notional, fee_ppm, _PPM)
    if fee != BEYOND and rest > 0:
        fee += 1
    return fee if fee <= MONEY_MAX else BEYOND


@kernel
def released_of(cost: int, closed: int, held: int, long: bool) -> int:
    """What closing `closed` of `held` lots releases of a position's cost: rounded up for a long, down for a short."""
    released, rest = mul_div(cost, closed, held)
    if long and rest > 0:
        released += 1
    return released
