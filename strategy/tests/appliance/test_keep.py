"""Which backups are kept: the newest of each hour and each day, whatever order they are listed in."""

from datetime import UTC, datetime

import pytest

from quantumflow.backup.keep import moment_of, name_of, surplus

HOURS = ["20261125T170500Z", "20261125T175900Z", "20261125T181500Z", "20261125T184500Z", "20261126T000100Z"]


@pytest.mark.parametrize("turned", [1, -1])
def test_the_newest_of_each_hour_stays(turned: int) -> None:
    assert surplus(HOURS[::turned], hourly=3, daily=0) == ["20261125T170500Z", "20261125T181500Z"]


def test_the_newest_of_each_day_stays_when_its_hour_is_over() -> None:
    assert surplus(HOURS, hourly=0, daily=2) == HOURS[:3]


def test_the_newest_of_all_is_never_given_up() -> None:
    assert surplus(HOURS, hourly=0, daily=0) == HOURS[:-1]
    assert surplus([], hourly=0, daily=0) == []


def test_only_a_backups_name_has_a_moment() -> None:
    assert moment_of(name_of(datetime(2026, 11, 25, 18, 15, tzinfo=UTC))) == datetime(2026, 11, 25, 18, 15, tzinfo=UTC)
    for name in ("20261125T181500Z.part", "20261131T181500Z", "2026112T1815000Z", "lock"):
        assert moment_of(name) is None
