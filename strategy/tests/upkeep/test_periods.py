"""When a job is due: every period once, whatever restarts, pauses and steps of the clock come between."""

import random

import pytest

from quantumflow.upkeep.jobs import Due, Ended, enrol, next_due, settle
from quantumflow.upkeep.periods import Schedule, current_period, parse_schedule, period_name
from quantumflow.upkeep.record import JobRecord

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE
START = 1_795_651_200_000_000_000  # 2026-11-26 00:00 UTC
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("schedule", "minutes", "name"),
    [
        ("*:17", 17, "20261126T0017Z"),
        ("*:17", 16, "20261125T2317Z"),
        ("*:17", 59, "20261126T0017Z"),
        ("*:00", 0, "20261126T0000Z"),
        ("03:41", 221, "20261126T0341Z"),
        ("03:41", 220, "20261125T0341Z"),
        ("23:59", 0, "20261125T2359Z"),
    ],
)
def test_a_period_has_the_name_of_its_due_time(schedule: str, minutes: int, name: str) -> None:
    assert period_name(current_period(parse_schedule(schedule), START + minutes * MINUTE)) == name


@pytest.mark.parametrize("text", ["", "17", "*:60", "24:00", "3:41", "*:7", "*:+7", "-1:00", "03:41:00", "**:10"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no schedule"):
        parse_schedule(text)


def test_one_nanosecond_decides_between_two_periods() -> None:
    hourly = Schedule(None, 17)
    due = START + 17 * MINUTE
    assert current_period(hourly, due) == due
    assert current_period(hourly, due - 1) == due - HOUR


def test_a_new_job_owes_nothing_and_then_every_period_is_run_once_over_random_restarts() -> None:
    draw = random.Random(11)
    schedules = {"backup": Schedule(None, 17), "report": Schedule(0, 23)}
    records: dict[str, JobRecord] = {}
    ran: list[Due] = []
    now = START + 5 * HOUR
    enrol(records, schedules, now)
    assert next_due(records, schedules, now, NONE) is None
    end = now + 72 * HOUR
    while now < end:
        if draw.random() < 0.1:
            enrol(records, schedules, now)  # as a restart does
        due = next_due(records, schedules, now, NONE)
        if due is not None:
            ran.append(due)
            records[due.name].attempts += 1
            assert settle(records[due.name], due, Ended(0, 1.0, ""), now, 3)
        now += draw.randrange(20 * MINUTE)
    assert len(ran) == len(set(ran))
    assert [due.period_ns for due in ran if due.name == "backup"] == [
        START + 5 * HOUR + 17 * MINUTE + k * HOUR for k in range(72)
    ]
    assert sum(due.name == "report" for due in ran) == 3


def test_of_periods_missed_while_nothing_ran_the_newest_is_made_up_for() -> None:
    schedules = {"backup": Schedule(None, 17)}
    records = {"backup": JobRecord(settled_ns=START + 17 * MINUTE, since_ns=START)}
    now = START + 9 * HOUR
    assert next_due(records, schedules, now, NONE) == Due("backup", START + 8 * HOUR + 17 * MINUTE)


def test_a_clock_that_goes_back_repeats_nothing() -> None:
    schedules = {"backup": Schedule(None, 17)}
    records = {"backup": JobRecord(settled_ns=START + 9 * HOUR + 17 * MINUTE, since_ns=START)}
    for hours in range(10):
        assert next_due(records, schedules, START + hours * HOUR, NONE) is None


def test_what_is_due_for_longest_goes_first_and_what_just_failed_waits() -> None:
    schedules = {"backup": Schedule(None, 17), "report": Schedule(0, 23)}
    records = {name: JobRecord(settled_ns=0, since_ns=0) for name in schedules}
    now = START + HOUR
    assert next_due(records, schedules, now, NONE) == Due("backup", START + 17 * MINUTE)
    assert next_due(records, schedules, now, frozenset({"backup"})) == Due("report", START + 23 * MINUTE)


def test_a_failing_job_is_tried_so_often_and_its_period_then_left() -> None:
    record, due = JobRecord(settled_ns=0, since_ns=0), Due("backup", START)
    for attempt in (1, 2):
        record.attempts = attempt
        assert not settle(record, due, Ended(1, 0.5, "x.log"), START, 3)
        assert record.settled_ns == 0
    record.attempts = 3
    assert settle(record, due, Ended(None, 0.5, "x.log"), START, 3)
    assert (record.settled_ns, record.outcome, record.attempts, record.ok_ns) == (START, "failed", 0, 0)


def test_attempts_that_upkeep_itself_did_not_survive_count() -> None:
    """The attempt is counted before the start: a job that takes the machine down is not run for ever."""
    record, due = JobRecord(settled_ns=0, since_ns=0, attempts=3), Due("backup", START)
    record.attempts += 1
    assert settle(record, due, Ended(1, 0.1, ""), START, 3)


def test_a_job_no_longer_configured_is_forgotten() -> None:
    records = {"verify": JobRecord(settled_ns=0, since_ns=0)}
    enrol(records, {"backup": Schedule(None, 17)}, START)
    assert list(records) == ["backup"]
