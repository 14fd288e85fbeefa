"""What is told: everything once or, after a kill, at most twice with the same key; in order, whatever fails."""

import re
import time

import pytest

from telegram_bot.fake_bot_api import TOKEN, conflict, too_many
from telegram_bot.stage import CHAT, SECONDS_MAX, Stage, until

OTHER_CHAT = -1001234567890


def halts(texts: list[str]) -> list[str]:
    """The reasons that messages tell, in order."""
    return [reason for text in texts for reason in re.findall(r"HALTED</b>: <b>(\w+)", text)]


def key(text: str) -> str:
    return text.rsplit("\n", 1)[1]


def told(stage: Stage, *reasons: str) -> None:
    until(lambda: halts(stage.api.texts())[-1:] == [reasons[-1]])


def test_a_halt_is_told_with_its_reason_and_says_simulated(stage: Stage) -> None:
    stage.begun()
    stage.halt("drawdown_breaker")
    told(stage, "drawdown_breaker")
    (text,) = stage.api.texts()
    assert text.startswith("<b>SIMULATED</b> · sim\n")
    assert stage.stop() == 0
    assert stage.status()["final"] is True


def test_what_happened_before_the_first_start_is_not_told(stage: Stage) -> None:
    stage.halt("daily_loss")
    stage.begun()
    stage.halt("drawdown_breaker")
    told(stage, "drawdown_breaker")
    assert halts(stage.api.texts()) == ["drawdown_breaker"]


def test_a_burst_of_fills_is_one_message(stage: Stage) -> None:
    stage.configure(coalesce_ms=3000)
    stage.begun()
    for trip in range(20):
        stage.life.round_trip(6_100_000 + trip, 1_000)
    until(stage.api.texts)
    time.sleep(1.5)
    (text,) = stage.api.texts()
    assert "40 fills: 20 bought, 20 sold" in text
    assert "(/why 42)" in text


def test_two_chats_get_the_same_messages(stage: Stage) -> None:
    stage.configure(chats=[CHAT, OTHER_CHAT])
    stage.begun()
    stage.halt("daily_loss")
    until(lambda: len(stage.api.texts()) == 2)
    assert stage.api.texts(CHAT) == stage.api.texts(OTHER_CHAT)


def test_retry_after_is_obeyed_and_nothing_else_is_asked_meanwhile(stage: Stage) -> None:
    stage.begun()
    until(lambda: "getUpdates" in [method for _, method in stage.api.calls])
    stage.api.script["sendMessage"].append(too_many(4))
    stage.halt("daily_loss")
    told(stage, "daily_loss")
    sends = [at for at, method in stage.api.calls if method == "sendMessage"]
    assert len(sends) == 2
    assert sends[1] - sends[0] >= 4.0
    polls = [at for at, method in stage.api.calls if method == "getUpdates" and sends[0] < at < sends[1]]
    assert len(polls) <= 1, "one poll was under way"


@pytest.mark.parametrize("step", ["shut", "garbage", (502, {}), (500, {"ok": False}), (200, {"ok": True})])
def test_a_failure_is_tried_again_until_it_is_taken(stage: Stage, step: object) -> None:
    stage.begun()
    stage.api.script["sendMessage"].extend([step, step])  # type: ignore[list-item]  # parametrized steps are objects
    stage.halt("daily_loss")
    told(stage, "daily_loss")
    assert halts(stage.api.texts()) == ["daily_loss"]


def test_a_lost_receipt_repeats_the_same_text_with_the_same_key(stage: Stage) -> None:
    stage.begun()
    stage.api.script["sendMessage"].append("take_and_shut")
    stage.halt("daily_loss")
    until(lambda: len(stage.api.texts()) == 2)
    assert stage.api.texts()[0] == stage.api.texts()[1]


def test_another_poller_is_waited_for_and_telling_goes_on(stage: Stage) -> None:
    stage.api.script["getUpdates"].extend([conflict()] * 3)
    stage.begun()
    until(lambda: "conflict" in str(stage.status().get("problem")))
    stage.halt("daily_loss")
    told(stage, "daily_loss")
    until(lambda: len([1 for _, method in stage.api.calls if method == "getUpdates"]) > 3)
    assert stage.process is not None
    assert stage.process.poll() is None


