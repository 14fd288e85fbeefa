"""`quantumflow report` and `quantumflow export` as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from report.lives import DAY, HOUR, MONDAY, Life


def run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "quantumflow.cli", *map(str, arguments)],
        env={**{name: value for name, value in os.environ.items() if not name.startswith("QF_")}, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def told(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.returncode == code, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a Monday and a Tuesday."""
    life = Life(tmp_path_factory.mktemp("account") / "data").begin(simulated=True, venue="sim")
    for day in range(2):
        life.now_ns = MONDAY + day * DAY + HOUR
        life.round_trip(6_000_000, 6_050_000)
        life.equity(life.books.cash)
    return life.end().close().parent


def test_a_directory_its_journal_and_its_export_say_the_same(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "journal.gz"
    exported = told("export", "--data-dir", data, file)
    assert exported["events"] == exported["new"] > 0
    assert told("export", "--data-dir", data, file)["new"] == 0
    answers = [told("report", data), told("report", data / "journal.db"), told("report", file)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["chain"]["head_hash"] == exported["head_hash"]
    assert answers[0]["simulated"] == "SIMULATED"


def test_a_day_is_reported_once_and_says_the_same_later(data: Path) -> None:
    first = told("report", "--daily", "--data-dir", data, "--day", "2026-03-02")
    again = told("report", "--daily", "--data-dir", data, "--day", "2026-03-02")
    assert (first["made"], again["made"]) == (True, False)
    assert {**first, "made": None} == {**again, "made": None}
    assert "2026-03-02: +" in first["message"]
    assert Path(first["picture"]).read_bytes().startswith(b"\x89PNG")
    numbers = json.loads((Path(first["directory"]) / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["whole"]["trips"] == 1, "Tuesday's trip is not Monday's"
    assert not list((data / "reports").glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("report", "nowhere.db"), 6, "no_journal"),
        (("report", "--data-dir", "nowhere"), 6, "no_data_dir"),
        (("report", "DATA", "--url", "https://example.org"), 2, "sources_many"),
        (("report", "--daily", "--data-dir", "DATA", "--day", "yesterday"), 2, "day_unreadable"),
        (("report", "DATA", "--day", "2026-13-02"), 2, "day_unreadable"),
        (("report", "DATA", "--readme", "nowhere.md"), 2, "readme_unreadable"),
        (("report", "--url", "https://example.org"), 2, "token_needed"),
        (("report", "--url", "http://example.org"), 2, "url_refused"),
        (("export", "--data-dir", "nowhere", "out.gz"), 6, "no_data_dir"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(data: Path, arguments: tuple[str, ...], code: int, name: str) -> None:
    given = [str(data) if argument == "DATA" else argument for argument in arguments]
    assert told(*given, code=code)["error"] == name


def test_a_damaged_export_is_status_1(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "journal.gz"
    told("export", "--data-dir", data, file)
    file.write_bytes(file.read_bytes()[:-9])
    assert told("report", file, code=1)["error"] == "export_damaged"


def test_words_name_what_was_written(data: Path, tmp_path: Path) -> None:
    done = run("report", data, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stdout.splitlines()[0]
    assert f"wrote {tmp_path / 'out' / 'equity.png'}" in done.stdout
