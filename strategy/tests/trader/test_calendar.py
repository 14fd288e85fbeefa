"""The calendar in the trader: its pauses are journaled, hold from the first event on, and replay the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from quantumflow.errors import SettingsRefused
from quantumflow.journal.reader import JournalReader
from quantumflow.trader_settings import read_settings
from trader.market import START_NS, recording
from trader.replayed import replay
from trader.stage import settings

CALENDAR = {
    "place": {"latitude": -23.5505, "longitude": -46.6333, "zone": "UTC"},
    "shabbat": False,
    "holidays": False,
    "candle_minutes": 18,
    "havdalah_degrees": 8.5,
    "havdalah_minutes": 0,
    "weekly": ["Tue 22:13 - 22:14"],
    "before": "cancel",
    "before_minutes": 15,
}
"""The made market begins on a Tuesday at 22:13:20 UTC: inside."""
END_NS = START_NS // 10**9 * 10**9 + 40 * 10**9


def lived(directory: Path, **changes: Any) -> list[dict[str, Any]]:
    directory.mkdir()
    replay(directory, recording(90), [], calendar={**CALENDAR, **changes})
    with JournalReader(directory / "journal.db") as journal:
        found: list[dict[str, Any]] = []
        while True:
            page = journal.events(after=found[-1]["seq"] if found else 0, limit=500)
            if not page:
                return found
            found += page


def test_a_start_inside_a_pause_makes_no_order_before_its_end_and_orders_after_it(tmp_path: Path) -> None:
    events = lived(tmp_path / "a")
    times = [event["event_ns"] for event in events if event["kind"] in ("order", "fill")]
    assert times
    assert min(times) >= END_NS
    (told,) = [event for event in events if event["kind"] == "calendar"]
    assert told["payload"]["frame_seq"] == 0
    assert ["Tue 22:13 - 22:14", END_NS - 60 * 10**9, END_NS - 60 * 10**9, END_NS] in told["payload"]["pauses"]
    outcomes = {event["payload"]["outcome"] for event in events if event["kind"] == "signal"}
    assert "calendar_pause" in outcomes


def test_the_same_recording_under_the_same_calendar_gives_the_same_digest(tmp_path: Path) -> None:
    digests = {lived(tmp_path / name)[-1]["payload"]["digest"] for name in ("a", "b")}
    assert len(digests) == 1
    other = lived(tmp_path / "c", weekly=["Tue 22:13 - 22:15"])[-1]["payload"]["digest"]
    assert other not in digests


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"place": {"latitude": 0, "longitude": 0, "zone": "America/Nowhere"}}, "IANA"),
        ({"weekly": ["sometimes"]}, "write e.g."),
        ({"before": "panic"}, "before"),
        ({"candle_minutes": -1}, "candle_minutes"),
        ({"havdalah_degrees": 0.5}, "havdalah_degrees"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused_by_its_key(
    tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    path = tmp_path / "trader.json"
    path.write_text(json.dumps(settings(tmp_path, calendar={**CALENDAR, **change})))
    with pytest.raises(SettingsRefused, match=word):
        read_settings(path)
