"""What `up` decides before and while it runs, as tables."""

import gzip
from pathlib import Path

import pytest

from quantumflow.appliance.captures import capture_symbols, holds_simulated
from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.happenings import Happened, ProgramEvent, parse_line
from quantumflow.appliance.ports import choose_ports
from quantumflow.appliance.programs import Programs, require_one_build
from quantumflow.appliance.resolve import Ports, Start, configured_ports, resolve
from quantumflow.appliance.status_files import AGE_MAX_NS, read_status
from quantumflow.appliance.venue import VenueChoice, choose_venue, parse_speed
from quantumflow.appliance.watch import RESTARTS_MAX, TRADER_END_SECONDS_MAX, Watch
from quantumflow.config import load_config
from quantumflow.errors import ApplianceRefused
from quantumflow.paths import PROJECT_ROOT

PORTS = Ports(market_data=1, core_risk=2, trader=3, exchange_sim=4, web=5)


@pytest.mark.parametrize(
    ("asked", "probe", "venue"),
    [
        ("auto", None, "binance"),
        ("auto", "it answers with HTTP 451", "sim"),
        ("binance", "not asked", "binance"),
        ("sim", "not asked", "sim"),
    ],
)
def test_only_auto_falls_back(asked: str, probe: str | None, venue: str) -> None:
    choice = choose_venue(asked, "https://x", 1, lambda _url, _ms: probe)
    assert choice.name == venue
    assert (choice.why is not None) == (asked == "auto")


@pytest.mark.parametrize(
    ("venue", "name"),
    [
        ("replay:", "replay_files"),
        ("replay:/nowhere/x.gz", "replay_file_unreadable"),
        (f"replay:{__file__},{__file__}", "replay_file_twice"),
        ("mars", "unknown_venue"),
    ],
)
def test_a_venue_that_cannot_be_is_refused_by_name(venue: str, name: str) -> None:
    with pytest.raises(ApplianceRefused) as caught:
        choose_venue(venue, "https://x", 1)
    assert caught.value.name == name


@pytest.mark.parametrize(("text", "speed"), [(None, 0.0), ("max", 0.0), ("1", 1.0), ("2.5", 2.5)])
def test_a_replays_speed(text: str | None, speed: float) -> None:
    assert parse_speed(text, "replay") == speed


@pytest.mark.parametrize(("text", "venue"), [("0", "replay"), ("-1", "replay"), ("nan", "replay"), ("1", "sim")])
def test_a_speed_that_makes_no_sense_is_refused(text: str, venue: str) -> None:
    with pytest.raises(ApplianceRefused):
        parse_speed(text, venue)


def test_symbols_come_from_the_capture_even_if_its_end_is_torn(tmp_path: Path) -> None:
    lines = "".join(f'{10**18 + k} {{"stream":"solusdt@trade","data":{{"k":"{k * k}"}}}}\n' for k in range(2000))
    torn = tmp_path / "sol.gz"
    torn.write_bytes(gzip.compress(lines.encode())[:-500])
    plain = tmp_path / "plain.txt"
    plain.write_text('1 {"stream":"btcusdt@depth@100ms"}\n\n2 {"stream":"ethusdt@trade"}\n', encoding="utf-8")
    assert capture_symbols([torn, plain]) == ("SOLUSDT", "BTCUSDT", "ETHUSDT")


def test_a_recording_names_its_symbols(tmp_path: Path) -> None:
    manifest = '{"simulated": true, "instruments": [{"symbol": "BTCUSDT"}]}'
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    assert capture_symbols([tmp_path]) == ("BTCUSDT",)
    assert holds_simulated([tmp_path])
    assert not holds_simulated([tmp_path / "manifest.json"])


@pytest.mark.parametrize(("content", "name"), [("hello\n", "not_a_capture"), ("", "not_a_capture")])
def test_what_is_no_capture_is_refused(tmp_path: Path, content: str, name: str) -> None:
    file = tmp_path / "x"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ApplianceRefused) as caught:
        capture_symbols([file])
    assert caught.value.name == name


def start(venue: str, symbols: tuple[str, ...] = ("BTCUSDT",), speed: float = 0.0) -> Start:
    return Start(VenueChoice(venue, (Path("/a.gz"),) if venue == "replay" else ()), symbols, speed, PORTS)


def test_a_replay_waits_for_both_readers_and_for_late_answers(tmp_path: Path) -> None:
    documents = resolve(load_config(PROJECT_ROOT / "quantumflow.toml", {}), start("replay"), DataDir(tmp_path))
    assert documents["market_data"]["replay"] == {"files": ["/a.gz"], "speed": 0.0, "wait_readers": 2}
    assert documents["market_data"]["record"]["directory"] == str(tmp_path / "recordings")
    assert documents["core_risk"]["market_wait_ms"] == 30_000
    assert documents["trader"]["risk_answer_timeout_ms"] > documents["core_risk"]["market_wait_ms"]
    assert "exchange_sim" not in documents


def test_a_simulated_market_is_this_machines_own(tmp_path: Path) -> None:
    config = load_config(PROJECT_ROOT / "quantumflow.toml", {})
    documents = resolve(config, start("sim", config.venue.symbols), DataDir(tmp_path))
    venue = documents["market_data"]["venue"]
    assert venue == {
        "name": "sim",
        "simulated": True,
        "rest_url": "http://127.0.0.1:4",
        "ws_url": "ws://127.0.0.1:4",
    }
    assert documents["market_data"]["instruments"] == {}, "its filters are asked for like an exchange's"
    symbols = documents["exchange_sim"]["market"]["generator"]["symbols"]
    assert symbols["BTCUSDT"]["price"] == "60000.00"
    assert documents["core_risk"]["limits"]["order_notional_max_e8"] == 200_000_000_000
    assert documents["trader"]["bots"][0]["instruments"] == ["BTCUSDT", "ETHUSDT"]


