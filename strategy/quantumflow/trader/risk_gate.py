"""Whether core_risk may be asked, and what it still has to be told.

The gate opens by a handshake: the same build, the same deposit, the bots there are, and every fill, ended order, kill
and reset that core_risk does not have. Any failure closes it; while it is closed every order is refused by the
failure's name, and the next mark tries the handshake again. What is still to be delivered is read from the journal, not
kept here: a restart changes nothing.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import structlog

from quantumflow.commands.standing import Said
from quantumflow.crash_points import reach
from quantumflow.errors import RiskFailed
from quantumflow.journal.records import Record
from quantumflow.journal.writer import Writer
from quantumflow.risk_answers import AskedOrder, Judged, MarkAnswer
from quantumflow.risk_client import FillRejected, RiskClient
from quantumflow.state import KILL_FLATTEN_NS_MAX
from quantumflow.trader.requests import Done, done_of, fill_body
from quantumflow.vocabulary import Refusal

__all__ = ["FILLS_AGAIN_MAX", "OPENING_DEPOSIT", "UNSURE_MAX", "RiskGate"]

OPENING_DEPOSIT = "opening"
UNSURE_MAX = 32
"""Ended orders that core_risk may still hear of late, and is told to forget, at each handshake."""
FILLS_AGAIN_MAX = 1_000
"""Fills that one handshake tells a core_risk that lost some; the next one goes on."""

Reconcile = Literal["agree", "mismatch", "unknown"]

_log = structlog.get_logger("risk_gate")


class RiskGate:
    """One gate a process. `writer` is read only: what was committed is what is delivered."""

    def __init__(self, client: RiskClient, writer: Writer, unsure: Sequence[Done]) -> None:
        self._client = client
        self._writer = writer
        self._unsure = list(unsure)[-UNSURE_MAX:]
        self.began_ns = 0
        """Event time at which the running session began; a KILL_FLATTEN from before it counts from there."""
        self.refusal: Refusal = Refusal.RISK_UNREACHABLE
        """Why the gate is closed; NONE: it is open."""
        self.detail = "core_risk has not been asked yet"
        self.reconcile: Reconcile = "unknown"
        self.last_mark: MarkAnswer | None = None
        self._capitals_e8: dict[str, int] | None = None
        """Of the bots there are, by name; None: no session said it yet."""
        self._commands = 0
        """The newest command that core_risk has, by its event in the journal."""

    @property
    def is_open(self) -> bool:
        return self.refusal is Refusal.NONE

    def try_open(self, event_ns: int) -> bool:
        """The handshake, each request of it once. True if the gate is open."""
        if self.is_open:
            return True
        try:
            self._handshake(event_ns)
        except RiskFailed as error:
            self._close(error)
            return False
        _log.info("core_risk may be asked", fills=self._writer.totals.fills)
        self.refusal, self.detail = Refusal.NONE, ""
        return True

    def check(self, order: AskedOrder) -> Judged:
        """The verdict. Raises RiskFailed by name if the gate is closed or core_risk fails."""
        if not self.is_open:
            raise RiskFailed(self.refusal, self.detail)
        try:
            return self._client.check(order)
        except RiskFailed as error:
            self._close(error)
            raise

    def mark(self, figures: dict[str, Any]) -> MarkAnswer:
        """Compares the books; a closed gate is tried first. Raises RiskFailed."""
        if not self.try_open(figures["event_ns"]):
            raise RiskFailed(self.refusal, self.detail)
        self.deliver_command(figures["event_ns"])
        if not self.is_open:
            raise RiskFailed(self.refusal, self.detail)
        try:
            answer = self._client.mark(figures)
        except RiskFailed as error:
            self._close(error)
            raise
        if not answer.agree:
            _log.error("the books differ", differences=[str(difference) for difference in answer.differences])
        self.reconcile = "agree" if answer.agree else "mismatch"
        self.last_mark = answer
        return answer

    def deliver(self, records: Sequence[Record]) -> None:
        """Tells core_risk of committed fills and ended orders, in order; a closed gate, at its next handshake."""
        for record in records:
            done = done_of(record)
            if done is not None and not self.is_open:
                self._unsure = [*self._unsure, done][-UNSURE_MAX:]
            if not self.is_open:
                continue
            try:
                if record.kind == "fill":
                    self._deliver_fill(fill_body(record.event_ns, record.payload))
                elif done is not None:
                    self._client.done(*done)
            except RiskFailed as error:
                self._close(error)
                if done is not None:
                    self._unsure = [*self._unsure, done][-UNSURE_MAX:]

    def deliver_command(self, event_ns: int) -> None:
        """Tells core_risk of the newest kill or reset, if it is time; a closed gate, at its next handshake."""
        if not self.is_open:
            return
        try:
            self._deliver_command(event_ns)
        except RiskFailed as error:
            self._close(error)

    def employ(self, capitals_e8: Mapping[str, int]) -> None:
        """Tells core_risk which bots there are now, with their capital; a closed gate, at its next handshake."""
        self._capitals_e8 = dict(capitals_e8)
        if not self.is_open:
            return
        try:
            self._client.bots(self._capitals_e8)
        except RiskFailed as error:
            self._close(error)

    def close(self) -> None:
        self._client.close()

    def _handshake(self, event_ns: int) -> None:
        totals = self._writer.totals
        self._client.version()
        self._client.deposit(OPENING_DEPOSIT, totals.deposits_e8, self._writer.deposited_ns())
        state = self._client.state()
        if state.fills > totals.fills:
            raise RiskFailed(
                Refusal.RECONCILE_MISMATCH,
                f"core_risk knows {state.fills} fills, the journal {totals.fills}: the journal lost some; restore it",
            )
        self._deliver_again(state.fills)
        if self._capitals_e8 is not None:
            self._client.bots(self._capitals_e8)
        self._commands = state.commands
        self._deliver_command(event_ns)
        ended = [(order.client_id, "ended", event_ns) for order in state.open_orders]
        told = {done[0] for done in self._unsure}
        ended = [done for done in ended if done[0] not in totals.open_orders and done[0] not in told]
        for done in [*self._unsure, *ended]:
            self._client.done(*done)
        self._unsure = []

    def _deliver_again(self, known: int) -> None:
        """Fills that core_risk does not have, as many as fit in one call: frames and status must not wait for more."""
        for fill_ns, fill in islice(self._writer.fills_after(known), FILLS_AGAIN_MAX):
            self._deliver_fill(fill_body(fill_ns, fill))
            reach("trader.after_fill_again")
        left = self._writer.totals.fills - known - FILLS_AGAIN_MAX
        if left > 0:
            raise RiskFailed(Refusal.RISK_UNREACHABLE, f"core_risk is being told its fills again, {left} are left")

    def _deliver_command(self, event_ns: int) -> None:
        """Only the newest counts: a reset takes back the kill before it. A KILL_FLATTEN waits for its positions."""
        said = self._writer.commands.last
        if said is None or said.seq <= self._commands:
            return
        if said.command == "kill_flatten" and not self._has_left(said, event_ns):
            return
        self._client.command(said)
        self._commands = said.seq

    def _has_left(self, said: Said, event_ns: int) -> bool:
        since_ns = max(said.event_ns, self.began_ns)
        flat = all(position.qty == 0 for position in self._writer.totals.positions.values())
        return flat or event_ns - since_ns > KILL_FLATTEN_NS_MAX

    def _deliver_fill(self, body: dict[str, Any]) -> None:
        try:
            self._client.fill(body)
        except FillRejected as error:
            self.reconcile = "mismatch"
            if not error.booked:
                raise
            _log.error("core_risk disagrees with a fill and has halted", detail=error.detail)

    def _close(self, error: RiskFailed) -> None:
        if self.refusal is not error.refusal:
            _log.warning("core_risk cannot be asked", refusal=error.name, detail=error.detail)
        self.refusal, self.detail = error.refusal, error.detail
        if self.reconcile == "agree":
            self.reconcile = "unknown"
