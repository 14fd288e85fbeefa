"""The page, its pictures and the README: sane for every life, the same bytes each time, nothing else touched."""

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from drift.test_expectations import planted

from quantumflow.errors import ApplianceRefused
from quantumflow_reports.build import Report, make_report, rewrite_readme, write_report
from quantumflow_reports.markers import BEGIN, END, rewrite
from quantumflow_reports.source import open_source
from report.lives import DEPOSIT_E8, HOUR, MINUTE, Life

README = f"# Title\n\nbefore\n\n{BEGIN}\nsomething earlier\n{END}\n\nafter\n"


def made(journal: Path) -> Report:
    return make_report(open_source(journal), journal.parent / "verify" / "results.jsonl")


def nothing(life: Life) -> None:
    """Not even a session."""


def idle(life: Life) -> None:
    life.begin().wait(HOUR).end()


def one_trip(life: Life) -> None:
    life.begin().round_trip(6_000_000, 6_010_000)
    life.end()


def open_position(life: Life) -> None:
    life.begin().trade("buy", 1_000, 6_000_000, 5_999_999, 6_000_000)
    life.wait(MINUTE).equity(DEPOSIT_E8 - 7)


def equal_trips(life: Life) -> None:
    life.begin()
    for _ in range(12):
        life.round_trip(6_000_000, 6_000_000)
        life.wait(MINUTE)


LIVES = [nothing, idle, one_trip, open_position, equal_trips]


@pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)
def test_every_life_has_a_page_and_pictures_the_same_each_time(live: Callable[[Life], None], tmp_path: Path) -> None:
    life = Life(tmp_path / "data")
    live(life)
    journal = life.close()
    first = write_report(made(journal), tmp_path / "a")
    again = write_report(made(journal), tmp_path / "b")
    assert len(first) == 12
    for one, other in zip(first, again, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    text = "".join(path.read_text(encoding="utf-8") for path in first if path.suffix in {".md", ".txt", ".json"})
    assert not re.search(r"\b(nan|inf|None)\b", text)
    for chart in (path for path in first if path.suffix == ".svg"):
        assert not re.search(rb"\bnan\b", chart.read_bytes()), chart.name


@pytest.mark.parametrize(("gain", "said"), [(-6_000, "**drift** since trip "), (18_000, "no drift")])
def test_a_bot_with_a_file_of_specialists_has_its_live_results_against_the_expectation(
    tmp_path: Path, gain: int, said: str
) -> None:
    planted(tmp_path, gain, 120).writer.close()
    report = made(tmp_path / "journal.db")
    first, again = write_report(report, tmp_path / "a"), write_report(made(tmp_path / "journal.db"), tmp_path / "b")
    assert [one.read_bytes() for one in first] == [other.read_bytes() for other in again]
    text = (tmp_path / "a/report.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("| ff | bull |")]
    assert "| 120 |" in row
    assert "| +4.0 (+2.4 … +5.6) |" in row
    assert said in row
    assert "| ff | bear | 0 | no trip yet |" in text
    numbers = json.loads((tmp_path / "a/numbers.json").read_text(encoding="utf-8"))
    assert [one["trips"] for one in numbers["live_results"]] == [0, 120]


def test_simulated_stands_on_every_surface(tmp_path: Path) -> None:
    life = Life(tmp_path / "data").begin(simulated=True, venue="sim")
    life.round_trip(6_000_000, 6_010_000)
    report = made(life.end().close())
    write_report(report, tmp_path / "out")
    assert "**SIMULATED**" in (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert "SIMULATED" in (tmp_path / "out/message.txt").read_text(encoding="utf-8")
    from quantumflow_reports.charts.gallery import CHARTS
    from quantumflow_reports.charts.style import DARK

    for name, chart in CHARTS.items():
        assert "SIMULATED" in [text.get_text() for text in chart(report.numbers, DARK).texts], name


def test_a_real_market_has_no_stamp(tmp_path: Path) -> None:
    life = Life(tmp_path / "data").begin()
    life.round_trip(6_000_000, 6_010_000)
    write_report(made(life.close()), tmp_path / "out")
    assert "SIMULATED" not in (tmp_path / "out/report.md").read_text(encoding="utf-8")


def test_the_message_picture_is_a_png_that_a_message_takes(tmp_path: Path) -> None:
    life = Life(tmp_path / "data").begin()
    life.round_trip(6_000_000, 6_010_000)
    write_report(made(life.close()), tmp_path / "out")
    content = (tmp_path / "out/equity.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert (width, height) == (1040, 546)
    assert b"Software" not in content
    assert len((tmp_path / "out/message.txt").read_text(encoding="utf-8")) < 1_000


def test_only_what_lies_between_the_markers_changes(tmp_path: Path) -> None:
    life = Life(tmp_path / "data").begin()
    life.round_trip(6_000_000, 6_010_000)
    report = made(life.close())
    readme = tmp_path / "README.md"
    readme.write_text(README, encoding="utf-8")
    changed = rewrite_readme(report, readme, tmp_path / "docs" / "charts")
    assert readme in changed
    assert len(changed) == 9
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"# Title\n\nbefore\n\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\n\nafter\n")
    assert "something earlier" not in text
    assert 'srcset="docs/charts/equity-dark.svg"' in text
    assert rewrite_readme(report, readme, tmp_path / "docs" / "charts") == [], "a second time changes nothing"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# no markers\n", "marker_missing"),
        (f"{BEGIN}\n", "marker_missing"),
        (f"{BEGIN}\n{END}\n{END}\n", "marker_doubled"),
        (f"{BEGIN}\n{BEGIN}\n{END}\n", "marker_doubled"),
        (f"in a line {BEGIN}\n{END}\n", "marker_doubled"),
        (f"{END}\n{BEGIN}\n", "markers_turned"),
    ],
)
def test_markers_that_are_wrong_are_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(ApplianceRefused) as refused:
        rewrite(text, "new", "README.md")
    assert refused.value.name == name


def test_names_that_come_with_the_data_are_no_markup(tmp_path: Path) -> None:
    life = Life(tmp_path / "data", bots=("<b>|`x`](http://evil)",)).begin(venue=f"v {END}\n## hm")
    life.round_trip(6_000_000, 6_010_000)
    report = made(life.end("<script>").close())
    readme = tmp_path / "README.md"
    readme.write_text(README, encoding="utf-8")
    rewrite_readme(report, readme, tmp_path / "charts")
    text = readme.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "http:/" not in text
    assert "## hm" not in text
    assert text.count(END) == 1


def test_replays_that_were_told_are_listed_newest_first(tmp_path: Path) -> None:
    life = Life(tmp_path / "data")
    idle(life)
    journal = life.close()
    results = tmp_path / "data/verify/results.jsonl"
    results.parent.mkdir()
    told = [
        {"at_ns": 1, "result": "identical", "programs": {"trader": {"digest": "abcdef0123456789ff", "counts": {}}}},
        {"at_ns": 2, "result": "differs", "programs": {}, "difference": {"program": "trader"}},
    ]
    lines = [json.dumps({"day": f"2026-03-0{one['at_ns']}", "session": 1, **one}) for one in told]
    results.write_text(
        f'{lines[0]}\n{{"torn\n{lines[1]}\n',
        encoding="utf-8",
    )
    write_report(made(journal), tmp_path / "out")
    text = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert text.index("**differs**") < text.index("**identical**")
    assert "`abcdef0123456789`" in text
    assert "replay: differs (2026-03-02)" in (tmp_path / "out/message.txt").read_text(encoding="utf-8")
