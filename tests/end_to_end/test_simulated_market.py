"""The appliance on the generated market, as a newcomer sees it: fills within minutes, and every program may die."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from end_to_end.appliance import Running, Stopped, quantumflow, running, up, wait_until
from end_to_end.journal import ask
from end_to_end.recompute import recompute

FIRST_FILL_SECONDS_MAX = 180.0
RECOVERY_SECONDS_MAX = 40.0
HANG_SECONDS = 3.0
SHORT_SESSION_SECONDS = 15
VERIFY_SECONDS_MAX = 120.0
SESSIONS_MIN = 5
"""The trader's own death, market_data's two, and the end of a market session: each begins another of the journal."""
TRADES = {None, "warming_up"}
"""What `why_not_trading` says of an appliance that lacks nothing."""


def test_it_trades_survives_the_death_of_each_program_and_stops_cleanly(tmp_path: Path) -> None:
    with running(tmp_path, "--venue", "sim") as appliance:
        wait_until(lambda: (appliance.status("trader").get("fills") or 0) > 0, FIRST_FILL_SECONDS_MAX, "a first fill")
        assert appliance.status("trader")["simulated"] is True
        for act in (
            operator_pauses,
            verified_while_it_runs,
            trader_dies,
            core_risk_hangs,
            core_risk_dies,
            market_data_dies,
            market_session_is_over,
        ):
            act(appliance)
        done = appliance.stop()
    assert done.code == 0, done.log
    assert done.summary["simulated"] is True
    assert done.summary["reconcile"] == "agree"
    assert all(figures["book_ticker_mismatches"] == 0 for figures in done.summary["instruments"].values())
    books = recompute(done.journal)
    assert books.complaints == []
    assert books.fills > 0
    assert quantumflow("why", "--data-dir", str(tmp_path))[0] == 0
    every_session_is_identical(done)


def test_a_session_recorded_here_replays_with_the_same_books_each_time(tmp_path: Path) -> None:
    live = up(tmp_path / "live", "--venue", "sim", "--for", "20", seconds_max=90)
    assert live.code == 0, live.log
    (recording,) = (tmp_path / "live" / "recordings").iterdir()
    replays = [up(tmp_path / name, "--venue", f"replay:{recording}", seconds_max=90) for name in ("one", "two")]
    for replay in replays:
        assert replay.code == 0, replay.log
        assert replay.summary["simulated"] is True
        assert replay.summary["instruments"] == live.summary["instruments"]
        assert replay.summary["reconcile"] == "agree"
    assert replays[0].summary == replays[1].summary


def operator_pauses(appliance: Running) -> None:
    """A pause and its end by the command line, so that a session to verify has commands in it."""
    for command in ("pause", "resume"):
        code, said = quantumflow(command, "--reason", "a trial", "--data-dir", str(appliance.data_dir))
        assert code == 0, said
    wait_until(_trades(appliance), RECOVERY_SECONDS_MAX, "trading after a pause")


def verified_while_it_runs(appliance: Running) -> None:
    """Beside the appliance, up to the last event of the moment, commands included."""
    code, answer = quantumflow("verify", "--data-dir", str(appliance.data_dir), seconds_max=VERIFY_SECONDS_MAX)
    assert code == 0, answer
    (found,) = answer["sessions"]
    assert found["result"] == "identical", found
    assert found["programs"]["trader"]["counts"]["fills"] > 0
    assert _trades(appliance)()


def every_session_is_identical(done: Stopped) -> None:
    """Those that a kill ended are verified as the whole ones are."""
    started = "SELECT DISTINCT date(started_recorded_ns / 1000000000, 'unixepoch') FROM sessions"
    found: list[Any] = []
    for (day,) in ask(done.journal, started):
        where = ("--data-dir", str(done.data_dir))
        code, answer = quantumflow("verify", day, *where, seconds_max=VERIFY_SECONDS_MAX)
        assert code == 0, answer
        found += answer["sessions"]
    assert [one["result"] for one in found] == ["identical"] * len(found)
    assert len(found) == ask(done.journal, "SELECT count(*) FROM sessions")[0][0] >= SESSIONS_MIN
    given = ask(done.journal, "SELECT count(*) FROM events WHERE kind = 'command'")
    assert given == [(2,)]


def trader_dies(appliance: Running) -> None:
    """kill -9: what was committed stays, and it goes on where it stopped."""
    fills = appliance.status("trader")["fills"]
    _kill_and_wait(appliance, "trader")
    wait_until(_trades(appliance), RECOVERY_SECONDS_MAX, "trading after the trader's death")
    assert appliance.status("trader")["fills"] >= fills


def core_risk_hangs(appliance: Running) -> None:
    """Stopped for some seconds: nothing is approved meanwhile, the reason shows, and it recovers alone."""
    risk = appliance.pid("core_risk")
    assert risk is not None
    os.kill(risk, signal.SIGSTOP)
    try:
        wait_until(lambda: _why(appliance) not in TRADES, RECOVERY_SECONDS_MAX, "a reason for not trading")
        assert _why(appliance) in {"risk_unreachable", "risk_halted"}
        before = _approved(appliance)
        time.sleep(HANG_SECONDS)
        assert _approved(appliance) == before
    finally:
        os.kill(risk, signal.SIGCONT)
    wait_until(_trades(appliance), RECOVERY_SECONDS_MAX, "trading after core_risk hung")


def core_risk_dies(appliance: Running) -> None:
    """kill -9: rebuilt from its own log, it agrees with the broker again."""
    _kill_and_wait(appliance, "core_risk")
    wait_until(_trades(appliance), RECOVERY_SECONDS_MAX, "trading after core_risk's death")
    assert appliance.status("trader")["reconcile"] == "agree"


def market_data_dies(appliance: Running) -> None:
    """kill -9: a new session of the feed begins, and every book is unknown until its snapshot."""
    session = appliance.status("market_data")["session"]
    _kill_and_wait(appliance, "market_data")
    wait_until(
        lambda: appliance.status("trader").get("session") not in {session, None}, RECOVERY_SECONDS_MAX, "a new session"
    )
    wait_until(_trades(appliance), RECOVERY_SECONDS_MAX, "trading after market_data's death")


def market_session_is_over(appliance: Running) -> None:
    """At its boundary market_data ends by itself, and the trader with it; both go on with the account as it was."""
    config = appliance.data_dir / "run" / "market_data.json"
    usual = config.read_text(encoding="utf-8")
    config.write_text(json.dumps(json.loads(usual) | {"session_seconds": SHORT_SESSION_SECONDS}), encoding="utf-8")
    _kill_and_wait(appliance, "market_data")
    wait_until(lambda: _ended_by_itself(appliance), RECOVERY_SECONDS_MAX, "the end of a session that nobody stopped")
    config.write_text(usual, encoding="utf-8")
    wait_until(lambda: _ended_by_itself(appliance, "session_started"), RECOVERY_SECONDS_MAX, "the next session")
    wait_until(_trades(appliance), RECOVERY_SECONDS_MAX, "trading in the next session")
    assert appliance.status("trader")["reconcile"] == "agree"


def _ended_by_itself(appliance: Running, then: str = "session_ended") -> bool:
    """Whether a session ended by market_data's Goodbye, and `then`, an event of this kind from there on, came."""
    rows = ask(
        appliance.data_dir / "journal.db", "SELECT kind, payload FROM events WHERE kind LIKE 'session_%' ORDER BY seq"
    )
    ends = [at for at, (_, payload) in enumerate(rows) if json.loads(payload).get("reason") == "stopping"]
    return any(kind == then for kind, _ in rows[ends[0] :]) if ends else False


def _kill_and_wait(appliance: Running, program: str) -> None:
    killed = appliance.pid(program)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: appliance.pid(program) not in {killed, None}, RECOVERY_SECONDS_MAX, f"another {program}")


def _why(appliance: Running) -> str | None:
    status = appliance.status("trader")
    return status["why_not_trading"] if status else "not_running"


def _trades(appliance: Running) -> Callable[[], bool]:
    """Whether the trader that lives now says that nothing keeps it from trading."""

    def holds() -> bool:
        pid = appliance.pid("trader")
        return pid is not None and pid == appliance.status("trader").get("pid") and _why(appliance) in TRADES

    return holds


def _approved(appliance: Running) -> int:
    rows = ask(appliance.data_dir / "journal.db", "SELECT count(*) FROM verdicts WHERE verdict <> 'refuse'")
    return int(rows[0][0])
