"""When the pauses are: by known times, by the sun computed again, where clocks change, where the sun does not set."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendar_tests.noaa import HORIZON, setting
from quantumflow.calendar.rest import FALLBACK_MINUTES, holiday_of
from quantumflow.calendar.spec import CalendarSpec, Place, zone_of
from quantumflow.calendar.table import HORIZON_DAYS, PAUSES_MAX, Pause, pause_table
from quantumflow.calendar.weekly import parse_weekly, weekly_pauses

SAO_PAULO = Place(-23.5505, -46.6333, "America/Sao_Paulo")
JERUSALEM = Place(31.778, 35.2354, "Asia/Jerusalem")
LONDON = Place(51.5074, -0.1278, "Europe/London")
REYKJAVIK = Place(64.1466, -21.9426, "Atlantic/Reykjavik")
TROMSO = Place(69.6492, 18.9553, "Europe/Oslo")
SPEC = CalendarSpec(SAO_PAULO, True, False, 18, 8.5, 0, (), "cancel", 15)
MINUTE_NS = 60 * 10**9


def ns(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10**9


def moment(at_ns: int) -> datetime:
    assert at_ns % 10**9 == 0
    return datetime.fromtimestamp(at_ns // 10**9, UTC)


def shabbat_of(place: Place, friday: date, **changes: object) -> Pause:
    """The pause that begins on `friday`."""
    spec = replace(SPEC, place=place, **changes)  # type: ignore[arg-type]  # keywords by name
    noon = datetime(friday.year, friday.month, friday.day, tzinfo=zone_of(place.zone)).astimezone(UTC)
    return pause_table(spec, ns(noon)).pauses[0]


@pytest.mark.parametrize(
    ("place", "friday", "lights", "ends", "by_72"),
    [
        (SAO_PAULO, date(2026, 1, 2), "18:39:06", "19:35:02", "20:09:21"),
        (SAO_PAULO, date(2026, 3, 27), "17:52:23", "18:42:51", "19:21:24"),
        (SAO_PAULO, date(2026, 6, 19), "17:10:28", "18:05:11", "18:40:40"),
        (SAO_PAULO, date(2026, 10, 23), "17:57:05", "18:50:18", "19:27:36"),
        (SAO_PAULO, date(2026, 12, 18), "18:32:51", "19:29:21", "20:03:24"),
        (JERUSALEM, date(2026, 6, 19), "19:29:13", "20:29:45", "20:59:28"),
    ],
)
def test_known_times_of_shabbat(place: Place, friday: date, lights: str, ends: str, by_72: str) -> None:
    zone = zone_of(place.zone)
    pause, fixed = shabbat_of(place, friday), shabbat_of(place, friday, havdalah_minutes=72)
    for at_ns, day, clock in (
        (pause.start_ns, friday, lights),
        (pause.end_ns, friday + timedelta(days=1), ends),
        (fixed.end_ns, friday + timedelta(days=1), by_72),
    ):
        wanted = datetime.combine(day, datetime.strptime(clock, "%H:%M:%S").time(), zone)  # noqa: DTZ007 (of a clock alone)
        assert abs(moment(at_ns) - wanted) <= timedelta(minutes=2)


@settings(max_examples=150, deadline=None)
@given(
    st.floats(-60, 60),
    st.integers(-11, 11),
    st.integers(0, 20 * 52),
    st.sampled_from((6.5, 7.083, 8.5)),
)
def test_the_sun_computed_again_agrees_within_two_minutes(latitude: float, hours: int, week: int, deep: float) -> None:
    """Anywhere between the polar circles, in any week of twenty years."""
    place = Place(latitude, 15.0 * hours, f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")
    friday = date(2024, 1, 5) + timedelta(weeks=week)
    pause = shabbat_of(place, friday, havdalah_degrees=deep)
    lights = setting(latitude, place.longitude, friday)
    dark = setting(latitude, place.longitude, friday + timedelta(days=1), 90 + deep)
    sets = setting(latitude, place.longitude, friday + timedelta(days=1))
    assert lights is not None
    assert sets is not None
    assert -timedelta(minutes=3) <= moment(pause.start_ns) - (lights - timedelta(minutes=18)) <= timedelta(minutes=2)
    ends = sets + timedelta(minutes=FALLBACK_MINUTES) if dark is None else dark
    # Where the sun just reaches the depth the two may differ on whether it does.
    grazes = dark is None or setting(latitude, place.longitude, friday + timedelta(days=1), 90 + deep + 0.5) is None
    assert grazes or -timedelta(minutes=2) <= moment(pause.end_ns) - ends <= timedelta(minutes=3)
    assert moment(pause.end_ns) > sets


def test_a_pause_begins_with_a_minute_and_ends_with_one_and_never_shorter() -> None:
    for week in range(60):
        friday = date(2026, 1, 2) + timedelta(weeks=week)
        pause = shabbat_of(LONDON, friday)
        assert pause.start_ns % MINUTE_NS == pause.end_ns % MINUTE_NS == 0


def test_where_the_sun_is_never_so_deep_the_pause_lasts_72_minutes_after_sunset() -> None:
    friday = date(2026, 6, 19)
    assert setting(REYKJAVIK.latitude, REYKJAVIK.longitude, friday + timedelta(days=1), 98.5) is None
    sets = setting(REYKJAVIK.latitude, REYKJAVIK.longitude, friday + timedelta(days=1), HORIZON)
    assert sets is not None
    ends = moment(shabbat_of(REYKJAVIK, friday).end_ns)
    assert abs(ends - (sets + timedelta(minutes=FALLBACK_MINUTES))) <= timedelta(minutes=3)


@pytest.mark.parametrize("friday", [date(2026, 6, 19), date(2026, 12, 18)], ids=["no night", "no day"])
def test_where_the_sun_does_not_set_it_is_closed_from_noon_to_noon(friday: date) -> None:
    pause = shabbat_of(TROMSO, friday)
    zone = zone_of(TROMSO.zone)
    assert moment(pause.start_ns).astimezone(zone) == datetime.combine(friday, datetime.min.time(), zone).replace(
        hour=12
    )
    assert moment(pause.end_ns).astimezone(zone).date() == friday + timedelta(days=2)


def test_the_clocks_of_a_place_move_nothing() -> None:
    """London's clocks change in the night after this Shabbat: in UTC it ends when the sun says so."""
    dark = setting(LONDON.latitude, LONDON.longitude, date(2026, 3, 28), 98.5)
    assert dark is not None
    assert abs(moment(shabbat_of(LONDON, date(2026, 3, 27)).end_ns) - dark) <= timedelta(minutes=2)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 4, 2), "Pesach"),
        (date(2026, 4, 3), "Pesach"),
        (date(2026, 4, 4), None),
        (date(2026, 9, 12), "Rosh Hashana"),
        (date(2026, 9, 13), "Rosh Hashana"),
        (date(2026, 9, 21), "Yom Kippur"),
        (date(2026, 12, 6), None),
    ],
)
def test_holidays_are_those_without_work_two_days_outside_israel(day: date, name: str | None) -> None:
    assert holiday_of(day) == name


