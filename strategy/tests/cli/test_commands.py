"""The commands as a person or a script meets them: words, JSON, exit status."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from journal.sample import lived
from journal.test_recovery import changed

from quantumflow.appliance.data_dir import DataDir
from quantumflow.cli import main
from quantumflow.doctor import Finding, Level, diagnose
from quantumflow.exits import ExitCode

Told = tuple[int, str, str]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs one command; exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    for name in ("QF_BUILD", "QF_DATA", "QF_PORTS__BASE", "QF_PORTS__WEB"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["quantumflow", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        out = capsys.readouterr()
        return int(caught.value.code or 0), out.out, out.err

    return run


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A stopped appliance's directory: three round trips and an order that was refused."""
    directory = tmp_path / "account"
    directory.mkdir()
    (directory / "appliance.json").write_text('{"venue": "replay", "started": "x"}', encoding="utf-8")
    life = lived(directory)
    order = life.order("buy", 9)
    life.verdict(order, 0, "refuse", "order_size")
    life.commit(life.ended(order, "refused", "order_size"))
    life.writer.close()
    return directory


def test_status_of_a_stopped_appliance_shows_the_journals_figures(tell: Any, account: Path) -> None:
    code, out, _ = tell("status", "--data-dir", account, "--json")
    shown = json.loads(out)
    assert code == 0
    assert shown["why_not_trading"] == "not_running"
    assert (shown["fills"], shown["orders"], shown["refused"]) == (6, 7, 1)
    assert shown["venue"] == "replay"
    assert shown["equity"] == shown["cash"]
    code, out, _ = tell("status", "--data-dir", account)
    assert code == 0
    assert "not trading: not_running" in out
    assert "6 fills" in out


def test_status_before_the_first_session_is_no_error(tell: Any, tmp_path: Path) -> None:
    directory = tmp_path / "fresh"
    directory.mkdir()
    code, out, _ = tell("status", "--data-dir", directory, "--json")
    assert code == 0
    assert json.loads(out)["journal"] == "none yet"


def test_why_without_an_id_is_the_last_fill_and_why_nothing_trades(tell: Any, account: Path) -> None:
    code, out, _ = tell("why", "--data-dir", account)
    assert code == 0
    assert out.startswith("fill 6: imbalance sold")
    assert "not trading: not_running" in out
    assert "order_size: 0.00000001, at most 0.00000002" in out


def test_why_shows_the_evidence_as_json(tell: Any, account: Path) -> None:
    code, out, _ = tell("why", "1", "--data-dir", account, "--json")
    story = json.loads(out)
    assert code == 0
    assert story["fill"]["fill"] == 1
    assert story["verdict"]["verdict"] == "approve"
    assert story["signal"]["signal"] == 1
    assert story["why_not_trading"] == "not_running"


@pytest.mark.parametrize(
    ("what", "first"),
    [
        ("imbalance-00000007", "order imbalance-00000007"),
        ("order-imbalance-00000007", "order imbalance-00000007"),
        ("signal-7", "signal 7"),
        ("fill-2", "fill 2"),
    ],
)
def test_why_explains_orders_and_signals_too(tell: Any, account: Path, what: str, first: str) -> None:
    code, out, _ = tell("why", what, "--data-dir", account)
    assert code == 0
    assert out.startswith(first)


def test_why_an_order_was_refused(tell: Any, account: Path) -> None:
    _, out, _ = tell("why", "imbalance-00000007", "--data-dir", account)
    assert "verdict  refuse: order_size" in out


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("why", "99", "--data-dir", "account"), ExitCode.NOT_FOUND, "no_such_fill"),
        (("why", "nobody-1", "--data-dir", "account"), ExitCode.NOT_FOUND, "no_such_order"),
        (("why", "signal-99", "--data-dir", "account"), ExitCode.NOT_FOUND, "no_such_signal"),
        (("why", "--data-dir", "nowhere"), ExitCode.NOT_FOUND, "no_data_dir"),
        (("status", "--data-dir", "nowhere"), ExitCode.NOT_FOUND, "no_data_dir"),
        (("status",), ExitCode.NOT_FOUND, "no_data_dir"),
        (("config", "check", "--config", "nowhere.toml"), ExitCode.USAGE, "config_refused"),
        (("up", "--venue", "mars"), ExitCode.USAGE, "config_refused"),
        (("import", "nowhere.gz"), ExitCode.USAGE, "import_unreadable"),
    ],
)
def test_a_refusal_has_a_name_and_an_exit_status(
    tell: Any, account: Path, arguments: tuple[str, ...], code: ExitCode, word: str
) -> None:
    told, out, err = tell(*arguments)
    assert (told, out) == (code, "")
    assert word in err
    told, out, err = tell(*arguments, "--json")
    assert told == code
    assert json.loads(out)["error"] == word


@pytest.mark.parametrize("flags", [("--speeed", "1"), ("--for", "0"), ("--for", "x")])
def test_a_wrong_flag_is_refused_by_its_name(tell: Any, flags: tuple[str, ...]) -> None:
    code, _, err = tell("up", *flags)
    assert code == ExitCode.USAGE
    assert flags[0] in err


