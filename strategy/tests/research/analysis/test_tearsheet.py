"""The tearsheet as a reader meets it: every kind of journal, the page's bytes, the command."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import empyrical
import numpy as np
import pytest
from report.lives import DAY, MINUTE, MONDAY, Life, year

from quantumflow.errors import ApplianceRefused
from quantumflow.research.analysis.benchmark import Benchmark
from quantumflow.research.analysis.content import sections_of, title_of
from quantumflow.research.analysis.render import html_page
from quantumflow.research.analysis.tearsheet import Tearsheet, tearsheet
from research.in_process import Done, quantumflow

FEW = {"draws": 100}


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety days of trades of two bots."""
    return year(tmp_path_factory.mktemp("quarter"), days=90, trips_a_day=4).close()


@pytest.fixture(scope="module")
def told(quarter: Path) -> Tearsheet:
    return tearsheet(quarter, **FEW)


def nothing(directory: Path) -> Path:
    return Life(directory).close()


def deposit_alone(directory: Path) -> Path:
    return Life(directory).begin().end().close()


def one_trade(directory: Path) -> Path:
    life = Life(directory).begin(simulated=True)
    life.trade("buy", 1_000, 6_000_000, 5_999_997, 5_999_999)
    return life.close()


def one_trip(directory: Path) -> Path:
    life = Life(directory).begin()
    life.round_trip(6_000_000, 6_050_000)
    life.equity(life.books.cash)
    return life.close()


def constant(directory: Path) -> Path:
    """Forty days, each of which ends with what it began with."""
    life = Life(directory).begin()
    for _ in range(40):
        life.wait(DAY).equity(life.books.cash)
    return life.close()


@pytest.mark.parametrize("make", [nothing, deposit_alone, one_trade, one_trip, constant])
def test_a_poor_history_says_what_is_missing_and_never_nan(make: Any, tmp_path: Path) -> None:
    sheet = tearsheet(make(tmp_path), **FEW)
    texts = [sheet.markdown, json.dumps(sheet.as_json(), allow_nan=False)]
    if make in (nothing, one_trade):
        texts.append(sheet.html)
    for text in texts:
        assert not re.search(r"\b(nan|NaN|inf|Infinity|None)\b", re.sub(r"base64,[^\"]*", "", text))
    assert "not enough data" in texts[0].lower()


def test_the_page_s_ratios_are_the_library_s(told: Tearsheet) -> None:
    sheet = told.sheet
    returns = np.array(sheet.returns)
    assert sheet.period.word == "day"
    assert len(returns) == 90
    for name, theirs in (
        ("sharpe", empyrical.sharpe_ratio(returns, annualization=365)),
        ("sortino", empyrical.sortino_ratio(returns, annualization=365)),
        ("calmar", empyrical.calmar_ratio(returns, annualization=365)),
        ("growth_a_year", empyrical.annual_return(returns, annualization=365)),
        ("deepest_fall_of_closes", -empyrical.max_drawdown(returns)),
    ):
        assert sheet.ratios[name].value == pytest.approx(theirs, rel=1e-9), name
    windows = np.lib.stride_tricks.sliding_window_view(returns, 30)
    rolled = windows.mean(axis=1) / windows.std(axis=1, ddof=1)
    assert [point.value for point in sheet.rolling_sharpe] == pytest.approx(rolled.tolist())


def test_the_same_events_and_choices_give_the_same_bytes(quarter: Path, told: Tearsheet) -> None:
    assert tearsheet(quarter, **FEW).html == told.html
    assert tearsheet(quarter, seed=2, **FEW).markdown != told.markdown


def test_the_page_needs_nothing_beside_it(told: Tearsheet) -> None:
    page = told.html
    assert page.startswith("<!DOCTYPE html>")
    assert "prefers-color-scheme: dark" in page
    for address in re.findall(r"(?:src|srcset|href|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", page):
        assert address.startswith("data:image/svg+xml;base64,")
    assert page.count("<picture>") == 6
    assert "<script" not in page


