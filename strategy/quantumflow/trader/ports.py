"""What a Session stands between: the books it writes through, who judges its orders, and what it is made of.

Live these are the journal's Writer and the RiskGate. When a session is verified they are the journal that was written
and the answers that were given (parity/).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from quantumflow.calendar.spec import CalendarSpec
from quantumflow.commands.standing import StandingCommands
from quantumflow.journal.records import Record
from quantumflow.journal.totals import Totals
from quantumflow.risk_answers import AskedOrder, Judged, MarkAnswer
from quantumflow.specs import BotSpec, BrokerSpec, EngineSpec

__all__ = ["Books", "Judge", "SessionSettings"]


class SessionSettings(Protocol):
    """What a session is made of besides the feed's Hello."""

    @property
    def bots(self) -> tuple[BotSpec, ...]: ...
    @property
    def broker(self) -> BrokerSpec: ...
    @property
    def engine(self) -> EngineSpec: ...
    @property
    def deposit_e8(self) -> int: ...
    @property
    def calendar(self) -> CalendarSpec | None: ...


class Books(Protocol):
    """Where everything goes that happens; what `commit` returned from has happened."""

    @property
    def seq(self) -> int: ...
    @property
    def totals(self) -> Totals: ...
    @property
    def commands(self) -> StandingCommands: ...
    def digest(self) -> str: ...
    def begin_session(self, event_ns: int, recorded_ns: int, payload: Mapping[str, Any]) -> None: ...
    def end_session(
        self, event_ns: int, recorded_ns: int, reason: str, frame_seq: int = 0, past_left: int = 0
    ) -> None: ...
    def commit(self, records: Sequence[Record], recorded_ns: int) -> None: ...


class Judge(Protocol):
    """Who is asked about orders and told of fills, commands and bots. `check` and `mark` raise RiskFailed."""

    began_ns: int

    def check(self, order: AskedOrder) -> Judged: ...
    def mark(self, figures: dict[str, Any]) -> MarkAnswer: ...
    def deliver(self, records: Sequence[Record]) -> None: ...
    def deliver_command(self, event_ns: int) -> None: ...
    def employ(self, capitals_e8: Mapping[str, int]) -> None: ...
