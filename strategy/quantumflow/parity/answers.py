"""The verdicts and marks that were given, in core_risk's place.

A verdict is core_risk's own, from its log decided again. Where the journal has another one, the log's is given, so that
the journal's differs. But if the log says that core_risk was asked something else than this order, or saw other prices
than the frames have, then the log differs, and the journal's verdict is given.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from quantumflow.errors import RiskFailed
from quantumflow.journal.records import Record
from quantumflow.parity.books import Differs, StoryEnds
from quantumflow.parity.retold import Retold
from quantumflow.parity.rows import SessionRows, StoredRow
from quantumflow.risk_answers import AskedOrder, CheckAnswer, Judged, MarkAnswer, judge
from quantumflow.trader.requests import fill_body
from quantumflow.vocabulary import Refusal

__all__ = ["Quote", "StoredAnswers"]

_REFUSALS = {refusal.name.lower(): refusal for refusal in Refusal}
_EVIDENCE = ("order_hash", "rules", "limits_version", "expires_ns", "log_seq")
_ASKED = (
    "bot",
    "symbol",
    "side",
    "type",
    "qty",
    "limit_price",
    "reference_price",
    "reduce_only",
    "as_of_seq",
    "event_ns",
)

Quote = Mapping[str, int]
"""bid, ask, recv_ns: an instrument as the engine has it now."""


class StoredAnswers:
    """One session's answers, in the order in which they were given. `difference` is core_risk's first."""

    def __init__(self, rows: SessionRows, retold: Retold, build: str) -> None:
        self.began_ns = 0
        self._rows = rows
        self._retold = retold
        self._build = build
        self._trading: tuple[str, str | None] = ("unknown", None)
        self.quote: Callable[[str], Quote] = lambda _: {}
        self.difference: dict[str, Any] | None = None
        self.counts = {"verdicts": 0, "fills": 0}

    def check(self, order: AskedOrder) -> Judged:
        row = self._rows.peek()
        if row is None or row.by_restart:
            raise StoryEnds
        content = row.content
        if row.kind != "verdict" or content["order"] != order.client_id:
            raise Differs(row, {"kind": "verdict", "payload": {"order": order.client_id}})
        if content["log_seq"] is None:
            raise RiskFailed(_REFUSALS[content["refusal"]], "as it was journaled")
        self.counts["verdicts"] += 1
        return judge(order, self._answer(row, content, order), self._build)

    def mark(self, figures: dict[str, Any]) -> MarkAnswer:
        """As it was if it changed what core_risk says of trading, else what core_risk said before.

        Books that core_risk wrote down as compared then must be these.
        """
        self._compare_marked(figures)
        row = self._rows.peek()
        if row is not None and row.kind == "trading" and row.event_ns == figures["event_ns"]:
            content = row.content
            self._trading = (content["trading"], content["reason"])
        trading, reason = self._trading
        if trading == "unknown":
            raise RiskFailed(_REFUSALS[reason or "none"], "as it was journaled")
        agree = reason != "reconcile_mismatch"
        said = {"trading": trading, "reason": reason, "peak_e8": 0, "consecutive_losses": 0, "log_seq": 0}
        unknown = dict.fromkeys(("equity_e8", "drawdown_ppm", "day_start_e8", "reserved_e8"))
        return msgspec.convert({"build": self._build, "agree": agree, "differences": (), **said, **unknown}, MarkAnswer)

    def _compare_marked(self, figures: dict[str, Any]) -> None:
        marked = self._retold.marks.get(figures["event_ns"], []) if self._retold.is_sound else []
        found = [{name: one[name] for name in figures} for one in marked]
        if found and figures not in found:
            self._differs(f"record {marked[0]['log_seq']} of core_risk.log", figures, found[0])

    def deliver(self, records: Sequence[Record]) -> None:
        """Holds the fills that were delivered against those that core_risk booked."""
        for record in records:
            if record.kind != "fill" or not self._retold.is_sound:
                continue
            body = fill_body(record.event_ns, record.payload)
            booked = self._retold.fills.get(body["fill_id"])
            if booked is None:
                if body["fill_id"] <= self._retold.last_fill:
                    self._differs(f"fill {body['fill_id']}", body, None)
                continue
            self.counts["fills"] += 1
            found = {name: booked[name] for name in body}
            if found != body:
                self._differs(f"record {booked['log_seq']} of core_risk.log", body, found)

    def deliver_command(self, event_ns: int) -> None:
        """core_risk was told then; its log has what came of it."""

    def employ(self, capitals_e8: Mapping[str, int]) -> None:
        """As well."""

    def _answer(self, row: StoredRow, content: Mapping[str, Any], order: AskedOrder) -> CheckAnswer:
        journaled = _answer_of(content, order, self._build)
        if not self._retold.is_sound:
            return journaled
        told, asked = self._retold.answers.get(order.client_id), self._retold.checks.get(order.client_id)
        if told is None or asked is None:
            self._differs(f"order {order.client_id}", row.as_json(), None)
            return journaled
        wanted = {name: value for name, value in msgspec.to_builtins(order).items() if name in _ASKED}
        found = {name: asked[name] for name in _ASKED}
        book = self.quote(order.symbol)
        for quote in asked.get("quotes", []):
            # A core_risk that was slow may have had an older book; of the same one it must have the same prices.
            if quote["symbol"] == order.symbol and quote["recv_ns"] == book["recv_ns"]:
                wanted |= book
                found |= {name: quote[name] for name in book}
        if found != wanted:
            self._differs(f"record {asked['log_seq']} of core_risk.log", wanted, found)
            return journaled
        return msgspec.convert(told, CheckAnswer)

    def _differs(self, where: str, expected: Any, found: Any) -> None:
        if self.difference is None:
            self.difference = {"where": where, "expected": expected, "found": found}


def _answer_of(content: Mapping[str, Any], order: AskedOrder, build: str) -> CheckAnswer:
    """The answer that left this verdict in the journal."""
    verdict = {name: content[name] for name in ("verdict", "qty", "refusal", *_EVIDENCE)}
    about = {"build": build, "client_id": content["order"], "event_ns": order.event_ns}
    return msgspec.convert({**about, **verdict}, CheckAnswer)
