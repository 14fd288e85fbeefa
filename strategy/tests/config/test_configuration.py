"""The configuration: the distributed file works, and every wrong one is refused by the name of its key."""

from pathlib import Path
from typing import Any

import pytest

from quantumflow.config import load_config, shown_config
from quantumflow.errors import ConfigRefused
from quantumflow.paths import PROJECT_ROOT

FILE = PROJECT_ROOT / "quantumflow.toml"


def refused(file: Path, environment: dict[str, str]) -> dict[str, str]:
    """The problems by key."""
    with pytest.raises(ConfigRefused) as caught:
        load_config(file, environment)
    return {problem.key: str(problem) for problem in caught.value.problems}


def edited(tmp_path: Path, before: str, after: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert before in text, before
    file = tmp_path / "quantumflow.toml"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return file


def test_the_distributed_file_is_accepted() -> None:
    config = load_config(FILE, {})
    assert config.venue.symbols == ("BTCUSDT", "ETHUSDT")
    assert config.account.deposit == "10000.00"


# An environment, the key that is named, and a word of what is said of it.
WRONG_ENVIRONMENTS: list[tuple[dict[str, str], str, str]] = [
    ({"QF_RISK__DRAWDOWN_MAX": "5"}, "QF_RISK__DRAWDOWN_MAX", "no such key below risk"),
    ({"QF_RSIK__DRAWDOWN_MAX_PPM": "5"}, "QF_RSIK__DRAWDOWN_MAX_PPM", "no such key below the top level"),
    ({"QF_RISK": "5"}, "QF_RISK", "is a section"),
    ({"QF_": "5"}, "QF_", "no such key"),
    ({"QF_RISK__DRAWDOWN_MAX_PPM__X": "5"}, "QF_RISK__DRAWDOWN_MAX_PPM__X", "not a section"),
    ({"QF_RISK__DRAWDOWN_MAX_PPM": "much"}, "QF_RISK__DRAWDOWN_MAX_PPM", "cannot be read"),
    ({"QF_RISK__DRAWDOWN_MAX_PPM": "-1"}, "risk.drawdown_max_ppm", "greater than or equal to 1"),
    ({"QF_RISK__DRAWDOWN_MAX_PPM": "1000000"}, "risk.drawdown_max_ppm", "less than 1000000"),
    ({"QF_RISK__DRAWDOWN_MAX_PPM": "1.5"}, "risk.drawdown_max_ppm", "whole number"),
    ({"QF_RISK__DRAWDOWN_MAX_PPM": "true"}, "risk.drawdown_max_ppm", "whole number"),
    ({"QF_ENGINE__MAX_BOOK_AGE_MS": "0"}, "engine.max_book_age_ms", "greater than or equal to 1"),
    ({"QF_ACCOUNT__DEPOSIT": "0"}, "account.deposit", "more than 0"),
    ({"QF_ACCOUNT__DEPOSIT": "-5"}, "account.deposit", "decimal"),
    ({"QF_ACCOUNT__DEPOSIT": "1e4"}, "account.deposit", "decimal"),
    ({"QF_ACCOUNT__DEPOSIT": "0.000000001"}, "account.deposit", "at most 8 places"),
    ({"QF_ACCOUNT__DEPOSIT": "100000000000"}, "account.deposit", "larger than"),
    ({"QF_ACCOUNT__ALLOW_SHORT": "1"}, "account.allow_short", "true or false"),
    ({"QF_BROKER__FILL_MODEL": "naive"}, "broker.fill_model", "must be 'model'"),
    ({"QF_VENUE__SYMBOLS": "btcusdt"}, "venue.symbols.0", "pattern"),
    ({"QF_VENUE__SYMBOLS": "BTCUSDT,BTCUSDT"}, "venue.symbols", "BTCUSDT twice"),
    ({"QF_VENUE__SYMBOLS": "[]"}, "venue.symbols", "at least 1"),
    ({"QF_VENUE__SYMBOLS": "BTCUSDT,SOLUSDT"}, "sim.prices.SOLUSDT", "missing"),
    ({"QF_VENUE__SYMBOLS": "BTCUSDT,SOLUSDT"}, "instruments.SOLUSDT", "missing"),
    ({"QF_VENUE__NAME": "binanec"}, "venue.name", "pattern"),
    ({"QF_VENUE__REST_URL": "ftp://x"}, "venue.rest_url", "pattern"),
    ({"QF_INSTRUMENTS__BTCUSDT__TICK": "0"}, "instruments.BTCUSDT.tick", "more than 0"),
    ({"QF_INSTRUMENTS__BTCUSDT__QTY_MIN": "0.000015"}, "instruments.BTCUSDT.qty_min", "multiple"),
    ({"QF_INSTRUMENTS__BTCUSDT__QTY_MAX": "0.00001", "QF_INSTRUMENTS__BTCUSDT__QTY_MIN": "1"},
     "instruments.BTCUSDT.qty_max", "not be below"),
    ({"QF_INSTRUMENTS__BTCUSDT__BASE": "ETH"}, "instruments.BTCUSDT.base", "the symbol"),
    ({"QF_SIM__PRICES__BTCUSDT": "60000.005"}, "sim.prices.BTCUSDT", "multiple of tick"),
    ({"QF_BOTS__IMBALANCE__STRATEGY": "magic"}, "bots.imbalance.strategy", "no such strategy"),
    ({"QF_BOTS__IMBALANCE__INSTRUMENTS": "SOLUSDT"}, "bots.imbalance.instruments", "venue.symbols"),
    ({"QF_BOTS__IMBALANCE__INSTRUMENTS": "*,BTCUSDT"}, "bots.imbalance.instruments", "alone"),
    ({"QF_BOTS__IMBALANCE__INSTRUMENTS": "BTCUSDT,BTCUSDT"}, "bots.imbalance.instruments", "twice"),
    ({"QF_BOTS__IMBALANCE__PARAMETERS__LUCK": "7"}, "bots.imbalance.parameters.luck", "unknown"),
    ({"QF_BOTS__IMBALANCE__CAPITAL": "20000.00"}, "bots.*.capital", "account.deposit"),
    ({"QF_RISK__ORDER_NOTIONAL_MAX": "3000.01"}, "risk.order_notional_max", "risk.position_instrument_max"),
    ({"QF_RISK__POSITION_BOT_MAX": "7000"}, "risk.position_bot_max", "risk.position_portfolio_max"),
    ({"QF_RISK__ORDERS_PER_SECOND_MAX": "61"}, "risk.orders_per_second_max", "risk.orders_per_minute_max"),
    ({"QF_MARKET_DATA__SESSION_HOURS": "5"}, "market_data.session_hours", "must divide 24"),
    ({"QF_RISK__CONCENTRATION_MAX_PPM": "1000001"}, "risk.concentration_max_ppm", "risk.leverage_max_ppm"),
    ({"QF_RISK__MARKET_WAIT_MS": "1000"}, "risk.market_wait_ms", "risk.answer_timeout_ms"),
    ({"QF_BROKER__LATENCY_US": "[5, 4, 5, 6, 7, 8, 9]"}, "broker.latency_us", "quantiles"),
    ({"QF_BROKER__LATENCY_US": "[1, 2, 3]"}, "broker.latency_us", "at least 7"),
    ({"QF_BROKER__ORDER_DEADLINE_MS": "150"}, "broker.latency_us", "order_deadline_ms"),
    ({"QF_PORTS__WEB": "9101"}, "ports.web", "market_data"),
    ({"QF_PORTS__BASE": "80"}, "ports.base", "greater than"),
    ({"QF_WEB__HOST": "192.0.2.1"}, "web.host", "QF_WEB__TOKEN"),
    ({"QF_WEB__TOKEN": "short"}, "web.token", "at least 32"),
    ({"QF_LOG__LEVEL": "loud"}, "log.level", "'debug'"),
]  # fmt: skip


@pytest.mark.parametrize(("environment", "key", "word"), WRONG_ENVIRONMENTS, ids=lambda value: str(value)[:60])
def test_a_wrong_setting_is_refused_by_its_key(environment: dict[str, str], key: str, word: str) -> None:
    problems = refused(FILE, environment)
    assert key in problems, problems
    assert word in problems[key]


# What stands in the file, what is put there, the key that is named.
WRONG_FILES = [
    ("seed = 7", "seed = 7\nsede = 8", "sim.sede"),
    ("[account]", "[acount]", "acount"),
    ("[account]", "[acount]", "account"),
    ("seed = 7", "", "sim.seed"),
    ("seed = 7", 'seed = "7"', "sim.seed"),
    ("seed = 7", "seed = nan", "sim.seed"),
    ('tick = "0.01"', "tick = 0.01", "instruments.BTCUSDT.tick"),
    ("[venue]", "[venue", "file"),
    ("[instruments.BTCUSDT]", "[instruments.btcusdt]", "instruments.btcusdt"),
    ("[web]", '[web]\ntoken = "0123456789012345678901234567890123456789"', "web.token"),
    ("[bots.imbalance.parameters]", '[bots."Bad Name"]\n[bots.imbalance.parameters]', "bots.Bad Name"),
]


@pytest.mark.parametrize(("before", "after", "key"), WRONG_FILES)
def test_a_wrong_file_is_refused_by_the_key(tmp_path: Path, before: str, after: str, key: str) -> None:
    assert key in refused(edited(tmp_path, before, after), {})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    problems = refused(tmp_path / "absent.toml", {})
    assert "No such file" in problems["file"]


def test_every_problem_is_told_at_once() -> None:
    problems = refused(FILE, {"QF_PORTS__BASE": "80", "QF_ACCOUNT__DEPOSIT": "0", "QF_NOTHING": "1"})
    assert set(problems) == {"ports.base", "account.deposit", "QF_NOTHING"}


RIGHT: list[tuple[dict[str, str], str, Any]] = [
    ({"QF_RISK__DRAWDOWN_MAX_PPM": "50000"}, "risk.drawdown_max_ppm", 50_000),
    ({"QF_VENUE__SYMBOLS": "ETHUSDT"}, "venue.symbols", ["ETHUSDT"]),
    ({"QF_VENUE__SYMBOLS": '["ETHUSDT"]'}, "venue.symbols", ["ETHUSDT"]),
    ({"QF_VENUE__NAME": "replay:a.gz,b.gz"}, "venue.name", "replay:a.gz,b.gz"),
    ({"QF_ACCOUNT__ALLOW_SHORT": "true"}, "account.allow_short", True),
    ({"QF_ACCOUNT__DEPOSIT": "20000"}, "account.deposit", "20000"),
    ({"QF_BOTS__IMBALANCE__CAPITAL": "1.5"}, "bots.imbalance.capital", "1.5"),
    ({"QF_INSTRUMENTS__BTCUSDT__NOTIONAL_MIN": "10"}, "instruments.BTCUSDT.notional_min", "10"),
    ({"QF_BROKER__LATENCY_US": "[1,2,3,4,5,6,7]"}, "broker.latency_us", [1, 2, 3, 4, 5, 6, 7]),
    ({"QF_BUILD": "x", "QF_DATA": "y", "QF_RISK_TOKEN": "z", "QF_CRASH_AT": "a:1"}, "sim.seed", 7),
    ({"PATH": "/bin", "NUMBA_DISABLE_JIT": "1"}, "sim.seed", 7),
]


@pytest.mark.parametrize(("environment", "path", "value"), RIGHT, ids=lambda value: str(value)[:60])
def test_the_environment_stands_over_the_file(environment: dict[str, str], path: str, value: object) -> None:
    shown: Any = shown_config(load_config(FILE, environment))
    for key in path.split("."):
        shown = shown[key]
    assert shown == value


def test_a_secret_is_never_shown() -> None:
    secret = "s3cret" * 8
    config = load_config(FILE, {"QF_WEB__TOKEN": secret, "QF_WEB__HOST": "192.0.2.1"})
    assert secret not in str(shown_config(config))
    assert secret not in repr(config)
    problems = refused(FILE, {"QF_WEB__TOKEN": "s3cret"})
    assert "s3cret" not in str(problems)


def test_telegram_needs_a_token_and_a_chat_and_the_token_is_never_shown() -> None:
    problems = refused(FILE, {"QF_TELEGRAM__ENABLED": "true"})
    assert "QF_TELEGRAM__TOKEN" in problems["telegram.token"]
    assert "numeric id" in problems["telegram.chats"]
    token = "7000001:CANARYcanaryCANARYcanary"  # noqa: S105 (a canary)
    given = {"QF_TELEGRAM__ENABLED": "true", "QF_TELEGRAM__TOKEN": token, "QF_TELEGRAM__CHATS": "[42, -100]"}
    config = load_config(FILE, given)
    assert config.telegram.chats == (42, -100)
    assert token not in str(shown_config(config))
    assert token not in str(refused(FILE, {**given, "QF_TELEGRAM__CHATS": "[42, 42]"}))
    wrong = refused(FILE, {**given, "QF_TELEGRAM__TOKEN": f"wrong-{token}"})
    assert list(wrong) == ["telegram.token"]
    assert "CANARY" not in str(wrong)


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("QF_UPKEEP__BACKUP_AT", "25:00", "upkeep.backup_at"),
        ("QF_UPKEEP__REPORT_AT", "noon", "upkeep.report_at"),
        ("QF_UPKEEP__HEARTBEAT_URL", "ftp://x", "upkeep.heartbeat_url"),
        ("QF_ALARMS__JOURNAL_STILL_SECONDS", "60", "alarms.journal_still_seconds"),
        ("QF_ALARMS__NO_LIVE_BOOK_SECONDS", "9", "alarms.no_live_book_seconds"),
        ("QF_ALARMS__CLOCK_JUMP_MS", "0", "alarms.clock_jump_ms"),
        ("QF_TELEGRAM__USERS", "[0]", "telegram.users.0"),
        ("QF_TELEGRAM__BASE_URL", "file:///x", "telegram.base_url"),
    ],
)
def test_what_looks_after_an_appliance_is_checked_by_its_key(name: str, value: str, key: str) -> None:
    assert key in refused(FILE, {name: value})


def test_a_job_that_is_never_due_is_no_job() -> None:
    assert load_config(FILE, {"QF_UPKEEP__BACKUP_AT": "never"}).upkeep.backup_at == "never"
