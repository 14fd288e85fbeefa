"""Naive, touch and model fills are three runs of the same events, and each says by which model it was filled."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import quantumflow as qf
from quantumflow.errors import ConfigRefused, ResearchRefused
from quantumflow.journal.reader import JournalReader
from quantumflow.paths import PROJECT_ROOT
from quantumflow.research.backtest import BacktestResult, FillComparison, compare
from quantumflow.research.backtest.compare import run_compared
from quantumflow.research.backtest.options import BacktestOptions
from quantumflow.research.backtest.run import Stop
from quantumflow.vocabulary import FillModel
from quantumflow.why import explain_fill
from quantumflow_reports.build import make_report
from quantumflow_reports.page import message_text, page_text
from quantumflow_reports.source import open_source
from research.made_capture import write_capture

pytest.importorskip("quantumflow_native", reason="built by `make research`")

DATA = Path(os.environ.get("QF_DATA", PROJECT_ROOT / "../shared/data"))
EAGER = {"confidence_min": 0.0, "cooldown_s": 1.0, "hold_s": 8.0, "repeat_s": 2.0, "capital_share": 0.1}
KINDS = ("naive", "touch")
CLI = (sys.executable, "-m", "quantumflow.cli", "backtest")


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_capture(tmp_path_factory.mktemp("capture") / "made", 170, gap_at=100)


@pytest.fixture(scope="module")
def compared(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> FillComparison:
    return qf.compare_fills(capture, (), EAGER, risk="fast", out=tmp_path_factory.mktemp("compared") / "out")


def told(result: BacktestResult, kind: str) -> list[dict[str, Any]]:
    """Payloads of a journal's events of one kind."""
    rows = result._rows(f"SELECT payload FROM events WHERE kind = '{kind}' ORDER BY seq")  # noqa: S608 (our own words)
    return [json.loads(row["payload"]) for row in rows]


def test_each_of_the_three_is_what_a_run_of_its_own_gives(
    compared: FillComparison, capture: Path, tmp_path: Path
) -> None:
    assert list(compared.results) == ["naive", "touch", "model"]
    own = qf.backtest(capture, (), EAGER, risk="fast", out=tmp_path / "own")
    assert own.digest == compared.model.digest
    naive = qf.backtest(capture, (), EAGER, risk="fast", fill_model="naive", out=tmp_path / "naive")
    assert naive.digest == compared.naive.digest
    assert len({row["journal_digest"] for row in compared.fill_models.values()}) == 3
    assert all(row["fills"] > 0 for row in compared.fill_models.values())


def test_the_record_and_every_fill_say_which_model_it_was(compared: FillComparison) -> None:
    for name, result in compared.results.items():
        (started,) = told(result, "session_started")
        assert started["broker"]["fill_model"] == FillModel[name.upper()]
        assert result.said["models"]["fill_model"] == name
        assert {fill.get("fill_model") for fill in told(result, "fill")} == {None if name == "model" else name}
        with JournalReader(result.journal) as journal:
            story = journal.fill(1)
        assert story is not None
        assert story.fill_model == name
        assert any(line.startswith(f"  KIND     filled by `{name}`") for line in explain_fill(story)) == (name in KINDS)


def test_kind_models_fill_whole_and_naive_pays_less_than_the_touch(compared: FillComparison) -> None:
    for name in KINDS:
        assert all(fill["order_remaining"] == 0 for fill in compared.results[name].fills)
    assert any(fill["qty"] > fill["displayed"] for fill in compared.naive.fills), "nothing is shown at mid"
    for fill in compared.naive.fills:
        assert fill["best_bid"] <= fill["price"] <= fill["best_ask"]
    for fill in compared.touch.fills:
        assert fill["price"] == (fill["best_ask"] if fill["side"] == "buy" else fill["best_bid"])


def test_the_result_is_the_models_and_tells_of_all_three(compared: FillComparison) -> None:
    whole = BacktestResult.load(compared.model.directory)
    assert whole.said["fill_models"] == compared.fill_models
    assert whole.said["fill_models_in_words"] == compared.words
    for name in KINDS:
        assert BacktestResult.load(whole.directory / "fill_models" / name).digest == compared.results[name].digest


def test_report_and_tearsheet_of_kind_fills_say_so(compared: FillComparison) -> None:
    for name, result in compared.results.items():
        numbers = make_report(open_source(result.journal), result.directory / "none").numbers
        said = f"KIND FILLS ({name})"
        for text in (page_text(numbers, None), message_text(numbers), qf.tearsheet(result).markdown):
            assert (said in text) == (name in KINDS)


