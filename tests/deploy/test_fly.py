"""fly.toml: only documented keys, and what the appliance needs of the machine it runs on."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deploy.fly_keys import KEYS, problems
from quantumflow.appliance.supervisor import STOP_SECONDS_MAX
from quantumflow.config import load_config

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def fly() -> dict[str, Any]:
    return tomllib.loads((ROOT / "fly.toml").read_text(encoding="utf-8"))


def test_every_key_is_documented_and_of_its_type(fly: dict[str, Any]) -> None:
    assert problems(fly, KEYS) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[http_service]\nauto_stop_machine = 'off'", "http_service.auto_stop_machine: not documented"),
        ("[[http_service.checks]]\nheader = 'x'", "http_service.checks[0].header: not documented"),
        ("kill_timeout = '60s'", "kill_timeout: '60s' is no int"),
        ("[restart]\npolicy = 'always'", "restart: not repeated, [[restart]]"),
    ],
)
def test_a_misspelt_key_is_found(text: str, problem: str) -> None:
    assert problems(tomllib.loads(text), KEYS) == [problem]


def test_one_machine_in_sao_paulo_that_is_never_stopped_and_always_restarted(fly: dict[str, Any]) -> None:
    service = fly["http_service"]
    assert fly["primary_region"] == "gru"
    assert (service["auto_stop_machines"], service["min_machines_running"]) == ("off", 1)
    assert fly["restart"] == [{"policy": "always"}]
    assert [(vm["size"], vm["memory"]) for vm in fly["vm"]] == [("shared-cpu-1x", "512mb")]


def test_the_check_asks_the_process_through_the_redirect_to_https(fly: dict[str, Any]) -> None:
    [check] = fly["http_service"]["checks"]
    assert (check["method"], check["path"]) == ("GET", "/healthz")
    assert check["headers"] == {"X-Forwarded-Proto": "https"}


def test_the_whole_stop_fits_twice_in_the_time_that_fly_gives(fly: dict[str, Any]) -> None:
    assert fly["kill_signal"] == "SIGTERM"
    assert 2 * STOP_SECONDS_MAX <= fly["kill_timeout"] <= 300


def test_its_environment_is_a_configuration_that_stands_and_names_its_venue(fly: dict[str, Any]) -> None:
    image = {"QF_WEB__HOST": "0.0.0.0", "QF_WEB__TOKEN": "t" * 32}  # noqa: S104 (as the image has it)
    config = load_config(ROOT / "quantumflow.toml", {**image, **fly["env"]})
    assert config.venue.name == "binance"
    assert config.web.proxy == "fly"
    assert fly["http_service"]["internal_port"] == config.ports.web
    assert fly["mounts"]["destination"] == "/data"
    room = int(fly["mounts"]["initial_size"].removesuffix("gb")) * 10**9
    assert config.market_data.record_max_bytes < room / 2, "the journal and its backups need the rest"


def test_no_secret_stands_in_it_and_the_base_is_pinned(fly: dict[str, Any]) -> None:
    assert not [name for name in fly["env"] if re.search(r"TOKEN|SECRET|KEY|PASSWORD", name)]
    assert re.fullmatch(r"debian:bookworm-slim@sha256:[0-9a-f]{64}", fly["build"]["args"]["BASE"])
