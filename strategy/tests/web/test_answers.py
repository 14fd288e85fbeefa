"""Answers that are put together: the equity series, reports by name, work that is done once, typed reasons."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from drift.test_expectations import followed, planted
from journal.sample import Life, lived

from quantumflow.config import load_config, shown_config
from quantumflow.config.load import find_config
from quantumflow.journal.reader import JournalReader
from quantumflow.vocabulary import OutputKind, WhyNotTrading
from quantumflow.web import looks
from quantumflow.web.app import make_app
from quantumflow.web.models.standing import WhyNot
from quantumflow.web.once import Once
from quantumflow.web.reports import find_file, list_reports
from quantumflow.web.who import Tokens
from web.asgi import Client
from web.served import TOKEN, sources_of
from web.test_api import READ, World


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """A hundred marks with one deep fall among them."""
    life = lived(tmp_path)
    for mark in range(100):
        fallen = mark == 41
        values = {"equity_e8": 7 if fallen else 100 + mark, "drawdown_ppm": 930_000 if fallen else 0, "cash_e8": 1}
        life.commit(life.record(OutputKind.EQUITY, **values))
    return life


@pytest.mark.parametrize("points", [1, 3, 7, 50, 2_000])
def test_the_series_is_short_and_hides_no_fall(tmp_path: Path, life: Life, points: int) -> None:
    with JournalReader(tmp_path / "journal.db") as journal:
        series = looks.equity(journal, None, None, points)
    items = series["items"]
    assert len(items) <= points
    assert sum(item["rows"] for item in items) == series["rows"] == 100
    assert min(item["low_e8"] for item in items) == 7
    assert max(item["drawdown_ppm"] for item in items) == 930_000
    assert items[-1]["equity_e8"] == 199
    assert [item["event_ns"] for item in items] == sorted(item["event_ns"] for item in items)


def test_a_part_of_the_series_is_that_part(tmp_path: Path, life: Life) -> None:
    with JournalReader(tmp_path / "journal.db") as journal:
        whole = looks.equity(journal, None, None, 2_000)["items"]
        part = looks.equity(journal, whole[10]["event_ns"], whole[19]["event_ns"], 2_000)
    assert part["items"] == whole[10:20]


def test_live_results_are_as_the_job_left_them_with_the_alarm_in_words_and_none_before(tmp_path: Path) -> None:
    client = Client(make_app(sources_of(tmp_path), Tokens([TOKEN])), READ)
    lost = planted(tmp_path, -6_000, 120)
    assert client.get("/api/v1/expectation").json() == {"as_of_ns": None, "seq": None, "items": []}
    followed(tmp_path)
    answer = client.get("/api/v1/expectation").json()
    assert answer["seq"] == lost.writer.seq
    bear, bull = answer["items"]
    assert (bear["regime"], bear["trips"], bear["mean"], bear["alarm"]) == ("bear", 0, None, None)
    assert f"since trip {bull['alarmed_trip']} of 120" in bull["alarm"]


def test_before_the_first_mark_the_series_is_empty(tmp_path: Path) -> None:
    lived(tmp_path)
    client = Client(make_app(sources_of(tmp_path), Tokens([TOKEN])), READ)
    assert client.get("/api/v1/equity").json()["items"] == []


def test_a_reports_file_is_found_by_its_listed_name_alone(tmp_path: Path) -> None:
    day = tmp_path / "2026-03-01"
    (day / "charts").mkdir(parents=True)
    (day / "message.txt").write_text("a day", encoding="utf-8")
    (day / "charts" / "equity.png").write_bytes(b"png")
    (day / "page.html").write_text("<script>", encoding="utf-8")
    (day / "secret.txt").symlink_to("/etc/hostname")
    (tmp_path / ".2026-03-02.new").mkdir()
    (report,) = list_reports(tmp_path)
    assert (report["day"], report["message"]) == ("2026-03-01", "a day")
    assert [file["name"] for file in report["files"]] == ["charts/equity.png", "message.txt"]
    assert find_file(tmp_path, "2026-03-01", "charts/equity.png") == (day / "charts" / "equity.png", "image/png")
    for name in ("page.html", "secret.txt", "../2026-03-01/message.txt", "/etc/passwd", ""):
        assert find_file(tmp_path, "2026-03-01", name) is None, name
    assert find_file(tmp_path, "..", "message.txt") is None


def test_what_many_ask_for_is_made_once() -> None:
    made, together = 0, threading.Barrier(8)

    def make(_: None) -> int:
        nonlocal made
        made += 1
        return made

    once: Once[None, int] = Once(make, seconds=60.0)
    found: list[int] = []

    def ask() -> None:
        together.wait(30)
        found.append(once(None))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [1] * 8


def test_what_is_old_is_made_again_and_an_error_is_not_kept() -> None:
    now, fails = 0.0, True

    def make(key: str) -> str:
        if fails:
            raise ValueError(key)
        return f"{key} at {now}"

    once: Once[str, str] = Once(make, 1.0, lambda: now)
    with pytest.raises(ValueError, match="a"):
        once("a")
    fails = False
    assert once("a") == "a at 0.0"
    now = 0.9
    assert once("a") == "a at 0.0"
    now = 1.0
    assert once("a") == "a at 1.0"


def test_every_reason_not_to_trade_is_one_that_the_api_names() -> None:
    named = set(WhyNot.model_fields["reason"].annotation.__args__)  # type: ignore[union-attr]
    assert named == {why.name.lower() for why in WhyNotTrading} - {"trading"}


def test_limits_are_those_of_the_bots_that_run_now(tmp_path: Path) -> None:
    lived(tmp_path)
    sources = replace(sources_of(tmp_path), config=shown_config(load_config(find_config(None), {})))
    status = {"written_ns": 5, "bots": {"second": {"capital_e8": 7}}}
    sources.files.trader_status.write_text(json.dumps(status), encoding="utf-8")

    def shares(now_ns: int) -> dict[str, int]:
        with JournalReader(tmp_path / "journal.db") as journal:
            rows = looks.limits(sources, journal, now_ns)["items"]
        return {row["of"]: row["limit"] for row in rows if row["rule"] == "position_bot"}

    assert shares(5) == {"second": 7}, "made by a command, after the session began"
    assert shares(10**18) == {"imbalance": 0}, "the trader is silent: those it began with"


def test_the_reason_has_words_and_a_beginning(tmp_path: Path) -> None:
    lived(tmp_path)
    world = World(tmp_path)
    client = Client(world.app(), READ)
    world.trader(why_not_trading="risk_halted", detail="core_risk halted: daily_loss", why_since_ns=77)
    why = client.get("/api/v1/status").json()["why_not_trading"]
    assert why == {"reason": "risk_halted", "words": "core_risk halted: daily_loss", "since_ns": 77}
