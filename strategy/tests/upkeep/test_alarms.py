"""Alarms: each begins once and ends once, is not repeated by a restart, and has a threshold that is met exactly."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quantumflow.appliance.status_files import StatusFile
from quantumflow.errors import ApplianceRefused
from quantumflow.journal.expectations import Live
from quantumflow.upkeep.alarms import CLEAR_SECONDS, Alarm, AlarmClock, Condition
from quantumflow.upkeep.conditions import CLOCK_JUMP_SHOWN_SECONDS, Seen, find_conditions
from quantumflow.upkeep.metrics import upkeep_metrics
from quantumflow.upkeep.readings import Readings, last_result
from quantumflow.upkeep.record import NOTICES_KEPT, JobRecord, Record, read_record, write_record
from quantumflow.upkeep.settings import UpkeepSettings
from upkeep.settings_maker import settings_document

NOW = 1_795_651_200_000_000_000
SECOND = 1_000_000_000


def settings(**changes: Any) -> UpkeepSettings:
    job = {"command": ["verify"], "at": "03:41", "missing_after_seconds": 3600}
    jobs = {"verify": job, **changes.pop("jobs", {})}
    document = settings_document(Path("/data"), jobs=jobs, **changes)
    return msgspec.convert(document, UpkeepSettings)


def status(**values: Any) -> StatusFile:
    return StatusFile({"written_ns": NOW, "final": False, **values}, 0)


def well(**changes: Any) -> Readings:
    good = Readings(
        trader=status(journal_seq=7),
        market_data=status(instruments={"BTCUSDT": {"state": "live"}, "ETHUSDT": {"state": "stale"}}),
        processes={"trader": (11, 5)},
        risk_answers=True,
        disk_free_bytes=10**9,
        inodes_free=10**6,
        wal_bytes=0,
        verified={"result": "identical"},
    )
    return good._replace(**changes)


def fresh_record() -> Record:
    return Record(jobs={"verify": JobRecord(settled_ns=0, since_ns=NOW, ok_ns=NOW)})


def wrong(readings: Readings, seconds: float = 0.0, record: Record | None = None, **changes: Any) -> set[str]:
    """What is wrong `seconds` after a look at which all was well, with both clocks at the same pace."""
    seen = Seen(NOW, 100.0, journal_seq=7, journal_moved=100.0)
    later = NOW + round(seconds * SECOND)
    found = find_conditions(settings(**changes), readings, record or fresh_record(), seen, later, 100.0 + seconds)
    return {str(condition.alarm) for condition in found if condition.wrong is not None}


SILENT = StatusFile({}, 0)
FINAL = status(final=True)

ROWS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set()),
    ({"trader": SILENT}, {"trader_silent"}),
    ({"trader": FINAL}, {"trader_silent"}),
    ({"trader": StatusFile({"written_ns": NOW, "journal_seq": 7}, 6 * SECOND)}, {"trader_silent"}),
    ({"market_data": SILENT}, {"market_data_silent", "no_live_book"}),
    ({"market_data": status(instruments={"BTCUSDT": {"state": "stale"}})}, {"no_live_book"}),
    ({"market_data": status(instruments={})}, {"no_live_book"}),
    ({"market_data": status(instruments=["garbage"])}, {"no_live_book"}),
    ({"risk_answers": False}, {"core_risk_silent"}),
    ({"processes": {}}, {"program_missing"}),
    ({"disk_free_bytes": 99_999_999}, {"disk_low"}),
    ({"disk_free_bytes": 100_000_000}, set()),
    ({"disk_free_bytes": None}, set()),
    ({"inodes_free": 999}, {"inodes_low"}),
    ({"inodes_free": None}, set()),
    ({"wal_bytes": 64_000_001}, {"wal_large"}),
    ({"wal_bytes": 64_000_000}, set()),
    ({"verified": {"result": "differs"}}, {"verify_differs"}),
    ({"verified": {"result": "unverifiable"}}, set()),
    ({"verified": None}, set()),
]


@pytest.mark.parametrize(("changes", "expected"), ROWS)
def test_each_reading_has_its_alarm_and_no_other(changes: dict[str, Any], expected: set[str]) -> None:
    assert wrong(well(**changes)) == expected


def test_a_journal_that_stands_still_is_wrong_only_while_a_book_is_live() -> None:
    assert wrong(well(), 899.0) == set()
    assert wrong(well(), 900.0) == {"journal_still"}
    assert wrong(well(trader=status(journal_seq=8)), 900.0) == set()
    stale = status(instruments={"BTCUSDT": {"state": "stale"}})
    assert wrong(well(market_data=stale), 900.0) == {"no_live_book"}


def test_a_job_is_missing_from_its_first_day_on_and_failed_when_its_attempts_are_used() -> None:
    never = Record(jobs={"verify": JobRecord(settled_ns=0, since_ns=NOW)})
    assert wrong(well(), 3600.0, never) - {"journal_still"} == set()
    assert wrong(well(), 3601.0, never) - {"journal_still"} == {"verify_missing"}
    failed = Record(jobs={"verify": JobRecord(settled_ns=0, since_ns=NOW, ok_ns=NOW, outcome="failed", exit=4)})
    assert wrong(well(), 0.0, failed) == {"verify_failed"}


@pytest.mark.parametrize("jump", [2.0, -2.0, 90_000.0])
def test_a_jump_of_the_clock_stands_for_its_time_and_a_smaller_one_does_not(jump: float) -> None:
    seen, record = Seen(NOW, 100.0), fresh_record()

    def jumped(now_ns: int, monotonic: float) -> bool:
        found = find_conditions(settings(), well(), record, seen, now_ns, monotonic)
        return any(c.alarm is Alarm.CLOCK_JUMP and c.wrong is not None for c in found)

    assert not jumped(NOW + 6 * SECOND, 105.0)
    assert jumped(NOW + round((10 + 1 + jump) * SECOND), 110.0)
    assert jumped(NOW + round((609 + 1 + jump) * SECOND), 110.0 + CLOCK_JUMP_SHOWN_SECONDS - 1)
    assert not jumped(NOW + round((610 + 1 + jump) * SECOND), 110.0 + CLOCK_JUMP_SHOWN_SECONDS)


DRIFTED = Live("ff", "bear", "a" * 64, 800, 0.0004, 0.0002, 0.0006, 90, -0.003, None, None, 12_000.0, 10_000.0, 71, NOW)


def test_drift_is_wrong_with_bot_regime_and_trip_while_the_job_looks_and_unwatched_without_it() -> None:
    job = {"drift": {"command": ["bot"], "at": "*:37", "missing_after_seconds": 7200}}
    record = fresh_record()
    record.jobs["drift"] = JobRecord(settled_ns=0, since_ns=NOW, ok_ns=NOW)
    well_off = replace(DRIFTED, alarmed_trip=None, regime="bull")
    assert wrong(well(live=(DRIFTED, well_off)), record=record, jobs=job) == {"drift"}
    assert wrong(well(live=(well_off,)), record=record, jobs=job) == set()
    assert wrong(well(live=(DRIFTED,)), record=record) == set()
    found = find_conditions(settings(jobs=job), well(live=(DRIFTED, well_off)), record, Seen(NOW, 1.0), NOW, 1.0)
    (said,) = [condition.wrong for condition in found if condition.alarm is Alarm.DRIFT]
    assert said is not None
    assert "ff in bear" in said
    assert "since trip 71 of 90" in said
    assert "bull" not in said


def test_metrics_tell_the_detector_and_leave_out_what_is_not_known() -> None:
    text = upkeep_metrics({}, well(live=(DRIFTED,)))
    where = '{bot="ff",regime="bear"}'
    assert f"quantumflow_drift_alarmed{where} 1\n" in text
    assert f"quantumflow_drift_score{where} 12000.0\n" in text
    assert f"quantumflow_drift_trips{where} 90\n" in text
    assert "quantumflow_drift_low{" not in text


def kinds(record: Record) -> list[tuple[str, str]]:
    return [(notice.kind, notice.name) for notice in record.notices]


def test_an_alarm_begins_after_its_time_and_is_said_once() -> None:
    clock, record = AlarmClock(), Record()
    condition = Condition(Alarm.TRADER_SILENT, "no status", 60.0)
    for second in range(0, 300, 5):
        clock.judge([condition], record, NOW + second * SECOND, float(second))
        assert bool(record.alarms) == (second >= 60)
    assert kinds(record) == [("alarm_began", "trader_silent")]


def test_a_condition_that_comes_and_goes_is_one_alarm_and_ends_once_when_it_is_gone_for_good() -> None:
    clock, record = AlarmClock(), Record()
    for second in range(0, 600, 5):
        found = "low" if second % 10 == 0 else None
        clock.judge([Condition(Alarm.DISK_LOW, found)], record, NOW + second * SECOND, float(second))
    assert kinds(record) == [("alarm_began", "disk_low")]
    for second in range(600, 900, 5):
        clock.judge([Condition(Alarm.DISK_LOW, None)], record, NOW + second * SECOND, float(second))
    assert kinds(record) == [("alarm_began", "disk_low"), ("alarm_ended", "disk_low")]
    assert record.alarms == {}


def test_a_restart_repeats_no_alarm_and_forgets_none(tmp_path: Path) -> None:
    file, record = tmp_path / "record.json", Record()
    AlarmClock().judge([Condition(Alarm.DISK_LOW, "low")], record, NOW, 0.0)
    write_record(file, record)
    for start in range(3):
        again, clock = read_record(file), AlarmClock()
        assert not clock.judge([Condition(Alarm.DISK_LOW, "low")], again, NOW, 1000.0 * start)
        write_record(file, again)
    last, clock = read_record(file), AlarmClock()
    clock.judge([Condition(Alarm.DISK_LOW, None)], last, NOW, 0.0)
    clock.judge([Condition(Alarm.DISK_LOW, None)], last, NOW + 120 * SECOND, CLEAR_SECONDS)
    assert kinds(last) == [("alarm_began", "disk_low"), ("alarm_ended", "disk_low")]


def test_an_alarm_nobody_watches_any_more_is_ended() -> None:
    record = Record()
    AlarmClock().judge([Condition(Alarm.VERIFY_DIFFERS, "x")], record, NOW, 0.0)
    AlarmClock().judge([], record, NOW, 0.0)
    assert kinds(record)[-1] == ("alarm_ended", "verify_differs")


def test_notices_are_bounded_and_their_numbers_go_on() -> None:
    record = Record()
    for _ in range(NOTICES_KEPT + 50):
        record.notice(NOW, "alarm_began", "disk_low", "x" * 10_000)
    assert len(record.notices) == NOTICES_KEPT
    assert record.notices[0].number == 51
    assert max(len(notice.text) for notice in record.notices) == 500


@pytest.mark.parametrize("text", ["", "{", "[]", '{"jobs": 3}', '{"unknown": 1}'])
def test_a_record_that_cannot_be_read_is_refused_not_forgotten(tmp_path: Path, text: str) -> None:
    file = tmp_path / "record.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ApplianceRefused, match=r"record\.json"):
        read_record(file)


def test_a_torn_last_line_of_results_is_not_there_yet(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    assert last_result(file) is None
    file.write_text('{"result": "identical"}\n{"result": "differs"}\n{"result": "ide', encoding="utf-8")
    assert last_result(file) == {"result": "differs"}
    file.write_text("garbage\n", encoding="utf-8")
    assert last_result(file) is None
