"""Decimal texts and integers: exact both ways, and nothing else is a decimal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantumflow.units import SCALE_MAX, DecimalError, decimal_text, money_text, parse_e8, price_text, qty_text


@given(st.integers(0, SCALE_MAX))
def test_a_decimal_read_back_is_the_same_integer(value: int) -> None:
    assert parse_e8(decimal_text(value, 8)) == value


@pytest.mark.parametrize(
    ("text", "value"), [("0.01", 1_000_000), ("5", 500_000_000), ("0.00000001", 1), ("0", 0), ("1.50", 150_000_000)]
)
def test_text_is_read_exactly(text: str, value: int) -> None:
    assert parse_e8(text) == value


@pytest.mark.parametrize(
    "text", ["", ".5", "5.", "-1", "+1", "1e3", " 1", "1 ", "01", "0.000000001", "1,5", "nan", "٣", "99999999999"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DecimalError):
        parse_e8(text)


def test_figures_are_shown_exactly() -> None:
    assert money_text(-150_000_000) == "-1.50"
    assert money_text(1) == "0.00000001"
    assert money_text(0) == "0.00"
    assert price_text(6_000_001, 1_000_000) == "60000.01"
    assert qty_text(-3, 1_000) == "-0.00003"
