"""What a journal says of live results against expectations: only its own file's trips, the same however it is read."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from journal.sample import RECORDED_NS, Life, journal_of
from typer.testing import CliRunner

from drift.lived import E8, Told, bot_made
from quantumflow.cli.bot import bot_app
from quantumflow.drift import drift_of
from quantumflow.journal.expectation_file import FILE_NAME, read_expectation, write_expectation
from quantumflow.journal.expectation_follow import follow_journal
from quantumflow.journal.expectations import Expectations, Live, alarm_text
from quantumflow.journal.reader import JournalReader
from quantumflow.journal.recovery import recover
from quantumflow.journal.trips import ASKED_MAX, TripFinder

LOST = [-0.003] * 100


def live_of(told: Told) -> dict[tuple[str, str], Live]:
    found = Expectations()
    for event in told.events:
        found.take(event)
    return {(one.bot, one.regime): one for one in found.live()}


def test_what_lost_for_long_alarms_in_its_regime_alone_and_with_its_trip() -> None:
    told = Told()
    told.add("session_started", bots=[bot_made()])
    told.trips("bear", LOST)
    told.trips("bull", [0.001] * 30)
    live = live_of(told)
    bear, bull = live["ff", "bear"], live["ff", "bull"]
    gains = [float(np.log(1.0 - 0.003))] * 100
    assert bear.alarmed_trip == drift_of(gains, 0.0004, 0.0001, 0.003).alarmed_at
    assert bear.alarmed_trip is not None
    assert (bull.trips, bull.alarmed_trip) == (30, None)
    assert (bull.expected_low, bull.expected_high) == pytest.approx((0.0004 - 0.0001645, 0.0004 + 0.0001645))
    assert alarm_text(bear).startswith(
        f"ff in bear: live results are below what was expected since trip {bear.alarmed_trip} of 100"
    )


def test_what_is_as_expected_alarms_nothing_in_two_thousand_trips() -> None:
    told = Told()
    told.add("session_started", bots=[bot_made()])
    told.trips("bull", np.random.default_rng(5).normal(0.0004, 0.003, 2_000))
    one = live_of(told)["ff", "bull"]
    assert (one.trips, one.alarmed_trip) == (2_000, None)
    assert one.low is not None
    assert one.high is not None
    assert one.low < 0.0004 < one.high


def test_another_file_begins_anew_the_same_one_goes_on_over_a_restart_and_no_file_expects_nothing() -> None:
    told = Told()
    told.add("session_started", bots=[bot_made()])
    told.trips("bull", LOST[:60])
    told.add("session_started", bots=[bot_made()])
    told.trips("bull", LOST[60:])
    assert live_of(told)["ff", "bull"].trips == 100
    assert live_of(told)["ff", "bull"].alarmed_trip is not None
    told.half("entry", "bull", "buy", 1000 * E8, 10)
    told.add("session_started", bots=[bot_made(sha256="b" * 64)])
    told.half("exit_target", "bull", "sell", 900 * E8, 0)  # entered under the file before
    assert live_of(told)["ff", "bull"].trips == 0
    told.trips("bull", [0.001] * 3)
    assert (live_of(told)["ff", "bull"].trips, live_of(told)["ff", "bull"].alarmed_trip) == (3, None)
    told.add("command", command="change_bot", bot="ff", made=bot_made(sha256=None))
    assert live_of(told) == {}


def test_a_bot_that_is_removed_or_is_no_more_at_a_start_is_no_longer_looked_at() -> None:
    told = Told()
    told.add("session_started", bots=[bot_made("one"), bot_made("two")])
    told.add("command", command="remove_bot", bot="one", made=None)
    assert {bot for bot, _ in live_of(told)} == {"two"}
    told.add("session_started", bots=[])
    assert live_of(told) == {}


def test_kept_at_any_event_it_goes_on_to_the_same_bits() -> None:
    told = Told()
    told.add("session_started", bots=[bot_made()])
    told.trips("bull", np.random.default_rng(6).normal(-0.002, 0.003, 40))
    whole, broken = Expectations(), Expectations()
    for event in told.events:
        whole.take(event)
        broken.take(event)
        broken = msgspec.json.decode(msgspec.json.encode(broken), type=Expectations)
    assert broken == whole


def test_what_is_remembered_of_signals_and_orders_is_bounded() -> None:
    told, finder = Told(), TripFinder()
    told.trips("bull", [0.001] * ASKED_MAX)
    trips = [trip for event in told.events if (trip := finder.take(event)) is not None]
    assert len(trips) == ASKED_MAX
    assert len(finder.asked) == len(finder.orders) == ASKED_MAX
    assert finder.held == {"ff": {}}


def planted(folder: Path, gain: int, trips: int) -> Life:
    """A real journal of FF in BULL; `gain` in ticks of 6,000,000, fees 2,000 millionths a trip."""
    life = Life(recover(*journal_of(folder), RECORDED_NS).writer, bot="ff")
    life.begin(bots=[bot_made()])
    for _ in range(trips):
        life.round_trip(6_000_000, 1_001, gain, "bull")
    return life


def followed(folder: Path, keep: bool = True) -> tuple[Live, ...]:
    file = folder / FILE_NAME
    with JournalReader(folder / "journal.db") as journal:
        found = follow_journal(journal, read_expectation(file))
    if keep:
        write_expectation(file, found)
    return found.live


def test_read_on_in_pieces_it_says_what_one_reading_says_and_another_journal_is_read_from_its_first_event(
    tmp_path: Path,
) -> None:
    life = planted(tmp_path, -6_000, 30)
    for _ in range(3):
        followed(tmp_path)
        for _ in range(30):
            life.round_trip(6_000_000, 1_001, -6_000, "bull")
    piecewise = followed(tmp_path)
    seq = read_expectation(tmp_path / FILE_NAME).seq  # type: ignore[union-attr]  # it was just written
    assert followed(tmp_path) == piecewise
    (tmp_path / FILE_NAME).unlink()
    assert followed(tmp_path) == piecewise
    assert (piecewise[1].regime, piecewise[1].trips) == ("bull", 120)
    assert piecewise[1].alarmed_trip is not None
    other = tmp_path / "other"
    other.mkdir()
    planted(other, 18_000, 40).writer.close()
    (other / FILE_NAME).write_bytes((tmp_path / FILE_NAME).read_bytes())
    assert [one.trips for one in followed(other)] == [0, 40]
    assert seq == life.writer.seq
    life.writer.close()


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 0}', b"\x00" * 100])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    planted(tmp_path, -6_000, 3).writer.close()
    (tmp_path / FILE_NAME).write_bytes(content)
    assert read_expectation(tmp_path / FILE_NAME) is None
    assert followed(tmp_path)[1].trips == 3


@pytest.mark.parametrize(("gain", "drifts"), [(-6_000, True), (18_000, False)])
def test_the_command_says_drift_of_a_drifted_journal_and_not_of_one_as_expected(
    tmp_path: Path, gain: int, drifts: bool
) -> None:
    planted(tmp_path, gain, 120).writer.close()
    command = ["expectation", "--keep", "--data-dir", str(tmp_path)]
    told = CliRunner().invoke(bot_app, command)
    assert told.exit_code == 0, told.output
    assert ("DRIFT since trip" in told.output) is drifts
    assert "no drift: 0 trips, no trip has ended" in told.output
    told = CliRunner().invoke(bot_app, [*command, "--json"])
    assert [row["alarmed_trip"] is not None for row in json.loads(told.output)["live"]] == [False, drifts]