def test_a_notebook_shows_the_same_without_a_document_around_it(told: Tearsheet) -> None:
    assert told._repr_html_() in told.html
    assert "<html" not in told._repr_html_()


def test_names_that_came_with_the_data_cannot_leave_their_cell(tmp_path: Path) -> None:
    life = Life(tmp_path, bots=("<b>|[x](y)",)).begin(venue="<script>")
    life.round_trip(6_000_000, 6_050_000)
    sheet = tearsheet(life.close(), **FEW)
    page = html_page(title_of(sheet.sheet), None, sections_of(sheet.sheet), {})
    assert "<b>" not in page
    assert "<script" not in page
    assert "[x]" not in sheet.markdown


def test_a_generated_market_is_marked(tmp_path: Path) -> None:
    sheet = tearsheet(one_trade(tmp_path), **FEW)
    assert "SIMULATED" in sheet.markdown.splitlines()[0]
    assert '<div class="mark">SIMULATED</div>' in html_page(("", ""), sheet.sheet.numbers.simulated.stamp, [], {})


def test_a_benchmark_and_trials_are_shown(quarter: Path) -> None:
    levels = Benchmark("BTC", MONDAY + np.arange(100) * DAY, np.linspace(100.0, 130.0, 100))
    sheet = tearsheet(quarter, benchmark=levels, trials=50, **FEW)
    assert "## Against BTC" in sheet.markdown
    assert "after 50 trials (deflated)" in sheet.markdown
    assert sheet.sheet.against is not None
    assert sheet.sheet.against.periods == 89


def test_a_result_names_its_directory(quarter: Path, told: Tearsheet) -> None:
    class Result:
        directory = quarter.parent

    assert tearsheet(Result(), **FEW).markdown == told.markdown


@pytest.mark.parametrize(
    ("choices", "name"),
    [({"period": "week"}, "period"), ({"window": 1}, "window"), ({"trials": 0}, "trials"), ({"share": 0.9}, "share")],
)
def test_a_choice_that_is_none_is_refused(quarter: Path, choices: dict[str, Any], name: str) -> None:
    with pytest.raises(ApplianceRefused, match=name):
        tearsheet(quarter, **choices)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    return lambda *arguments: quantumflow(monkeypatch, capsys, "tearsheet", *arguments)


def test_the_command_writes_pages_and_says_so(quarter: Path, tmp_path: Path, run: Callable[..., Done]) -> None:
    page, text, labels = tmp_path / "sheet.html", tmp_path / "sheet.md", tmp_path / "regimes.csv"
    labels.write_text(f"{MONDAY},calm\n2026-04-01T00:00:00Z,storm\n")
    done = run(quarter.parent, "--html", page, "--md", text, "--draws", 100, "--regimes", labels, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["written"] == [str(page), str(text)]
    assert set(told["analysis"]["attribution"]["regime"]["parts"]) == {"calm", "storm"}
    assert text.read_text().startswith("# Tearsheet")
    assert page.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("nowhere",), 6, "no_journal"),
        (("JOURNAL", "--period", "week"), 2, "choice_refused"),
        (("JOURNAL", "--html", "nowhere/sheet.html", "--draws", "100"), 2, "not_written"),
        (("JOURNAL", "--regimes", "nowhere.csv"), 2, "regimes_unreadable"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    quarter: Path, run: Callable[..., Done], arguments: tuple[str, ...], code: int, name: str
) -> None:
    done = run(*[str(quarter) if argument == "JOURNAL" else argument for argument in arguments], "--json")
    assert done.returncode == code, done.stderr
    assert json.loads(done.stdout)["error"] == name


def test_an_hour_of_trading_is_told_in_minutes(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    for _ in range(40):
        life.wait(MINUTE).round_trip(6_000_000, 6_004_000, lasts=MINUTE // 2)
        life.equity(life.books.cash)
    sheet: Tearsheet = tearsheet(life.close(), **FEW)
    assert sheet.sheet.period.word == "minute"
    assert sheet.sheet.ratios["sharpe"].why == "returns of less than 7 days"
    assert sheet.sheet.ratios["sharpe_a_period"].value is not None