def test_a_chat_that_put_the_bot_out_does_not_keep_the_other_from_its_messages(stage: Stage) -> None:
    stage.configure(chats=[CHAT, OTHER_CHAT])
    stage.begun()
    out = (403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked"})
    stage.api.script["sendMessage"].extend([out, out])
    stage.halt("daily_loss")
    until(lambda: stage.api.texts(OTHER_CHAT))
    assert stage.api.texts(CHAT) == []


def test_html_that_is_not_taken_goes_as_plain_text(stage: Stage) -> None:
    stage.begun()
    bad = (400, {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"})
    stage.api.script["sendMessage"].append(bad)
    stage.halt("daily_loss")
    until(stage.api.texts)
    assert "HALTED: daily_loss" in stage.api.texts()[0]


def test_after_a_long_outage_one_message_tells_it_all(stage: Stage) -> None:
    stage.begun()
    stage.api.open.clear()
    stage.halt("daily_loss")
    until(lambda: halts(stage.pending()) == ["daily_loss"])  # from here on its text is fixed
    until(lambda: stage.status().get("failures_in_a_row", 0) >= 2)
    for trip in range(300):
        stage.life.round_trip(6_100_000 + trip, 1_000)
        stage.said(
            "trading", trading="active" if trip % 2 else "halted", reason=None if trip % 2 else "consecutive_losses"
        )
    stage.api.open.set()
    until(lambda: len(stage.api.texts()) >= 2)
    time.sleep(2.5)
    assert len(stage.api.texts()) == 2
    assert halts(stage.api.texts()[:1]) == ["daily_loss"]
    assert "600 fills: 300 bought, 300 sold" in stage.api.texts()[1]
    assert max(map(len, stage.api.texts())) <= 4096


PLACES = ("before_pending", "after_pending", "after_send", "after_sent", "after_done")


@pytest.mark.parametrize("place", PLACES)
def test_a_kill_at_each_step_loses_nothing_and_keeps_the_order(stage: Stage, place: str) -> None:
    stage.configure(chats=[CHAT, OTHER_CHAT])
    stage.begun()
    assert stage.stop() == 0
    stage.start(QF_CRASH_AT=f"telegram.{place}:1")
    stage.halt("drawdown_breaker")
    assert stage.process is not None
    assert stage.process.wait(SECONDS_MAX) == -9
    stage.start()
    until(lambda: not stage.status().get("final") and "drawdown_breaker" in "".join(stage.api.texts(OTHER_CHAT)))
    stage.halt("daily_loss")
    until(lambda: halts(stage.api.texts(OTHER_CHAT))[-1:] == ["daily_loss"])
    for chat in (CHAT, OTHER_CHAT):
        texts = stage.api.texts(chat)
        distinct = list(dict.fromkeys(texts))
        assert halts(distinct) == ["drawdown_breaker", "daily_loss"], chat
        assert len(texts) <= len(distinct) + 1, "at most the part under way is repeated"
        assert len({key(text) for text in distinct}) == len(distinct)


def test_alarms_and_restarts_are_told_and_what_is_ordinary_is_not(stage: Stage) -> None:
    stage.begun()
    stage.notice("job_done", "backup", "period 1")
    stage.notice("alarm_began", "disk_low", "90 MB free & falling <fast>")
    stage.notice("program_restarted", "core_risk", "ended and was started again")
    until(stage.api.texts)
    (text,) = stage.api.texts()
    assert "alarm <b>disk_low</b>: 90 MB free &amp; falling &lt;fast&gt;" in text
    assert "<b>core_risk</b>: ended and was started again" in text
    assert "backup" not in text


def test_the_daily_report_brings_its_picture(stage: Stage) -> None:
    day = stage.data / "reports" / "2026-11-25"
    day.mkdir(parents=True)
    (day / "message.txt").write_text("2026-11-25: +12.30 USDT & more\n", encoding="utf-8")
    (day / "equity.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    stage.begun()
    stage.notice("job_done", "report", "period 1")
    until(lambda: any(sent.method == "sendPhoto" for sent in stage.api.sent))
    assert "2026-11-25: +12.30 USDT &amp; more" in stage.api.sent[0].text
    assert "SIMULATED" in stage.api.sent[1].text


def test_a_wrong_token_is_no_reason_to_end(stage: Stage) -> None:
    stage.start(QF_TELEGRAM__TOKEN=TOKEN.replace("CANARY", "WRONGS"))
    until(lambda: "token_refused" in str(stage.status().get("problem")))
    assert stage.process is not None
    assert stage.process.poll() is None


@pytest.mark.parametrize(
    ("environment", "changes", "named"),
    [
        ({"QF_TELEGRAM__TOKEN": ""}, {}, "token_needed"),
        ({"QF_TELEGRAM__TOKEN": "hello"}, {}, "token_malformed"),
        ({}, {"chats": []}, "chats"),
        ({}, {"unknown": 1}, "unknown"),
        ({}, {"base_url": "file:///x"}, "base_url"),
    ],
)
def test_settings_that_are_wrong_are_refused_by_name(
    stage: Stage, environment: dict[str, str], changes: dict[str, object], named: str
) -> None:
    stage.configure(**changes)
    stage.start(**environment)
    assert stage.process is not None
    assert stage.process.wait(SECONDS_MAX) == 2
    assert named in stage.log.read_text(encoding="utf-8")