def test_days_of_rest_that_follow_each_other_are_one_pause() -> None:
    """In 2026 the first days of Pesach are Thursday and Friday, and Shabbat follows."""
    spec = replace(SPEC, holidays=True)
    pauses = pause_table(spec, ns(datetime(2026, 3, 30, tzinfo=UTC))).pauses
    first = pauses[0]
    assert first.name == "Pesach + shabbat"
    assert moment(first.start_ns).date() == date(2026, 4, 1)
    assert moment(first.end_ns).date() == date(2026, 4, 4)
    assert not any(pause.name == "Pesach" for pause in pause_table(SPEC, ns(datetime(2026, 3, 30, tzinfo=UTC))).pauses)


@pytest.mark.parametrize(
    ("text", "day", "zone", "begins", "ends"),
    [
        ("Sat 22:00 - Sun 02:00", date(2026, 1, 3), "America/Sao_Paulo", "2026-01-04T01:00", "2026-01-04T05:00"),
        # 01:30 comes twice on 2026-10-25 in London, and is left out on 2026-03-29.
        ("Sat 23:00 - Sun 01:30", date(2026, 10, 24), "Europe/London", "2026-10-24T22:00", "2026-10-25T01:30"),
        ("Sun 01:30 - 03:00", date(2026, 10, 25), "Europe/London", "2026-10-25T00:30", "2026-10-25T03:00"),
        ("Sun 01:30 - 03:00", date(2026, 3, 29), "Europe/London", "2026-03-29T00:30", "2026-03-29T02:00"),
        ("Sat 23:00 - Sun 01:30", date(2026, 3, 28), "Europe/London", "2026-03-28T23:00", "2026-03-29T01:30"),
        ("* 23:55 - 00:05", date(2026, 5, 6), "UTC", "2026-05-06T23:55", "2026-05-07T00:05"),
        ("Fri-Mon 12:00 - 13:00", date(2026, 5, 4), "UTC", "2026-05-04T12:00", "2026-05-04T13:00"),
        ("Wed 10:00 - Wed 09:00", date(2026, 5, 6), "UTC", "2026-05-06T10:00", "2026-05-13T09:00"),
    ],
)
def test_weekly_pauses_are_those_of_the_zones_clocks(text: str, day: date, zone: str, begins: str, ends: str) -> None:
    (found,) = weekly_pauses(parse_weekly(text), ZoneInfo(zone), day, day)
    assert found == tuple(datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (begins, ends))


@pytest.mark.parametrize(
    "text",
    ["", "Sat", "Sat 22:00", "sat 22:00 - 23:00", "Sat 24:00 - Sun 01:00", "Sat-Sun 22:00 - Mon 01:00", "0 22 * * 6"],
)
def test_what_is_no_pause_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write e\.g\.|begins on one day"):
        parse_weekly(text)


def test_a_zone_that_is_not_there_is_refused_and_says_what_to_do() -> None:
    for name in ("America/Nowhere", "", "../etc/passwd"):
        with pytest.raises(ValueError, match="IANA name"):
            zone_of(name)


def test_the_table_is_bounded_in_order_and_says_how_far_it_goes() -> None:
    weekly = tuple(f"* {hour:02}:00 - {hour:02}:30" for hour in range(0, 24, 2))
    from_ns = ns(datetime(2026, 5, 6, 7, 13, tzinfo=UTC))
    table = pause_table(replace(SPEC, weekly=weekly), from_ns)
    assert len(table.pauses) == PAUSES_MAX
    assert table.known_ns > table.pauses[-1].end_ns
    assert all(a.end_ns < b.start_ns for a, b in zip(table.pauses, table.pauses[1:], strict=False))
    assert pause_table(SPEC, from_ns).known_ns == from_ns + HORIZON_DAYS * 86_400 * 10**9
    lead = pause_table(replace(SPEC, before="flatten", before_minutes=7), from_ns).pauses[0]
    assert lead.start_ns - lead.prepare_ns == 7 * MINUTE_NS
