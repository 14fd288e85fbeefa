"""The disk is full, or a sync fails: a program ends or says so, nothing acknowledged is lost, it goes on with room."""

import threading
import time
from pathlib import Path

import pytest

from crash.core_alone import CoreAlone
from crash.history import complaints
from crash.house import PROGRAMS, House, within
from crash.test_market_data import inspected, is_live
from crash.witness import RiskClient, Witness, settled
from quantumflow.build import build_id
from reliability.tally import tallied

SECONDS_MAX = 240.0
LOG_FAILED = 5
FAILED = 1
IN_USE = 3


@pytest.mark.parametrize(
    ("what", "variables"),
    [
        ("disk full", {"POWER_FULL": "DIRECTORY/core_risk.log:9"}),
        ("disk full, its output too", {"POWER_FULL": "core_risk.log:9"}),
        ("sync fails", {"POWER_FAIL_AT": "9", "POWER_FAIL_FILE": "core_risk.log"}),
    ],
)
def test_core_risk_ends_by_name_and_its_next_start_looks(
    house: House, power: Path, what: str, variables: dict[str, str]
) -> None:
    """What was not answered is asked again under its id: it is there once, whether it had reached the disk or not."""
    with tallied("disk", f"core_risk.log: {what}", "the 9th", "exit status 5, nothing answered is lost") as figures:
        core = CoreAlone(house)
        own = {name: value.replace("DIRECTORY", house.directory.root.name) for name, value in variables.items()}
        core.start(None, LD_PRELOAD=str(power), **own)
        assert not core.talk(50)
        assert house.living["core_risk"].wait(timeout=60) == LOG_FAILED
        assert "output" in what or "could not be written" in house.log("core_risk")
        core.start()
        assert core.talk(20)
        house.kill("core_risk")
        assert core.complaints() == []
        figures.update(acknowledged=len(core.told.answered), lost=0)


@pytest.mark.parametrize(
    ("what", "variables"),
    [
        ("journal: disk full", {"POWER_FULL": "journal.db-wal:40"}),
        ("journal: sync fails", {"POWER_FAIL_AT": "6", "POWER_FAIL_FILE": "journal.db-wal"}),
        ("anchor: sync fails", {"POWER_FAIL_AT": "6", "POWER_FAIL_FILE": "journal.anchor"}),
        ("anchor: disk full", {"POWER_FULL": "journal.anchor:6"}),
    ],
)
def test_the_trader_ends_by_name_and_goes_on_with_room(
    house: House, power: Path, what: str, variables: dict[str, str]
) -> None:
    with tallied("disk", what, "in the middle of trading", "exit status 1 by name, goes on with room") as figures:
        client = RiskClient(house.directory.run / "risk.sock", house.token, build_id())
        for program in PROGRAMS:
            house.start(program, None, **({"LD_PRELOAD": str(power), **variables} if program == "trader" else {}))
        with Witness(house.directory.root, client) as witness:
            within(SECONDS_MAX, "the trader ends", lambda: house.living["trader"].poll() is not None)
            assert house.living["trader"].returncode == FAILED
            assert house.status()["why_not_trading"] == "journal_failed"
            house.start("trader")
            figures["ready_ms"] = round(1000 * within(SECONDS_MAX, "ready again", house.is_ready))
        assert complaints(house.directory.root, witness.told, settled(house, client)) == []
        figures["lost"] = 0


def test_a_slow_disk_holds_back_the_answer_and_nobody_else(house: House, power: Path) -> None:
    """What is looked at meanwhile is the account as it was; a kill then leaves what was never acknowledged."""
    with tallied("disk", "core_risk.log: slow", "each sync takes a second", "others are served meanwhile") as figures:
        core = CoreAlone(house)
        core.start(None, LD_PRELOAD=str(power), POWER_SLOW="core_risk.log:1000")
        client = RiskClient(house.directory.run / "risk.sock", house.token, build_id())
        before = client.ask("GET", "/v1/state")
        asking = threading.Thread(target=core.talk, args=(1,))
        began = time.monotonic()
        asking.start()
        looks: list[float] = []
        while asking.is_alive():
            at = time.monotonic()
            if client.ask("GET", "/v1/state") != before:
                break
            looks.append(time.monotonic() - at)
        # The account changes with the sync's end, which may be seen before the thread has read its own answer.
        assert time.monotonic() - began >= 1.0
        asking.join(SECONDS_MAX)
        assert len(looks) >= 5
        assert len(core.told.answered) == 1
        threading.Thread(target=core.talk, args=(1,)).start()
        time.sleep(0.3)
        house.kill("core_risk")
        core.start()
        assert core.talk(2)
        house.kill("core_risk")
        assert core.complaints() == []
        figures.update(looks=len(looks), longest_ms=round(1000 * max(looks), 1), lost=0)


def test_the_trader_outlives_a_status_file_that_cannot_be_written(house: House, power: Path) -> None:
    with tallied("disk", "trader.status.json: disk full", "its 3rd writing", "it is said once, the trader goes on"):
        for program in PROGRAMS:
            variables = {"LD_PRELOAD": str(power), "POWER_FULL": "trader.status.json.new:3"}
            house.start(program, None, **(variables if program == "trader" else {}))
        within(SECONDS_MAX, "it is said", lambda: "the status file cannot be written" in house.log("trader"))
        assert house.living["trader"].poll() is None
        house.end("trader")
        assert "session ended" in house.log("trader")


def test_market_data_goes_on_without_its_recording(house: House, power: Path) -> None:
    with tallied("disk", "recordings: disk full", "the 5th write", "live, and it says that nothing is recorded"):
        house.start("exchange_sim")
        house.start("market_data", None, LD_PRELOAD=str(power), POWER_FULL=".seg:5")
        within(SECONDS_MAX, "it is said", lambda: "the recording cannot be written" in house.log("market_data"))
        within(SECONDS_MAX, "market_data is live", lambda: is_live(house))
        house.end("market_data")
        (recording,) = house.directory.recordings.iterdir()
        assert inspected(recording)


def test_a_second_trader_on_the_journal_is_refused_and_the_first_goes_on(house: House) -> None:
    with tallied("disk", "trader started twice", "a second process on the journal", "refused, the first goes on"):
        house.start_all()
        within(SECONDS_MAX, "ready", house.is_ready)
        first = house.living.pop("trader")
        house.start("trader")
        assert house.living["trader"].wait(timeout=SECONDS_MAX) == IN_USE
        assert "journal_locked" in house.log("trader")
        house.living["trader"] = first
        assert house.is_ready(), "the second one wrote into the first one's status"
