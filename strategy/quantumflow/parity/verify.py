"""One session of the trader, the frames it was given and the answers it got: the three programs once more."""

import copy
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.programs import Programs
from quantumflow.build import build_id
from quantumflow.errors import JournalRefused, ParityFailed
from quantumflow.journal.standing import Standing
from quantumflow.journal.verify import walk_to
from quantumflow.parity.answers import StoredAnswers
from quantumflow.parity.books import StoredBooks
from quantumflow.parity.frames import RepeatedFrames
from quantumflow.parity.retold import Retold, retell
from quantumflow.parity.rows import SessionRows, SessionSpan, contents_of, session_span, windows_of
from quantumflow.parity.session import Repeated, repeat_session
from quantumflow.parity.strategies import StoredIntents, require_texts
from quantumflow.parity.tape import Tape, find_recording

__all__ = ["PROGRAMS", "RESULTS", "Verified", "Verifier"]

PROGRAMS = ("market_data", "core_risk", "trader")
"""In this order a difference is told: frames are the trader's and core_risk's input, verdicts the trader's."""
RESULTS = ("identical", "differs", "unverifiable")
FLUSH_SECONDS = 1.5
"""A recording that is being written is handed to the system once a second."""

Progress = Callable[[int], None]


@dataclass(slots=True)
class Part:
    """One program's."""

    result: str = "identical"
    reason: str | None = None
    detail: str | None = None
    digest: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    difference: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {"result": self.result, "digest": self.digest, "counts": self.counts}
        return said if self.reason is None else {**said, "reason": self.reason, "detail": self.detail}


@dataclass(slots=True)
class Verified:
    """What came of one session."""

    span: SessionSpan
    at_ns: int
    parts: dict[str, Part]
    seconds: float
    market_seconds: float

    @property
    def result(self) -> str:
        found = {part.result for part in self.parts.values()}
        return next(result for result in ("differs", "unverifiable", "identical") if result in found)

    @property
    def running(self) -> bool:
        return self.span.ended is None

    @property
    def speed(self) -> float:
        return self.market_seconds / self.seconds if self.seconds > 0 else 0.0

    @property
    def day(self) -> str:
        return datetime.fromtimestamp(self.span.started_ns / 1e9, UTC).strftime("%Y-%m-%d")

    def as_json(self) -> dict[str, Any]:
        """The line of results.jsonl."""
        first = next(
            ({"program": name, **part.difference} for name, part in self.parts.items() if part.difference), None
        )
        return {
            "at_ns": self.at_ns,
            "session": self.span.session,
            "market_session": self.span.started["market_session"],
            "day": self.day,
            "running": self.running,
            "result": self.result,
            "programs": {name: part.as_json() for name, part in self.parts.items()},
            "seconds": round(self.seconds, 3),
            "speed": round(self.speed, 1),
            "difference": first,
        }


class Verifier:
    """Verifies sessions of one data directory, best in their order: the journal before a session is walked once."""

    def __init__(self, directory: DataDir, programs: Programs, scratch: Path | None = None) -> None:
        self._directory = directory
        self._programs = programs
        self._scratch = scratch
        self._walked = Standing()

    def verify(self, session: int, progress: Progress = lambda _: None) -> Verified:
        """Raises ParityFailed if there is no such session."""
        began, at_ns = time.monotonic(), time.time_ns()
        span = session_span(self._directory.journal, session)
        if span is None:
            raise ParityFailed("no_such_session", f"{self._directory.journal} has no session {session}")
        parts = {name: Part() for name in PROGRAMS}
        repeated = Repeated()
        try:
            repeated = self._repeat(span, parts, progress)
        except JournalRefused as error:
            _unverifiable(parts["trader"], "journal_damaged", error.detail)
        except ParityFailed as error:
            _unverifiable(parts["market_data"], error.name, error.detail)
            _unverifiable(parts["trader"], error.name, "there are no frames to repeat it with")
        seconds = time.monotonic() - began
        return Verified(span, at_ns, parts, seconds, (repeated.last_ns - repeated.first_ns) / 1e9)

    def _repeat(self, span: SessionSpan, parts: dict[str, Part], progress: Progress) -> Repeated:
        own, built = build_id(), span.started["build"]
        if built != own:
            for part in parts.values():
                _unverifiable(part, "other_build", f"the session is of build {built}, this is {own}")
            return Repeated()
        if span.ended is None:
            time.sleep(FLUSH_SECONDS)
        walk_to(self._directory.journal, self._walked, span.first_seq - 1)
        standing = copy.deepcopy(self._walked)
        market_session = span.started["market_session"]
        retold = retell(
            self._programs.core_risk, self._directory.risk_log, market_session, fills_after=standing.totals.fills
        )
        _tell_core_risk(parts["core_risk"], retold)
        recording = find_recording(self._directory.recordings, market_session)
        if recording is None:
            where = f"none below {self._directory.recordings} is of {market_session}"
            raise ParityFailed("no_recording", f"{where}: it was not recorded, or was dropped for newer ones")
        rows = SessionRows(self._directory.journal, span)
        books, answers = StoredBooks(rows, standing), StoredAnswers(rows, retold, own)
        inputs = windows_of(self._directory.journal, span)
        said = contents_of(self._directory.journal, span, "command")
        require_texts(span, said, self._directory.strategies_kept)
        with (
            tempfile.TemporaryDirectory(prefix="qf-verify-", dir=self._scratch) as scratch,
            Tape(self._programs.market_data, recording, inputs[0], Path(scratch)) as tape,
        ):
            frames = RepeatedFrames(tape.chunks())
            told = contents_of(self._directory.journal, span, "bot")
            intents = StoredIntents(told, self._directory.strategies_kept)
            repeated = repeat_session(span, inputs, frames, books, answers, intents, progress)
            report = tape.report()
        _tell_market_data(parts["market_data"], report)
        _tell_trader(parts["trader"], repeated, report)
        if retold.is_sound:
            parts["core_risk"].counts |= answers.counts
            if answers.difference is not None:
                parts["core_risk"].result, parts["core_risk"].difference = "differs", answers.difference
        return repeated


def _unverifiable(part: Part, reason: str, detail: str) -> None:
    if part.result != "differs":
        part.result, part.reason, part.detail = "unverifiable", reason, detail


def _tell_core_risk(part: Part, retold: Retold) -> None:
    part.result, part.reason, part.detail = retold.result, retold.reason, retold.detail
    part.digest, part.difference = retold.digest, retold.difference
    part.counts = {"records": retold.records}


def _tell_market_data(part: Part, report: dict[str, Any]) -> None:
    part.result, part.reason, part.detail = report["result"], report["reason"], report["detail"]
    part.digest, part.difference = report["digest"], report["difference"]
    part.counts = {"records": report["records"], "frames": report["frames"]}


def _tell_trader(part: Part, repeated: Repeated, report: dict[str, Any]) -> None:
    part.digest, part.counts = repeated.digest, {**repeated.counts, "frames": repeated.frames}
    if repeated.difference is not None:
        part.result, part.difference = "differs", repeated.difference
    elif repeated.beyond > 0:
        part.counts["beyond"] = repeated.beyond
        known = f"the same up to frame {report['frames']}; {repeated.beyond} events after it have no frames"
        if report["result"] == "differs":
            _unverifiable(part, "market_data_differs", known)
        else:
            _unverifiable(part, report["reason"] or "recording_ends_early", known)
