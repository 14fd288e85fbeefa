"""Money is exact: the shared vectors, and unbounded integers as the model."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.world import UNHURRIED
from quantumflow.broker.account import mark, settle
from quantumflow.broker.money import BEYOND, fee_of, mul_div, notional_of
from quantumflow.specs import MONEY_MAX
from quantumflow.state import State, empty_state

VECTORS = json.loads((Path(__file__).parents[3] / "tests/vectors/money/cases.json").read_text())
CASES, OVERFLOW = VECTORS["cases"], VECTORS["overflow"]
money = st.integers(0, MONEY_MAX) | st.integers(0, 10**6)
divisors = st.integers(1, MONEY_MAX) | st.integers(1, 10**8)


def account(case: dict[str, Any]) -> State:
    state = empty_state(1, 1)
    state.instruments[0]["value_num"] = case["value_num"]
    state.instruments[0]["value_den"] = case["value_den"]
    return state


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_shared_case_gives_its_figures(case: dict[str, Any]) -> None:
    state = account(case)
    core, slot, instrument = state.core[0], state.slots[0, 0], state.instruments[0]
    for (side, price, qty, fee_ppm), after in zip(case["fills"], case["after"], strict=True):
        notional, fee = settle(core, slot, instrument, int(side == "sell"), price, qty, fee_ppm)
        found = {
            "notional_e8": notional,
            "fee_e8": fee,
            "cash_e8": core["cash_e8"],
            "qty": slot["qty"],
            "cost_e8": slot["cost_e8"],
            "realised_e8": slot["realised_e8"],
        }
        assert {name: int(value) for name, value in found.items()} == after
    instrument["mark_bid"], instrument["mark_ask"] = case["bid"], case["ask"]
    mark(core, state.instruments, state.slots)
    assert core["marked"] == 1
    assert core["equity_e8"] - core["cash_e8"] == case["marked_value_e8"]


@pytest.mark.parametrize("case", OVERFLOW, ids=lambda case: case["name"])
def test_every_shared_case_out_of_bounds_is_refused(case: dict[str, Any]) -> None:
    unit = Fraction(case["tick_e8"] * case["lot_e8"], 10**8)
    up = case["side"] == "buy"
    assert notional_of(case["price"], case["qty"], unit.numerator, unit.denominator, up) == BEYOND


@UNHURRIED
@given(money, money, divisors)
def test_mul_div_is_the_product_of_unbounded_integers_divided(a: int, b: int, c: int) -> None:
    quotient, remainder = divmod(a * b, c)
    expected = (quotient, remainder) if quotient <= MONEY_MAX or a * b <= MONEY_MAX else (BEYOND, 0)
    assert tuple(int(x) for x in mul_div(a, b, c)) == expected


@UNHURRIED
@given(money, money, st.integers(1, 10**8), st.integers(1, 10**8), st.booleans())
def test_a_notional_is_exact_or_refused(price: int, qty: int, num: int, den: int, up: bool) -> None:
    exact = -(-price * qty * num // den) if up else price * qty * num // den
    assert int(notional_of(price, qty, num, den, up)) == (exact if exact <= MONEY_MAX else BEYOND)


@UNHURRIED
@given(money, st.integers(0, 10**7))
def test_a_fee_is_exact_and_rounded_up_or_refused(notional: int, ppm: int) -> None:
    exact = -(-notional * ppm // 10**6)
    assert int(fee_of(notional, ppm)) == (exact if exact <= MONEY_MAX else BEYOND)


@pytest.mark.parametrize(
    ("cash", "side", "price", "qty"),
    [(0, 0, 2**61, 4), (-MONEY_MAX, 0, 1, 1), (MONEY_MAX, 1, 2**40, 2**20), (0, 1, MONEY_MAX, 2)],
)
def test_a_fill_beyond_the_bounds_of_money_changes_nothing(cash: int, side: int, price: int, qty: int) -> None:
    state = account({"value_num": 1, "value_den": 1})
    state.core[0]["cash_e8"] = cash
    before = [np.copy(array) for array in state]
    assert settle(state.core[0], state.slots[0, 0], state.instruments[0], side, price, qty, 1000) == (BEYOND, BEYOND)
    assert all((now == then).all() for now, then in zip(state, before, strict=True))


def test_equity_is_unknown_while_something_held_has_no_price() -> None:
    state = account({"value_num": 1, "value_den": 1})
    state.slots[0, 0]["qty"] = 1
    mark(state.core[0], state.instruments, state.slots)
    assert state.core[0]["marked"] == 0