def test_a_capture_of_other_symbols_is_traded_by_bots_that_trade_everything(tmp_path: Path) -> None:
    config = load_config(PROJECT_ROOT / "quantumflow.toml", {})
    documents = resolve(config, start("replay", ("SOLUSDT",)), DataDir(tmp_path))
    assert documents["market_data"]["symbols"] == ["SOLUSDT"]
    assert documents["market_data"]["instruments"] == {}
    assert documents["trader"]["bots"][0]["instruments"] == ["SOLUSDT"]


def test_a_capture_that_no_bot_trades_is_refused(tmp_path: Path) -> None:
    config = load_config(PROJECT_ROOT / "quantumflow.toml", {"QF_BOTS__IMBALANCE__INSTRUMENTS": "BTCUSDT"})
    with pytest.raises(ApplianceRefused) as caught:
        resolve(config, start("replay", ("SOLUSDT",)), DataDir(tmp_path))
    assert caught.value.name == "no_bot_for_symbols"


def test_a_live_appliance_needs_its_ports_and_a_replay_takes_others() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        wanted = {"market_data", "web"}
        free = configured_ports(load_config(PROJECT_ROOT / "quantumflow.toml", {}))
        ports = Ports(port, free.core_risk, free.trader, free.exchange_sim, free.web)
        with pytest.raises(ApplianceRefused, match=str(port)):
            choose_ports(ports, wanted, replay=False)
        assert choose_ports(ports, wanted, replay=True).market_data != port


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("2026-01-01 00:00:00,000 INFO spawned: 'trader' with pid 12", (Happened.SPAWNED, "trader", 12, None)),
        ("x INFO success: trader entered RUNNING state, process has", (Happened.RUNNING, "trader", None, None)),
        ("x WARN exited: trader (exit status 2; not expected)", (Happened.EXITED, "trader", None, 2)),
        ("x INFO exited: market_data (exit status 0; expected)", (Happened.EXITED, "market_data", None, 0)),
        ("x WARN exited: web (terminated by SIGKILL; not expected)", (Happened.EXITED, "web", None, None)),
        (
            "x WARN exited: web (terminated by SIGSEGV (core dumped); not expected)",
            (Happened.EXITED, "web", None, None),
        ),
        ("x WARN stopped: web (terminated by SIGTERM)", (Happened.STOPPED, "web", None, None)),
        ("x INFO stopped: web (exit status 0)", (Happened.STOPPED, "web", None, 0)),
        ("x INFO gave up: web entered FATAL state, too many", (Happened.GAVE_UP, "web", None, None)),
    ],
)
def test_supervisords_lines_are_read(line: str, event: tuple[Happened, str, int | None, int | None]) -> None:
    found = parse_line(line)
    assert found is not None
    assert (found.happened, found.program, found.pid, found.status) == event


@pytest.mark.parametrize("line", ["x INFO waiting for trader to die", "x CRIT Supervisor is running as root", ""])
def test_other_lines_are_no_events(line: str) -> None:
    assert parse_line(line) is None


def ended(program: str, status: int | None = 0) -> ProgramEvent:
    return ProgramEvent(Happened.EXITED, program, status=status, how="x")


def test_a_crash_loop_ends_a_live_run_and_rare_crashes_do_not() -> None:
    loop = Watch(replay=False)
    for k in range(RESTARTS_MAX + 1):
        assert loop.failure is None
        loop.on_event(ended("trader", None), float(k))
    assert loop.failure is not None
    assert loop.failure.program == "trader"
    rare = Watch(replay=False)
    for k in range(100):
        rare.on_event(ended("trader", None), k * 100.0)
    assert rare.failure is None


def test_a_trader_that_never_ends_after_the_recording_fails_the_replay() -> None:
    watch = Watch(replay=True)
    watch.on_event(ended("market_data"), 0.0)
    watch.on_time(TRADER_END_SECONDS_MAX)
    assert watch.failure is None
    watch.on_time(TRADER_END_SECONDS_MAX + 1)
    assert watch.failure is not None


@pytest.mark.parametrize(
    ("content", "age_ns", "believed"),
    [
        ('{"written_ns": 100, "final": false}', 0, True),
        ('{"written_ns": 100, "final": false}', AGE_MAX_NS + 1, False),
        ('{"written_ns": 100, "final": true}', AGE_MAX_NS + 1, True),
        ('{"written_ns": 100, "fin', 0, False),
        ("[]", 0, False),
        (None, 0, False),
    ],
)
def test_an_old_status_is_not_believed(tmp_path: Path, content: str | None, age_ns: int, believed: bool) -> None:
    file = tmp_path / "status.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert read_status(file, 100 + age_ns).believed is believed


@pytest.mark.parametrize(("said", "accepted"), [("b1", True), ("market_data b1", True), ("b2", False), ("", False)])
def test_programs_of_another_build_never_start_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, accepted: bool
) -> None:
    monkeypatch.setenv("QF_BUILD", "b1")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho {said}\n", encoding="utf-8")
    program.chmod(0o700)
    good = ("/bin/sh", "-c", "echo b1")
    programs = Programs(good, (str(program),), good, good, good, good, good)
    if accepted:
        require_one_build(programs)
    else:
        with pytest.raises(ApplianceRefused, match="market_data is"):
            require_one_build(programs)
