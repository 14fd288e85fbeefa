"""The page itself: the same bytes, whole without a network, the timeline of the data at hand, refusals by name."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from quantumflow.cli.search import search_app
from quantumflow.errors import ResearchRefused
from quantumflow.regime_vocabulary import Regime
from quantumflow.research.data.dataset import Candles
from quantumflow.research.search.features import regime_series
from quantumflow.research.search_report.timeline import timeline_of

from .planted import planted_ledger

MINUTE_NS = 60 * 10**9


@pytest.fixture(scope="module")
def research(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("research")
    planted_ledger(root / "ledgers" / "planted")
    return root


def test_a_report_is_written_twice_with_the_same_bytes_and_needs_nothing_beside_it(
    research: Path, tmp_path: Path
) -> None:
    arguments = ["report", "planted", "--research-dir", str(research)]
    said = CliRunner().invoke(search_app, [*arguments, "--to", str(tmp_path / "one"), "--json"])
    assert said.exit_code == 0, said.output
    again = CliRunner().invoke(search_app, arguments)
    assert again.exit_code == 0, again.output
    assert "no timeline of elsewhere: it is not at hand (no_such_dataset)" in again.stdout
    first, second = tmp_path / "one", research / "ledgers" / "planted" / "report"
    names = sorted(path.name for path in first.iterdir())
    assert {"report.html", "report.md", "surfaces-light.svg", "surfaces-dark.svg", "marginals-dark.svg"} <= set(names)
    assert names == sorted(path.name for path in second.iterdir())
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()
    html, markdown = (first / "report.html").read_text(), (first / "report.md").read_text()
    assert not re.search(r"(?:src|srcset|href)=\"(?!data:)", html)
    assert "prefers-color-scheme: dark" in html
    beside = set(re.findall(r'(?:src|srcset)="([^"]+)"', markdown))
    assert beside == {name for name in names if name.endswith(".svg")}
    answer = json.loads(said.stdout)
    assert answer["provenance"]["ledger_digest"] in html
    assert answer["provenance"]["ledger_digest"] in markdown
    assert [one["regime"] for one in answer["luck"]] == ["BEAR", "BULL", "SIDEWAYS", "STRESS"]
    assert all(one["sentence"] in markdown for one in answer["luck"])
    assert "NaN" not in said.stdout


def test_a_timeline_has_the_share_of_each_regime_by_the_month_in_which_a_minute_began() -> None:
    count, gap = 4_000, 2_500
    draw = np.random.default_rng(3)
    close = (100_000 * np.exp(np.cumsum(draw.normal(0.0, 0.001, count)))).astype(np.int64)
    # The last minute of August ends with the first moment of September.
    first_ns = 1_661_990_400_000_000_000 - 2_000 * MINUTE_NS
    close_ns = first_ns + (np.arange(count) + 1) * MINUTE_NS
    close_ns[gap:] += 60 * MINUTE_NS
    columns = {"close_ns": close_ns, **dict.fromkeys(("open", "high", "low", "close"), close)}
    candles = Candles(columns, {"price": 2, "qty": 0}, MINUTE_NS)
    made = timeline_of("made", "BTCUSDT", candles)
    assert [(one.month, one.minutes) for one in made.months] == [("2022-08", 2_000), ("2022-09", 2_000)]
    regimes = regime_series(candles)
    for place, month in enumerate(made.months):
        own = regimes[place * 2_000 : (place + 1) * 2_000]
        assert month.shares == {one.name: (own == one).mean() for one in Regime}
    assert made.months[1].shares["UNKNOWN"] > 0.4, "after a gap nothing is known for a thousand bars"


@pytest.mark.parametrize(
    ("name", "damage", "refusal"),
    [
        ("nowhere", "", "no_such_ledger"),
        ("torn", "scores.parquet", "ledger_damaged"),
        ("torn", "ledger.json", "ledger_damaged"),
    ],
)
def test_a_ledger_that_is_not_there_or_not_whole_is_refused_by_name(
    tmp_path: Path, name: str, damage: str, refusal: str
) -> None:
    planted_ledger(tmp_path / "ledgers" / "torn")
    if damage:
        path = tmp_path / "ledgers" / "torn" / damage
        path.write_bytes(path.read_bytes()[:-40])
    said = CliRunner().invoke(search_app, ["report", name, "--research-dir", str(tmp_path)])
    assert isinstance(said.exception, ResearchRefused)
    assert said.exception.name == refusal
    assert not (tmp_path / "ledgers" / "torn" / "report").exists()
