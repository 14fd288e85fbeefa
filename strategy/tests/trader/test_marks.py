"""What core_risk's answer to a mark means for trading."""

import pytest

from quantumflow.risk_answers import MarkAnswer
from quantumflow.trader.session import _trading
from quantumflow.vocabulary import Refusal, Trading

AGREES = MarkAnswer(
    build="b",
    agree=True,
    differences=(),
    trading="active",
    reason=None,
    equity_e8=1,
    peak_e8=1,
    drawdown_ppm=0,
    day_start_e8=1,
    consecutive_losses=0,
    reserved_e8=0,
    log_seq=1,
)


@pytest.mark.parametrize(
    ("agree", "trading", "reason", "means"),
    [
        (True, "active", None, (Trading.ACTIVE, Refusal.NONE)),
        (False, "active", None, (Trading.HALTED, Refusal.RECONCILE_MISMATCH)),
        (False, "halted", "drawdown_breaker", (Trading.HALTED, Refusal.RECONCILE_MISMATCH)),
        (True, "halted", "drawdown_breaker", (Trading.HALTED, Refusal.DRAWDOWN_BREAKER)),
        (True, "halted", "a word of the operator", (Trading.HALTED, Refusal.TRADING_HALTED)),
        (True, "halted", None, (Trading.HALTED, Refusal.TRADING_HALTED)),
    ],
)
def test_books_that_differ_halt_whatever_else_is_said(
    agree: bool, trading: str, reason: str | None, means: tuple[Trading, Refusal]
) -> None:
    answer = MarkAnswer(**{name: getattr(AGREES, name) for name in AGREES.__struct_fields__} | {
        "agree": agree, "trading": trading, "reason": reason,
    })  # fmt: skip
    assert _trading(answer) == means
