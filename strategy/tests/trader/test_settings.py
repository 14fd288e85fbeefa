"""The trader's settings: read strictly, and an error that names the key."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantumflow.errors import SettingsRefused
from quantumflow.trader_settings import read_settings
from trader.stage import settings


def read(directory: Path, values: Any) -> Any:
    path = directory / "trader.json"
    path.write_text(json.dumps(values))
    return read_settings(path)


def test_settings_become_specs(tmp_path: Path) -> None:
    found = read(tmp_path, settings(tmp_path, metrics_listen="127.0.0.1:9103"))
    assert found.bots[0].name == "imbalance"
    assert found.bots[0].instruments == ("BTCUSDT",)
    assert found.broker.latency_us[-1] == 150_000
    assert found.engine.mark_interval_ns == 1_000_000_000
    assert found.risk_answer_seconds == 2.0
    assert found.metrics_listen == ("127.0.0.1", 9103)


def bot(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def change(values: dict[str, Any]) -> None:
        values["bots"][0].update(changes)

    return change


def top(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda values: values.update(changes)


def broker(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda values: values["broker"].update(changes)


BAD = [
    ("unknown_key", top(leverage=5), "leverage"),
    ("unknown_key_of_the_broker", broker(rebate=1), r"rebate.*broker"),
    ("fills_that_are_too_kind", broker(fill_model=1), r"fill_model.*broker"),
    ("missing_key", lambda values: values.pop("anchor"), "anchor"),
    ("text_for_money", top(deposit_e8="10000"), "deposit_e8"),
    ("no_money", top(deposit_e8=0), "deposit_e8"),
    ("more_money_than_integers_hold", top(deposit_e8=2**62), "deposit_e8"),
    ("a_float_of_money", top(deposit_e8=1e12), "deposit_e8"),
    ("a_negative_fee", broker(taker_fee_ppm=-1), "taker_fee_ppm"),
    ("latency_that_falls", broker(latency_us=[1, 2, 3, 2, 5, 6, 7]), "latency_us"),
    ("six_quantiles", broker(latency_us=[1, 2, 3, 4, 5, 6]), "latency_us"),
    ("no_bots", top(bots=[]), "bots"),
    ("a_bot_without_instruments", bot(instruments=[]), "instruments"),
    ("an_instrument_twice", bot(instruments=["BTCUSDT", "BTCUSDT"]), r"bots\[0\].instruments"),
    ("a_name_that_breaks_client_ids", bot(name="my-bot"), r"bots\[0\].name"),
    ("a_text_parameter", bot(parameters={"hold_s": "long"}), "parameters"),
    ("metrics_for_everyone", top(metrics_listen="0.0.0.0:9103"), "metrics_listen"),
    ("a_log_level_nobody_knows", top(log_level="chatty"), "log_level"),
    ("no_time_for_an_answer", top(risk_answer_timeout_ms=0), "risk_answer_timeout_ms"),
    ("a_socket_path_too_long", top(market_socket="/" + "x" * 110), "market_socket"),
]


@pytest.mark.parametrize(("change", "key"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_setting_is_refused_by_its_key(tmp_path: Path, change: Callable[[dict[str, Any]], Any], key: str) -> None:
    values = settings(tmp_path)
    change(values)
    with pytest.raises(SettingsRefused, match=key):
        read(tmp_path, values)


def test_two_bots_of_one_name_are_refused(tmp_path: Path) -> None:
    values = settings(tmp_path)
    values["bots"] *= 2
    with pytest.raises(SettingsRefused, match="stands twice"):
        read(tmp_path, values)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a":\x00}'])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "trader.json").write_text(text)
    with pytest.raises(SettingsRefused):
        read_settings(tmp_path / "trader.json")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="No such file"):
        read_settings(tmp_path / "trader.json")
