"""The page says what the tallies say, the same each time, and what was not run is not passed over."""

import json
from pathlib import Path
from typing import Any

import pytest

from reliability.page import PARTS, page, read
from reliability.tally import tallied, tally


def told(folder: Path) -> str:
    return page({kind.part: read(folder / f"{kind.part}.jsonl") for kind in PARTS}, "then, there")


def test_a_part_that_was_not_run_says_so(tmp_path: Path) -> None:
    text = told(tmp_path)
    assert text.count("| not run |") == len(PARTS)
    assert "**acknowledged events lost** | **not run**" in text


def test_the_same_tallies_give_the_same_page_in_whatever_order_they_came(tmp_path: Path) -> None:
    for folder, names in (("a", "xy"), ("b", "yx")):
        for name in names:
            tally("kills", name, outcome="held", folder=tmp_path / folder, kills=50, lost=0)
    assert told(tmp_path / "a") == told(tmp_path / "b")


def line(at_s: int, **said: Any) -> str:
    case = {"case": "trader", "inject": "", "expect": "", "outcome": "held", "figures": {}}
    return json.dumps({"at_s": at_s, "build": f"of {at_s}", **case, **said}) + "\n"


def test_of_tallies_of_several_places_the_newest_line_of_a_case_counts(tmp_path: Path) -> None:
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    here.write_text(line(7) + line(3, outcome="failed"), encoding="utf-8")
    there.write_text(line(5, outcome="failed") + line(5, case="other"), encoding="utf-8")
    for files in ((here, there), (there, here)):
        assert [(case.name, case.outcome, case.build) for case in read(*files)] == [
            ("other", "held", "of 5"),
            ("trader", "held", "of 7"),
        ]


def test_every_case_says_when_it_ran_and_on_which_build(tmp_path: Path) -> None:
    at_s = 1_795_637_934
    (tmp_path / "kills.jsonl").write_text(line(at_s) + line(at_s + 60, case="other"), encoding="utf-8")
    text = told(tmp_path)
    assert f"| trader |  |  | held | 2026-11-25 20:18 | of {at_s} |" in text
    assert "| kills survived | 2 | 2 | 0 | 0 | 2026-11-25 20:18 to 2026-11-25 20:19 |" in text


def test_a_line_of_an_older_harness_says_no_build(tmp_path: Path) -> None:
    said = json.loads(line(1))
    del said["build"]
    (tmp_path / "kills.jsonl").write_text(json.dumps(said) + "\n", encoding="utf-8")
    assert [case.build for case in read(tmp_path / "kills.jsonl")] == ["not said"]


def test_the_last_line_of_a_case_counts(tmp_path: Path) -> None:
    tally("kills", "trader", outcome="failed", folder=tmp_path, kills=10, lost=2)
    tally("kills", "trader", outcome="held", folder=tmp_path, kills=100, lost=0)
    tally("kills", "core_risk", outcome="held", folder=tmp_path, kills=20, lost=0)
    assert "| kills survived | 120 | 2 | 0 | 0 |" in told(tmp_path)
    assert "**acknowledged events lost** | **0**" in told(tmp_path)


def test_a_mutant_that_survived_is_not_counted_as_found(tmp_path: Path) -> None:
    tally("mutants", "one", outcome="held", folder=tmp_path)
    tally("mutants", "two", outcome="failed", folder=tmp_path)
    assert "| deliberate bugs found by a test | 1 | 1 | 1 | 0 |" in told(tmp_path)


def test_a_block_that_raises_is_tallied_as_failed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), tallied("disk", "full", folder=tmp_path) as figures:
        figures["tried"] = 1 // 0
    with tallied("disk", "torn", folder=tmp_path) as figures:
        figures["tried"] = 3
    assert [(case.name, case.outcome) for case in read(tmp_path / "disk.jsonl")] == [
        ("full", "failed"),
        ("torn", "held"),
    ]


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "faults.jsonl").write_text('{"case": "half', encoding="utf-8")
    with pytest.raises(ValueError, match=r"faults\.jsonl:1"):
        read(tmp_path / "faults.jsonl")


def test_an_unknown_part_or_outcome_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a part is one of"):
        tally("other", "x", folder=tmp_path)  # type: ignore[arg-type]  # that is what is refused
