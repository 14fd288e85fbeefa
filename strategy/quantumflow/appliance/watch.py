"""When an appliance's run is over, and whether well: a pure judge of what happened to its programs."""

from collections import deque
from dataclasses import dataclass, field

from quantumflow.appliance.happenings import Happened, ProgramEvent
from quantumflow.appliance.programs import CARE

__all__ = ["RESTARTS_MAX", "RESTART_WINDOW_SECONDS", "TRADER_END_SECONDS_MAX", "Failure", "Watch"]

RESTARTS_MAX = 10
"""More ends of one program within the window and the run is over: it would go on for ever."""
RESTART_WINDOW_SECONDS = 600.0
TRADER_END_SECONDS_MAX = 120.0
"""How long after market_data's clean end a replay waits for the trader's."""
REFUSES_CONFIGURATION = 2
"""Exit status by which every program says that its configuration is wrong: starting it again changes nothing."""
_ENDS_A_REPLAY = frozenset({"market_data", "trader"})


@dataclass(frozen=True, slots=True)
class Failure:
    """The program that ended the run, and how."""

    program: str
    detail: str


@dataclass(slots=True)
class Watch:
    """Fed with every event; says when the run is over. `ended` and `failure` are its whole verdict."""

    replay: bool
    ended: bool = False
    failure: Failure | None = None
    _clean: dict[str, float] = field(default_factory=dict)
    _ends: dict[str, deque[float]] = field(default_factory=dict)

    def on_event(self, event: ProgramEvent, now: float) -> None:
        """`now` is a monotonic time in seconds."""
        if self.failure is not None or self.ended or event.program in CARE:
            return
        if event.happened is Happened.GAVE_UP:
            self.failure = Failure(event.program, "did not stay up after several starts")
        elif event.happened is Happened.EXITED and self.replay:
            self._end_in_replay(event, now)
        elif event.happened is Happened.EXITED:
            self._end_in_live(event, now)

    def on_time(self, now: float) -> None:
        """A replay whose source ended but whose trader goes on for ever has failed."""
        since = self._clean.get("market_data")
        if since is None or self.ended or self.failure is not None:
            return
        if now - since > TRADER_END_SECONDS_MAX:
            self.failure = Failure(
                "trader", f"did not end within {TRADER_END_SECONDS_MAX:.0f} s of the recording's end"
            )

    def _end_in_replay(self, event: ProgramEvent, now: float) -> None:
        if event.program not in _ENDS_A_REPLAY or event.status != 0:
            self.failure = Failure(event.program, f"ended before the recording did: {event.how}")
            return
        self._clean[event.program] = now
        self.ended = self._clean.keys() == _ENDS_A_REPLAY

    def _end_in_live(self, event: ProgramEvent, now: float) -> None:
        if event.status == REFUSES_CONFIGURATION:
            self.failure = Failure(event.program, "refuses its configuration")
            return
        ends = self._ends.setdefault(event.program, deque(maxlen=RESTARTS_MAX + 1))
        ends.append(now)
        if len(ends) > RESTARTS_MAX and now - ends[0] <= RESTART_WINDOW_SECONDS:
            detail = f"ended {len(ends)} times within {RESTART_WINDOW_SECONDS:.0f} s, the last time: {event.how}"
            self.failure = Failure(event.program, detail)
