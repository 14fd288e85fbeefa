"""`up` from start to end, with real processes under a real supervisord and fakes for the programs."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from quantumflow.appliance.data_dir import claim
from quantumflow.appliance.screen import RichScreen
from quantumflow.errors import ApplianceRefused
from quantumflow.exits import ExitCode


def test_a_replay_ends_with_the_recording_and_sums_up(run, capture: Path) -> None:
    code, screen = run(f"replay:{capture}", FAKE_REPLAY="1")
    assert code is ExitCode.OK
    assert screen.said[-1][0] == "summary"
    figures = {
        "depth_messages": 10,
        "book_ticker_checks": 4,
        "book_ticker_mismatches": 0,
        "resyncs": 0,
        "gaps": 0,
        "filters_from": "config",
    }
    assert screen.one("summary") == {
        "venue": "replay",
        "simulated": False,
        "torn": [],
        "instruments": {"BTCUSDT": figures},
        "signals": 3,
        "orders": 2,
        "refused": 1,
        "fills": 1,
        "reconcile": "agree",
        "journal_digest": "d1935",
    }


def test_a_capture_whose_end_is_torn_is_named_by_every_summary(
    run, capture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, screen = run(f"replay:{capture}", FAKE_REPLAY="1", FAKE_TORN="cut.gz")
    summary = screen.one("summary")
    assert summary["torn"] == ["cut.gz"]
    RichScreen().summary(summary)
    assert "cut.gz: its end is torn; what is whole was played" in capsys.readouterr().out
    RichScreen().summary({**summary, "torn": []})
    assert "torn" not in capsys.readouterr().out


def test_books_that_disagree_have_their_own_exit_status(run, capture: Path) -> None:
    code, _ = run(f"replay:{capture}", FAKE_REPLAY="1", FAKE_RECONCILE="mismatch")
    assert code is ExitCode.MISMATCH


@pytest.mark.parametrize("program", ["market_data", "core_risk", "trader"])
def test_a_program_that_fails_in_a_replay_ends_it_with_its_name_and_last_lines(
    run, capture: Path, program: str
) -> None:
    code, screen = run(f"replay:{capture}", **{"FAKE_REPLAY": "1", f"FAKE_{program.upper()}": "exit:3"})
    assert code is ExitCode.FAILED
    name, detail, lines = screen.one("failed")
    assert name == program
    assert "exit status 3" in detail
    assert f"{program} cannot go on" in lines


def test_a_program_that_ends_early_without_an_error_fails_a_replay_too(run, capture: Path) -> None:
    code, screen = run(f"replay:{capture}", FAKE_REPLAY="1", FAKE_CORE_RISK="exit:0")
    assert code is ExitCode.FAILED
    assert screen.one("failed")[0] == "core_risk"


def test_a_refused_configuration_ends_a_live_run_at_once(run) -> None:
    code, screen = run("sim", seconds=20.0, FAKE_CORE_RISK="exit:2")
    assert code is ExitCode.FAILED
    assert screen.one("failed")[:2] == ("core_risk", "refuses its configuration")


def test_the_time_asked_for_ends_a_run_cleanly(run, tmp_path: Path) -> None:
    code, screen = run("sim", seconds=5.0)
    assert code is ExitCode.OK
    assert screen.one("stopping") == "the time asked for is over"
    assert screen.one("summary")["fills"] == 1
    assert ("trading", None) in screen.said
    stopped = (tmp_path / "data" / "run" / "stopped").read_text(encoding="utf-8").split()
    assert set(stopped[:2]) == {"trader", "web"}, "the trader stops while core_risk can still answer"
    assert set(stopped[2:]) == {"exchange_sim", "market_data", "core_risk", "upkeep"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_within_seconds(run, tmp_path: Path, number: signal.Signals) -> None:
    asked: list[float] = []

    def ask_once_it_runs() -> None:
        while not all(
            (tmp_path / "data" / "run" / f"{name}.status.json").exists() for name in ("trader", "market_data")
        ):
            time.sleep(0.05)
        asked.append(time.monotonic())
        os.kill(os.getpid(), number)

    threading.Thread(target=ask_once_it_runs, daemon=True).start()
    code, screen = run("sim")
    assert time.monotonic() - asked[0] < 15.0
    assert code is ExitCode.OK
    assert screen.one("stopping") == f"{number.name} received"


def test_a_program_that_was_killed_is_started_again(run, tmp_path: Path) -> None:
    status = tmp_path / "data" / "run" / "trader.status.json"
    traders: list[int] = []

    def trader() -> int:
        return int(json.loads(status.read_text(encoding="utf-8"))["pid"]) if status.exists() else 0

    def kill_it_and_end_the_run_once_it_is_back() -> None:
        for _ in range(2):
            deadline = time.monotonic() + 60.0
            while trader() in (0, *traders) and time.monotonic() < deadline:
                time.sleep(0.05)
            traders.append(trader())
            time.sleep(1.5)  # it has to be up for a second to count as started
            os.kill(*((traders[0], signal.SIGKILL) if len(traders) == 1 else (os.getpid(), signal.SIGINT)))

    threading.Thread(target=kill_it_and_end_the_run_once_it_is_back, daemon=True).start()
    code, screen = run("sim")
    assert code is ExitCode.OK
    assert screen.one("program") == ("trader", "exited", "terminated by SIGKILL")
    assert len(set(traders)) == 2


def test_a_trader_that_had_to_be_killed_is_no_clean_end(run) -> None:
    code, screen = run("sim", seconds=1.5, FAKE_TRADER="deaf")
    assert code is ExitCode.FAILED
    assert screen.one("failed")[0] == "trader"


def test_every_start_has_its_own_token_and_only_programs_see_it(run, tmp_path: Path) -> None:
    _, screen = run("sim", seconds=5.0, verbose=True)
    assert ("log_line", ("core_risk", "core_risk has the risk token: True")) in screen.said
    left = [path.read_text(encoding="utf-8") for path in (tmp_path / "data").rglob("*.json")]
    assert not any("QF_RISK_TOKEN" in text for text in left)


def test_a_silent_market_gives_a_summary_without_made_up_figures(run) -> None:
    code, screen = run("sim", seconds=1.5, FAKE_MARKET_DATA="silent")
    assert code is ExitCode.FAILED
    assert screen.one("summary")["instruments"] == {}


def test_auto_falls_back_to_the_generated_market_and_says_so(run) -> None:
    _, screen = run("auto", seconds=1.0)
    facts = screen.one("started")
    assert facts["simulated"] is True
    assert "no network in a test" in facts["why"]


def test_nothing_starts_where_another_appliance_runs(run, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    with claim(tmp_path / "data", "sim", datetime.now(UTC)), pytest.raises(ApplianceRefused) as caught:
        run("sim", seconds=1.0)
    assert caught.value.name == "data_dir_in_use"
