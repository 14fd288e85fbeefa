"""Where the answers come from: files, sockets, and what is asked once however many want it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

from quantumflow.journal.reader import JournalReader
from quantumflow.overview import Sources
from quantumflow.specs import InstrumentSpec
from quantumflow.web.commands import CommandDoor
from quantumflow.web.limits import RuleTally
from quantumflow.web.market_reader import MarketReader
from quantumflow.web.once import Once
from quantumflow.web.readiness import AskRisk

__all__ = ["TALLY_VERDICTS", "WebSources"]

RISK_SECONDS = 1.0
"""How old core_risk's account may be that is shown."""
TALLY_VERDICTS = 2_000
"""Verdicts of the past that the limits look at, at first."""
_TALLY_PAGE = 500


def _no_account() -> dict[str, Any] | None:
    return None


def _no_metrics() -> bytes | None:
    return None


@dataclass
class WebSources:
    """One for the life of the application."""

    files: Sources
    venue: str
    ask_risk: AskRisk
    door: CommandDoor | None = None
    """None: commands are not taken here."""
    market: MarketReader = field(default_factory=lambda: MarketReader(Path("market.sock"), lambda: False))
    risk_account: Callable[[], dict[str, Any] | None] = _no_account
    """core_risk's /v1/state; None if it gives none."""
    risk_metrics: Callable[[], bytes | None] = _no_metrics
    """core_risk's /metrics; None if it gives none."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """In force, secrets masked."""

    def journal(self) -> JournalReader:
        """For one question. Raises 503 before there is one."""
        if not self.files.journal.exists():
            raise HTTPException(503, "no_journal")
        return JournalReader(self.files.journal)

    @property
    def root(self) -> Path:
        """The data directory."""
        return self.files.journal.parent

    @cached_property
    def risk(self) -> Once[None, dict[str, Any] | None]:
        """core_risk's account, asked at most once a second."""
        return Once(lambda _: self.risk_account(), RISK_SECONDS)

    @cached_property
    def verdicts(self) -> "VerdictTally":
        return VerdictTally(self)

    def specs(self, journal: JournalReader) -> list[InstrumentSpec]:
        """The instruments of the last session."""
        sessions = journal.sessions(limit=1).items
        return [InstrumentSpec(**row) for row in sessions[0]["instruments"]] if sessions else []


class VerdictTally:
    """The verdicts so far, by rule: read once, then only what is new."""

    def __init__(self, sources: WebSources) -> None:
        self._sources = sources
        self._turn = threading.Lock()
        self._tally = RuleTally()
        self._after: int | None = None

    def brought_up_to(self, journal: JournalReader) -> RuleTally:
        with self._turn:
            if self._after is None:
                self._after = journal.verdict_seq_back(TALLY_VERDICTS)
            while rows := journal.events(self._after, _TALLY_PAGE, ("verdict",)):
                for row in rows:
                    self._tally.take(row["event_ns"], row["payload"])
                self._after = rows[-1]["seq"]
            return self._tally
