"""A change of one unit, in each place where one could be made, is found in the program that it is in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from end_to_end.appliance import quantumflow
from parity.conftest import verified
from parity.plant import change_journal, change_log, change_recording, flip_bit, raise_level
from quantumflow.exits import ExitCode
from reliability.tally import tallied

Payload = dict[str, Any]
EXPECT = "differs, in this program, at this event"


def raised(name: str, by: int = 1) -> Callable[[Payload], None]:
    """Adds a unit to a figure."""

    def change(payload: Payload) -> None:
        payload[name] += by

    return change


def approved_one_less(record: Payload) -> None:
    """An approval of one lot less, as the log words it."""
    word, _, qty = record["outcome"].partition(" ")
    assert word in ("approve", "reduce"), record["outcome"]
    record["outcome"] = f"reduce {int(qty) - 1}"


def answered_otherwise(record: Payload) -> None:
    """The record is said to have had another answer."""
    record["outcome"] += "s"


def quoted_one_tick_more(record: Payload) -> None:
    """core_risk says that it saw another price."""
    for quote in record["quotes"]:
        quote["bid"] -= 1


def test_an_untouched_session_is_identical_with_digests_and_counts(copied: Path) -> None:
    with tallied("parity", "whole session", "nothing", "identical") as figures:
        code, found = verified(copied)
        assert code == ExitCode.OK, found
        assert found["result"] == "identical"
        assert found["difference"] is None
        programs: Any = found["programs"]
        assert all(len(part["digest"]) == 64 for part in programs.values())
        assert programs["trader"]["counts"]["fills"] == programs["core_risk"]["counts"]["fills"] > 0
        assert programs["trader"]["counts"]["verdicts"] == programs["core_risk"]["counts"]["verdicts"] > 0
        assert programs["market_data"]["counts"]["frames"] >= programs["trader"]["counts"]["frames"] > 0
        figures["speed"] = str(found["speed"])
    assert (copied / "verify" / "results.jsonl").read_text(encoding="utf-8").count("\n") == 1


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("fill", raised("price")),
        ("fill", raised("fee_e8")),
        ("fill", raised("qty", -1)),
        ("verdict", raised("qty", -1)),
        ("verdict", raised("expires_ns")),
        ("order_state", raised("latency_ns")),
        ("equity", raised("equity_e8")),
        ("signal", raised("bid")),
    ],
)
def test_a_unit_in_the_journal_is_found_in_the_trader(
    copied: Path, kind: str, change: Callable[[Payload], None]
) -> None:
    with tallied("parity", f"{kind} of the journal", "one unit, chain rewritten", EXPECT):
        seq = change_journal(copied, kind, change)
        code, found = verified(copied)
        assert code == ExitCode.DIFFERS, found
        difference: Any = found["difference"]
        assert (difference["program"], difference["seq"]) == ("trader", seq)
        assert difference["expected"]["kind"] == kind == difference["found"]["kind"]
        assert difference["expected"] != difference["found"]
        programs: Any = found["programs"]
        assert programs["core_risk"]["result"] == programs["market_data"]["result"] == "identical"


@pytest.mark.parametrize(
    ("event", "change"),
    [
        ("check", approved_one_less),
        ("check", quoted_one_tick_more),
        ("fill", raised("fee_e8")),
        ("mark", raised("as_of_seq")),
        ("configured", answered_otherwise),
    ],
)
def test_a_unit_in_core_risks_log_is_found_in_core_risk(
    copied: Path, event: str, change: Callable[[Payload], None]
) -> None:
    with tallied("parity", f"{event} of core_risk.log: {change.__name__}", "one unit, chain rewritten", EXPECT):
        number = change_log(copied, event, change)
        code, found = verified(copied)
        assert code == ExitCode.DIFFERS, found
        difference: Any = found["difference"]
        assert difference["program"] == "core_risk"
        assert f"record {number} " in difference["where"]
        programs: Any = found["programs"]
        assert programs["trader"]["result"] == programs["market_data"]["result"] == "identical"


def test_a_lot_in_a_level_of_the_recording_is_found_in_market_data(copied: Path) -> None:
    with tallied("parity", "level of the recording", "one lot, checksums rewritten", EXPECT):
        (run,) = (copied / "recordings").iterdir()
        change_recording(run, raise_level)
        code, found = verified(copied)
        assert code == ExitCode.DIFFERS, found
        difference: Any = found["difference"]
        assert difference["program"] == "market_data"
        assert difference["found"]["frame"]["kind"] == "book"
        assert difference["expected"]["published_crc32"] != difference["found"]["crc32"]
        programs: Any = found["programs"]
        assert programs["trader"]["reason"] == "market_data_differs"
        assert programs["core_risk"]["result"] == "identical"


@pytest.mark.parametrize("where", ["recording", "journal", "core_risk", "build"])
def test_what_is_missing_or_damaged_is_named_and_never_identical(copied: Path, where: str) -> None:
    with tallied("parity", f"{where} missing or damaged", "taken away, or a bit flipped", "unverifiable, by name"):
        (run,) = (copied / "recordings").iterdir()
        if where == "recording":
            flip_bit(run / "00000001.seg")
            program, reason = "market_data", "recording_damaged"
        elif where == "core_risk":
            (copied / "core_risk.log").unlink()
            program, reason = "core_risk", "core_risk_log_missing"
        elif where == "build":
            change_journal(copied, "session_started", lambda payload: payload.update(build="of another day"))
            program, reason = "trader", "other_build"
        else:
            (run / "manifest.json").unlink()
            program, reason = "market_data", "no_recording"
        code, found = verified(copied)
        assert code == ExitCode.UNVERIFIABLE, found
        programs: Any = found["programs"]
        assert programs[program]["reason"] == reason, programs
        assert found["result"] == "unverifiable"


def test_a_day_is_all_its_sessions_and_nightly_leaves_today_alone(copied: Path) -> None:
    code, found = quantumflow("verify", "--nightly", "--data-dir", str(copied))
    assert (code, found) == (ExitCode.OK, {"sessions": []})
    assert quantumflow("verify", "99", "--data-dir", str(copied))[0] == ExitCode.NOT_FOUND
    assert quantumflow("verify", "2001-01-01", "--data-dir", str(copied))[0] == ExitCode.NOT_FOUND
    assert quantumflow("verify", "yesterday", "--data-dir", str(copied))[0] == ExitCode.USAGE