def test_config_check_names_every_wrong_key(tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QF_RISK__MARKET_WAIT_MS", "0")
    monkeypatch.setenv("QF_LUCK", "7")
    code, out, _ = tell("config", "check", "--json")
    assert code == ExitCode.USAGE
    assert {problem["key"] for problem in json.loads(out)["problems"]} == {"risk.market_wait_ms", "QF_LUCK"}


def test_config_show_masks_the_token(tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QF_WEB__TOKEN", "s3cret" * 8)
    for flags in ((), ("--json",)):
        code, out, _ = tell("config", "show", *flags)
        assert code == 0
        assert "s3cret" not in out
        assert "****" in out


@pytest.mark.parametrize("command", ["up", "status", "why", "doctor", "import", "config check", "config show"])
def test_every_command_has_help_with_an_example(tell: Any, command: str) -> None:
    code, out, _ = tell(*command.split(), "--help")
    assert code == 0
    assert "Example:" in out
    assert "--json" in out


def test_doctor_names_each_check_with_a_remedy_where_one_is_needed(tmp_path: Path) -> None:
    findings = list(diagnose(DataDir(tmp_path), None, {}, probe=lambda _url, _ms: "no network in a test"))
    checks = {finding.check for finding in findings}
    assert {"python", "sqlite", "clock", "data directory", "disk", "kernels", "configuration", "ports"} <= checks
    assert all(finding.remedy for finding in findings if finding.level is not Level.OK)
    venue = next(finding for finding in findings if finding.check == "venue")
    assert venue.level is Level.WARN
    assert "auto will simulate" in venue.found


def test_doctor_fails_on_a_wrong_configuration(tmp_path: Path) -> None:
    findings = list(diagnose(DataDir(tmp_path), None, {"QF_LUCK": "7"}, probe=lambda _url, _ms: None))
    assert findings[-1].check == "configuration"
    assert findings[-1].level is Level.FAIL
    assert "QF_LUCK" in findings[-1].found


def test_doctor_deep_names_the_first_bad_event(tmp_path: Path) -> None:
    directory = DataDir(tmp_path)

    def journal() -> Finding:
        findings = diagnose(directory, None, {}, probe=lambda _url, _ms: None, deep=True)
        return next(finding for finding in findings if finding.check == "journal")

    assert journal() == Finding("journal", Level.OK, "none yet")
    lived(tmp_path, trips=2).writer.close()
    assert "every one of 22 events fits" in journal().found
    changed(directory.journal, "UPDATE events SET recorded_ns = 1 WHERE seq IN (6, 9)")
    assert journal().level is Level.FAIL
    assert "chain_broken" in journal().found
    assert "event 6 is not what was written" in journal().found
    assert "`quantumflow restore`" in journal().remedy


def line(recv_ns: int, value: object) -> str:
    return f"{recv_ns} {json.dumps(value)}\n"


def update(first: int, last: int, **more: object) -> dict[str, object]:
    return {"stream": "btcusdt@depth@100ms", "data": {"e": "depthUpdate", "U": first, "u": last, **more}}


NS = 1_723_161_253_937_085_768


def test_import_checks_counts_and_copies(tell: Any, tmp_path: Path) -> None:
    text = line(NS, update(1, 5)) + "\n" + line(NS + 1, {"lastUpdateId": 3, "bids": [], "asks": []})
    text += line(NS + 2, update(6, 9)) + line(NS + 3, update(11, 12))
    source = tmp_path / "capture.gz"
    source.write_bytes(gzip.compress(text.encode()))
    code, out, _ = tell("import", source, "--data-dir", tmp_path / "d", "--json")
    assert code == 0
    (found,) = json.loads(out)["imports"]
    assert Path(found["imported"]).read_bytes() == source.read_bytes()
    report = found["report"]
    assert report["symbols"] == ["BTCUSDT"]
    assert report["messages"] == {"BTCUSDT@depth@100ms": 3}
    assert (report["lines"], report["snapshots"], report["gaps"]) == (4, 1, {"BTCUSDT": 1})
    assert (report["first_ns"], report["last_ns"]) == (NS, NS + 3)
    code, _, err = tell("import", source, "--data-dir", tmp_path / "d")
    assert code == ExitCode.USAGE
    assert "import_exists" in err


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (line(NS, update(1, 5)) + "x {}\n", "bad_line: capture.txt:2"),
        (line(NS, update(1, 5)) + f"{NS} {{\n", "bad_line: capture.txt:2"),
        (f"{NS} []\n", "bad_line: capture.txt:1"),
        (line(NS // 1000, update(1, 5)), "nanoseconds"),
        (line(NS, {"hello": 1}), "bad_line: capture.txt:1"),
        (line(NS, update(1, 5, pu=0)), "futures_capture: capture.txt:1"),
        (line(NS, {"stream": "btcusdt@depth@100ms", "data": {"e": "depthUpdate"}}), "bad_line: capture.txt:1"),
        ("\n\n", "not_a_capture"),
    ],
)
def test_import_refuses_what_a_replay_could_not_use(tell: Any, tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "capture.txt").write_text(text, encoding="utf-8")
    code, _, err = tell("import", "capture.txt", "--data-dir", tmp_path / "d")
    assert code == ExitCode.USAGE
    assert word in err
    assert not (tmp_path / "d" / "imports" / "capture.txt").exists()


def test_the_trader_and_web_load_nothing_of_the_commands() -> None:
    script = (
        "import sys, quantumflow.cli; print([m for m in ('typer', 'rich', 'numba', 'fastapi') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert out.stdout.strip() == "[]"