def test_what_is_too_long_to_keep_is_read_again_with_the_same_result(
    compared: FillComparison, capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    open_tape = compare.open_tape
    monkeypatch.setattr(compare, "open_tape", lambda *asked: opened.append(asked) or open_tape(*asked))
    monkeypatch.setattr(compare, "KEPT_BYTES_MAX", 1)
    again = qf.compare_fills(capture, (), EAGER, risk="fast", out=tmp_path / "again")
    assert len(opened) == 3
    assert [row["journal_digest"] for row in again.fill_models.values()] == [
        row["journal_digest"] for row in compared.fill_models.values()
    ]


def test_core_risk_judges_each_of_the_three(capture: Path, tmp_path: Path) -> None:
    judged = qf.compare_fills(capture, (), EAGER, out=tmp_path / "judged")
    for result in judged.results.values():
        verdicts = told(result, "verdict")
        assert verdicts
        assert all(verdict["log_seq"] for verdict in verdicts)
        assert (result.directory / "core_risk.log").stat().st_size > 0


def test_the_command_without_numba_gives_the_same_three(
    compared: FillComparison, capture: Path, tmp_path: Path
) -> None:
    sets = [word for name, value in EAGER.items() for word in ("--set", f"{name}={value}")]
    ran = subprocess.run(
        [*CLI, str(capture), *sets, "--risk", "fast", "--compare-fills", "--out", str(tmp_path / "out"), "--json"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        check=True,
        text=True,
    )
    said = json.loads(ran.stdout.splitlines()[-1])
    same = ("fills", "orders", "fees_e8", "profit_e8", "slippage_e8", "journal_digest", "ended")
    assert {name: [row[key] for key in same] for name, row in said["fill_models"].items()} == {
        name: [row[key] for key in same] for name, row in compared.fill_models.items()
    }
    assert said["journal_digest"] == said["fill_models"]["model"]["journal_digest"]


def test_an_interrupted_comparison_has_the_models_result_and_compares_nothing(capture: Path, tmp_path: Path) -> None:
    cut = run_compared([capture], BacktestOptions(risk="fast", out=tmp_path / "cut"), Stop(asked=True))
    assert list(cut.results) == ["model"]
    assert cut.words == "interrupted: nothing to compare"
    assert BacktestResult.load(tmp_path / "cut").said["ended"] == "interrupted_by_user"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"fill_model": "kind"}, "known are model, naive, touch"),
        ({"fill_model": "naive", "queue": "front"}, "knows no queue"),
        ({"fill_model": "touch", "impact": "none"}, "no impact"),
    ],
)
def test_what_is_no_fill_model_or_has_no_queue_is_refused(
    asked: dict[str, str], told: str, capture: Path, tmp_path: Path
) -> None:
    with pytest.raises(ResearchRefused, match=told):
        qf.backtest(capture, risk="fast", out=tmp_path / "no", **asked)  # type: ignore[arg-type]  # names of models
    assert not (tmp_path / "no").exists()


def test_a_comparison_of_one_model_and_a_configured_one_are_refused(capture: Path, tmp_path: Path) -> None:
    with pytest.raises(ResearchRefused, match="has them all"):
        qf.compare_fills(capture, risk="fast", fill_model="naive", out=tmp_path / "no")
    kind = tmp_path / "kind.toml"
    own = (PROJECT_ROOT / "quantumflow.toml").read_text(encoding="utf-8")
    kind.write_text(own.replace("[broker]", '[broker]\nfill_model = "naive"'), encoding="utf-8")
    with pytest.raises(ConfigRefused, match=r"broker\.fill_model.*must be 'model'"):
        qf.compare_fills(capture, risk="fast", config=kind, out=tmp_path / "no")


def made(profit_e8: int | None, fills: int = 1, ended: str = "recording_ended") -> BacktestResult:
    """A result that made so much."""
    whole = {"fees_e8": 0, "slippage_e8": 0}
    measures = {"currency": "USDT", "profit_e8": profit_e8, "whole": whole}
    said = {"fills": fills, "orders": fills, "ended": ended, "journal_digest": "", "measures": measures}
    return BacktestResult(Path("nowhere"), said)


@pytest.mark.parametrize(
    ("naive", "touch", "model", "words"),
    [
        (
            made(12_345_678_900),
            made(4_000_000_000),
            made(-1_000_000_000),
            "of the naive profit of 123.46 USDT, 40.00 is left at the touch and nothing is left (-10.00) by the model",
        ),
        (
            made(100_000_000),
            made(100_000_000),
            made(200_000_000),
            "of the naive profit of 1.00 USDT, 1.00 is left at the touch and more than that, by other trades,"
            " 2.00 is left by the model",
        ),
        (
            made(-100_000_000),
            made(-200_000_000),
            made(-300_000_000),
            "not even naive fills make a profit: -1.00 USDT, at the touch -2.00, by the model -3.00",
        ),
        (made(0, 0), made(0, 0), made(0, 0), "no order was filled: nothing to compare"),
        (made(5), made(None), made(5), "an account was never marked: nothing to compare"),
        (made(5), made(5, ended="interrupted_by_user"), made(5), "interrupted: nothing to compare"),
    ],
)
def test_the_difference_is_said_in_words(
    naive: BacktestResult, touch: BacktestResult, model: BacktestResult, words: str
) -> None:
    assert FillComparison({"naive": naive, "touch": touch, "model": model}).words == words


def asked(fill: dict[str, Any]) -> tuple[Any, ...]:
    """Which decision a fill comes from."""
    return fill["client_id"], fill["decided_ns"], fill["side"]


def test_on_a_real_day_kinder_fills_cost_less(tmp_path: Path) -> None:
    real = DATA / "l2" / "spot_btcusdt_20240808.gz"
    if not real.is_file():
        pytest.skip(f"{real} is not there: set QF_DATA")
    three = qf.compare_fills(real, "imbalance", risk="fast", out=tmp_path / "real")
    paid = {name: {asked(fill): fill for fill in result.fills} for name, result in three.results.items()}
    same = [tuple(paid[name][key] for name in three.results) for key in paid["model"] if key in paid["naive"]]
    assert len(same) > 3, "orders that all three made at one moment, which so met one book"
    for naive, touch, own in same:
        worse = 1 if own["side"] == "buy" else -1
        assert worse * naive["price"] <= worse * touch["price"] <= worse * own["price"]
    assert any(naive["price"] != touch["price"] for naive, touch, _ in same)
    rows = three.fill_models
    assert rows["naive"]["orders"] == rows["touch"]["orders"]
    assert rows["naive"]["profit_e8"] > rows["touch"]["profit_e8"]
    assert rows["model"]["fills"] < rows["naive"]["fills"], "not every order found its price or its lots"
