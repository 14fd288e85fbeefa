"""Kills under load: one house that trades all the time, its programs killed at named places, at random, and in pairs.

The harness is client of core_risk, reader of the journal and of the status file, and supervisor. After each kill what
is dead is started again and the time until an order would go through is measured; the history is checked as it goes.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from crash.history import Told, complaints
from crash.house import PROGRAMS, House, within
from crash.witness import RiskClient, Witness, settled
from quantumflow.build import build_id
from quantumflow.commands.client import send_command
from quantumflow.commands.kill_file import write_kill_file
from quantumflow.commands.request import CommandRequest

__all__ = ["PLACES", "Storm", "rage"]

READY_SECONDS_MAX = 300.0
"""Only against hanging; what was measured is reported."""
PLACE_SECONDS_MAX = 20.0
CHECK_STEP = 10
HALT_STEP = 7
REST_STEP = 6
KILL_FILE_STEP = 20
EXCHANGE = "exchange_sim"
KILLED = "a kill stays a kill"
KILLED_SECONDS = 1.0
REST_SECONDS_MAX = 90.0
PLACES = {
    "trader": (
        "before_begin",
        "after_insert",
        "before_commit",
        "after_commit",
        "after_anchor_write",
        "after_anchor",
        "after_verdict",
        "after_deliver",
    ),
    "core_risk": ("before_write", "after_write", "after_fsync", "after_answer"),
    "market_data": ("before_publish", "after_publish", "before_flush", "after_flush", "before_status_rename"),
}
"""Places that are passed all the time; the others have tests of their own."""


@dataclass(slots=True)
class Storm:
    """What it came to."""

    kills: int = 0
    rest_at: int = 0
    kill_file_at: int = 3
    by_place: dict[str, int] = field(default_factory=dict)
    ready: list[tuple[float, str]] = field(default_factory=list)
    """Seconds until an order would go through, and after what."""
    found: list[str] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    def figures(self) -> dict[str, int]:
        """For the tally."""
        return {
            "kills": self.kills,
            "acknowledged": self.told.count,
            "fills": self.told.risk_fills,
            "lost": len(self.found),
            "ready_ms_p50": round(1000 * median(self._ready(EXCHANGE, of=False))),
            "ready_ms_max": round(1000 * max(self._ready(EXCHANGE, of=False))),
            "exchange_ready_ms_max": round(1000 * max(self._ready(EXCHANGE, of=True))),
        }

    def _ready(self, program: str, of: bool) -> list[float]:
        """Seconds of the kills that hit a program, or of those that did not; a zero if there are none.

        After the exchange's own death market_data waits before it connects, longer each time within a minute: that is
        told apart from the time that our programs take.
        """
        return [seconds for seconds, name in self.ready if (program in name) == of] or [0.0]


def rage(house: House, kills: int, seed: int, say: Callable[[Storm], None]) -> Storm:
    """Kills at least so many times; stops at the first complaint. `say` is told after each kill."""
    rng = random.Random(seed)
    client = RiskClient(house.directory.run / "risk.sock", house.token, build_id())
    storm = Storm()
    house.start_all()
    within(READY_SECONDS_MAX, "ready for the first time", house.is_ready)
    with Witness(house.directory.root, client) as witness:
        storm.told = witness.told
        while storm.kills < kills and not storm.found:
            _one(house, client, witness, storm, rng)
            say(storm)
            if storm.kills % CHECK_STEP == 0:
                storm.found += complaints(house.directory.root, _as_of_now(storm.told), None)
    storm.found += complaints(house.directory.root, storm.told, settled(house, client))
    if storm.told.risk_fills == 0:
        storm.found.append("nothing was ever filled: the storm has tested nothing")
    return storm


def _one(house: House, client: RiskClient, witness: Witness, storm: Storm, rng: random.Random) -> None:
    """One kill, or two at once, and everything up again."""
    if storm.kills >= storm.rest_at:
        _rest(storm)
    time.sleep(rng.random())
    if storm.kills >= storm.kill_file_at:
        storm.kill_file_at = storm.kills + KILL_FILE_STEP
        _by_the_kill_file(house, storm, rng)
        return
    peak = storm.told.peak
    halts = storm.kills % HALT_STEP == HALT_STEP - 1
    dead: tuple[str, ...]
    if halts:
        witness.halt("a halt stays a halt")
        dead = tuple(rng.sample(("core_risk", "trader"), k=rng.choice((1, 2))))
        house.kill(*dead)
        name = "halted, " + " and ".join(sorted(dead))
    elif rng.random() < 0.6:
        program = rng.choice(tuple(PLACES))
        place = f"{program}.{rng.choice(PLACES[program])}"
        dead, name = (program,), place
        if not _killed_at(house, program, f"{place}:{rng.randrange(1, 6)}"):
            name = f"{program} at random"
        storm.kills += 1
    else:
        dead = tuple(rng.sample(PROGRAMS, k=rng.choice((1, 2))))
        house.kill(*dead)
        name = " and ".join(sorted(dead))
    storm.kills += len(dead)
    storm.by_place[name] = storm.by_place.get(name, 0) + 1
    began, since_ns = time.monotonic(), 0 if dead == ("trader",) else time.time_ns()
    for program in dead:
        house.start(program)
    if halts:
        within(READY_SECONDS_MAX, "core_risk answers", lambda: client.ask("GET", "/v1/state") is not None)
        state = client.ask("GET", "/v1/state")
        if state is None or (state["trading"], state["reason"]) != ("halted", "a halt stays a halt"):
            storm.found.append(f"the halt is gone after a kill of {name}: {state}")
        witness.resume()
    within(READY_SECONDS_MAX, f"ready after a kill: {name}", lambda: house.is_ready(since_ns))
    if "core_risk" in dead:
        _same_breaker(client, storm, name, peak)
    if not halts:
        storm.ready.append((time.monotonic() - began, name))


def _same_breaker(client: RiskClient, storm: Storm, name: str, peak: int) -> None:
    """The account's peak is for ever, and the breaker's is folded from the same records: it may grow, never be gone."""
    state = client.ask("GET", "/v1/state")
    if state is None or state["peak_e8"] < peak:
        storm.found.append(f"the peak was {peak} and is gone after a kill of {name}: {state}")


def _by_the_kill_file(house: House, storm: Storm, rng: random.Random) -> None:
    """A kill by the file holds over restarts, with the file and without it, until an operator takes it back."""
    root = house.directory.root
    write_kill_file(house.directory.kill_file, KILLED)
    for present in (True, False):
        if not present:
            house.directory.kill_file.unlink()
        dead = tuple(rng.sample(("core_risk", "trader"), k=rng.choice((1, 2)))) if present else ("trader",)
        house.kill(*dead)
        for program in dead:
            house.start(program)
        storm.kills += len(dead)
        storm.by_place["killed by file"] = storm.by_place.get("killed by file", 0) + 1
        within(READY_SECONDS_MAX, "the kill is told", lambda: house.status().get("why_not_trading") == "killed")
        orders = _orders(root)
        time.sleep(KILLED_SECONDS)
        if _orders(root) != orders or house.status().get("why_not_trading") != "killed":
            storm.found.append(f"a kill by the file did not hold over a kill of {' and '.join(dead)}")
    request = CommandRequest("reset_breaker", None, "the test goes on", "storm", f"storm-{storm.kills}")
    send_command(request, house.directory.control_socket, house.directory.kill_file)
    within(READY_SECONDS_MAX, "ready after the kill was taken back", house.is_ready)


def _orders(root: Path) -> int:
    with closing(sqlite3.connect(f"file:{root / 'journal.db'}?mode=ro", uri=True, timeout=10)) as database:
        return int(database.execute("SELECT count(*) FROM orders").fetchone()[0])


def _rest(storm: Storm) -> None:
    """Leaves the trader the time to warm up and to trade: the books that are compared must move."""
    fills, until = storm.told.risk_fills, time.monotonic() + REST_SECONDS_MAX
    while storm.told.risk_fills == fills and time.monotonic() < until:
        time.sleep(0.05)
    storm.rest_at = storm.kills + REST_STEP


def _killed_at(house: House, program: str, crash_at: str) -> bool:
    """Starts the program armed; if it does not come to the place in time, it is killed where it is."""
    house.kill(program)
    house.start(program, crash_at)
    until = time.monotonic() + PLACE_SECONDS_MAX
    while time.monotonic() < until:
        if house.died(program):
            house.living.pop(program)
            return True
        time.sleep(0.01)
    house.kill(program)
    return False


def _as_of_now(told: Told) -> Told:
    """A copy that the witness does not go on with: what is read after it was told must have it."""
    return Told(
        dict(told.rows),
        told.journal_seq,
        told.fills,
        told.risk_fills,
        told.risk_seq,
        dict(told.answered),
        told.halted,
        told.peak,
    )
