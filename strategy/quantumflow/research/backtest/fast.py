"""`--risk fast`: nobody is asked. The engine runs on by itself, and every order is approved as it is.

What that leaves out: core_risk's limits on size, exposure, concentration, leverage, rates and losses, its price collar
and its drawdown breaker, and the second set of books. The broker's own rules (filters, cash, shorts) are as ever. So
orders may be filled here that live would have been refused; where none would have been, the fills are the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from quantumflow.build import build_id
from quantumflow.engine import State, advance_kernel
from quantumflow.errors import RiskFailed
from quantumflow.events import Events, empty_events
from quantumflow.journal.records import Record
from quantumflow.kernel import kernel
from quantumflow.risk_answers import AskedOrder, Judged, MarkAnswer
from quantumflow.vocabulary import EventKind, Refusal, Request, Trading, VerdictKind

__all__ = ["LEFT_OUT", "Unjudged", "advance_unjudged"]

LEFT_OUT = (
    "core_risk was not asked: no limit on size, exposure, concentration, leverage, rates or losses, no price collar, no"
    " drawdown breaker, no second books"
)

_VERDICT, _MARK_ANSWER = int(EventKind.VERDICT), int(EventKind.MARK_ANSWER)
_WANT_VERDICT, _WANT_MARK = int(Request.VERDICT), int(Request.MARK)
_APPROVE, _ACTIVE = int(VerdictKind.APPROVE), int(Trading.ACTIVE)


def advance_unjudged(state: State, events: Events, start: int, end: int) -> tuple[int, Request]:
    """As engine.advance, but a verdict is an approval of the whole order, and a mark finds that the books agree."""
    answer = empty_events(1, 0)
    at, request = _advance_unjudged(state, events.heads, events.levels, start, end, answer.heads)
    return int(at), Request(request)


@kernel
def _advance_unjudged(
    state: State,
    heads: npt.NDArray[np.void],
    levels: npt.NDArray[np.int64],
    start: int,
    end: int,
    answer: npt.NDArray[np.void],
) -> tuple[int, int]:
    core = state.core[0]
    at, request = advance_kernel(state, heads, levels, start, end)
    while request in (_WANT_VERDICT, _WANT_MARK):
        head = answer[0]
        head["seq"] = core["seq"]
        head["recv_ns"] = core["now_ns"]
        if request == _WANT_MARK:
            head["kind"] = _MARK_ANSWER
            head["state"] = _ACTIVE
        else:
            head["kind"] = _VERDICT
            head["state"] = _APPROVE
            head["id"] = core["pending_order"]
            head["qty"] = state.orders[core["open_orders"] - 1]["qty"]
        _, refused = advance_kernel(state, answer, levels, 0, 1)
        if refused != 0:
            return at, refused
        at, request = advance_kernel(state, heads, levels, at, end)
    return at, request


class Unjudged:
    """In the gate's place: there is nobody to be asked or told."""

    began_ns = 0

    def check(self, order: AskedOrder) -> Judged:
        raise RiskFailed(Refusal.RISK_UNREACHABLE, f"nobody judges {order.client_id}: the engine goes on by itself")

    def mark(self, figures: dict[str, Any]) -> MarkAnswer:  # noqa: ARG002 - whatever they are
        said = {"agree": True, "differences": (), "trading": "active", "reason": None, "peak_e8": 0}
        unknown = dict.fromkeys(("equity_e8", "drawdown_ppm", "day_start_e8", "reserved_e8"))
        return msgspec.convert(
            {"build": build_id(), **said, **unknown, "consecutive_losses": 0, "log_seq": 0}, MarkAnswer
        )

    def deliver(self, records: Sequence[Record]) -> None:
        """Nobody is told."""

    def deliver_command(self, event_ns: int) -> None:
        """Nobody is told."""

    def employ(self, capitals_e8: Mapping[str, int]) -> None:
        """Nobody is told."""
