"""A canary for a token: whatever fails, it stands in no log, no status, no outbox, no message, no command line."""

from pathlib import Path

import pytest

from quantumflow.redaction import MASK, Redactor
from telegram_bot.fake_bot_api import TOKEN, conflict, too_many
from telegram_bot.stage import OWNER, Stage, until

SECRET = TOKEN.partition(":")[2]
ECHO = {"ok": False, "description": f"error at https://api.telegram.org/bot{TOKEN}/sendMessage"}


def test_the_token_is_found_nowhere_after_every_failure(stage: Stage, tmp_path: Path) -> None:
    stage.begun()
    stage.api.script["sendMessage"].extend(["shut", "garbage", (500, ECHO), (400, ECHO), too_many(1)])
    stage.api.script["getUpdates"].extend([conflict(), (500, ECHO), "shut", "garbage"])
    stage.halt("daily_loss")
    until(stage.api.texts)
    stage.api.write(f"/why {TOKEN}", OWNER)
    until(lambda: len(stage.api.texts()) == 2)
    assert stage.process is not None
    assert SECRET not in Path(f"/proc/{stage.process.pid}/cmdline").read_bytes().decode()
    stage.api.script["getUpdates"].append((401, ECHO | {"error_code": 401}))
    until(lambda: "token_refused" in str(stage.status().get("problem")))
    stage.stop()
    holders = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert holders == []
    assert MASK in stage.log.read_text(encoding="utf-8"), "an address was logged, and masked"


def test_an_error_of_ours_ends_the_program_with_a_redacted_trace(stage: Stage, tmp_path: Path) -> None:
    """The outbox cannot be written: supervisord starts it again, and what was not told is told then."""
    stage.begun()
    folder = stage.data / "telegram"
    (folder / "outbox.json.new").mkdir()
    stage.halt("daily_loss")
    assert stage.process is not None
    assert stage.process.wait(60) != 0
    log = stage.log.read_text(encoding="utf-8")
    assert "Traceback" in log
    assert SECRET not in log
    (folder / "outbox.json.new").rmdir()
    stage.start()
    until(stage.api.texts)


@pytest.mark.parametrize(
    "text",
    [
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        "POST /bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage",
        "bot123456%3AAAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    ],
)
def test_everything_of_a_tokens_shape_is_masked(text: str) -> None:
    masked = Redactor()(text)
    assert MASK in masked
    assert "AAHdq" not in masked
    assert SECRET not in masked


def test_ordinary_text_is_left_as_it_is() -> None:
    text = "2026-11-25 18:00:00 BTCUSDT at 61829.81, http://127.0.0.1:9100/x, 17:00 to 18:00"
    assert Redactor(["s3cret-value"])(text) == text
    assert Redactor(["s3cret-value"])("a s3cret-value b") == f"a {MASK} b"
