"""The power is cut: what is left of each file is what it held at its last sync. Nothing acknowledged is lost.

And the tests of the tests: a program that would not wait for the disk loses, and is found out.
"""

import shutil
import signal
from pathlib import Path

import pytest

from crash.core_alone import CoreAlone
from crash.history import complaints
from crash.house import PROGRAMS, House, within
from crash.test_market_data import inspected, is_live
from crash.witness import RiskClient, Witness, settled
from quantumflow.build import build_id
from reliability.tally import tallied

ANSWERS = 40
HOUSE_SECONDS_MAX = 240.0
WITHOUT_A_DISK = "journal.db-wal"


def disk_of(house: House, power: Path) -> dict[str, str]:
    """Where the durable content goes, and the variables that send it there."""
    disk = house.directory.root / "disk"
    disk.mkdir(exist_ok=True)
    return {"LD_PRELOAD": str(power), "POWER_DIR": str(disk)}


def only_the_disk_is_left(house: House, *names: str) -> None:
    """Each named file becomes what was durable of it."""
    root = house.directory.root
    for name in names:
        (root / name).unlink(missing_ok=True)
        if (root / "disk" / name).exists():
            shutil.copy(root / "disk" / name, root / name)


@pytest.mark.parametrize("answers", [1, ANSWERS])
def test_core_risk_loses_no_answer(house: House, power: Path, answers: int) -> None:
    with tallied("power", f"core_risk.log, {answers} answers", "power cut", "every answer is there") as figures:
        core = CoreAlone(house)
        core.start(None, **disk_of(house, power))
        assert core.talk(answers)
        core.halt("kept through the cut")
        house.kill("core_risk")
        only_the_disk_is_left(house, "core_risk.log", "core_risk.log.checkpoint")
        assert core.complaints() == []
        core.start()
        assert core.talk(3)
        figures.update(cuts=1, acknowledged=len(core.told.answered), lost=0)


def test_a_core_risk_that_would_not_sync_loses_and_is_found_out(house: House, power: Path) -> None:
    with tallied("power", "core_risk without fsync", "power cut", "the test sees the loss") as figures:
        core = CoreAlone(house)
        core.start(None, **disk_of(house, power), POWER_FORGETS="core_risk.log")
        assert core.talk(ANSWERS)
        house.kill("core_risk")
        (house.directory.root / "disk/core_risk.log").touch()
        only_the_disk_is_left(house, "core_risk.log")
        assert len(core.complaints()) == ANSWERS
        figures.update(cuts=1, seen=ANSWERS)


def test_a_checkpoint_is_never_ahead_of_a_synced_log(house: House, power: Path) -> None:
    with tallied(
        "power", "core_risk.log.checkpoint", "power cut after a clean end", "log and checkpoint fit"
    ) as figures:
        core = CoreAlone(house)
        core.start(None, **disk_of(house, power))
        assert core.talk(5)
        house.living["core_risk"].send_signal(signal.SIGTERM)
        assert house.living.pop("core_risk").wait(timeout=60) == 0
        only_the_disk_is_left(house, "core_risk.log", "core_risk.log.checkpoint")
        assert (house.directory.root / "core_risk.log.checkpoint").exists()
        core.start()
        assert core.complaints() == []
        figures.update(cuts=1, lost=0)


def test_a_finished_segment_of_a_recording_survives(house: House, power: Path) -> None:
    with tallied("power", "recordings", "power cut after a segment's end", "it can be replayed") as figures:
        house.start("exchange_sim")
        house.start("market_data", None, **disk_of(house, power))
        within(60, "market_data is live", lambda: is_live(house))
        house.living["market_data"].send_signal(signal.SIGTERM)
        assert house.living.pop("market_data").wait(timeout=60) == 0
        (recording,) = house.directory.recordings.iterdir()
        whole = inspected(recording)
        for path in recording.iterdir():
            path.unlink()
        for name in ("manifest.json", "00000001.seg", "index.json"):
            shutil.copy(house.directory.root / "disk" / name, recording / name)
        assert inspected(recording) == whole
        figures.update(cuts=1, lost=0)


def cut(house: House, power: Path, forgets: str | None) -> list[str]:
    """Trades, cuts the power under every program at once, goes on from what is left: what is complained of."""
    variables = disk_of(house, power) | ({} if forgets is None else {"POWER_FORGETS": forgets})
    client = RiskClient(house.directory.run / "risk.sock", house.token, build_id())
    for program in PROGRAMS:
        house.start(program, None, **(variables if program in ("core_risk", "trader") else {}))
    with Witness(house.directory.root, client) as witness:
        within(HOUSE_SECONDS_MAX, "three fills", lambda: witness.told.risk_fills >= 3)
        house.kill(*PROGRAMS)
    only_the_disk_is_left(
        house,
        "journal.db",
        "journal.db-wal",
        "journal.db-shm",
        "journal.anchor",
        "core_risk.log",
        "core_risk.log.checkpoint",
    )
    if forgets is not None:
        return complaints(house.directory.root, witness.told, None)
    house.start_all()
    within(HOUSE_SECONDS_MAX, "ready after the cut", house.is_ready)
    return complaints(house.directory.root, witness.told, settled(house, client))


def test_the_whole_house_loses_nothing(house: House, power: Path) -> None:
    with tallied(
        "power", "journal, anchor and core_risk.log", "power cut under load", "all is there, books agree"
    ) as figures:
        assert cut(house, power, None) == []
        figures.update(cuts=1, lost=0)


def test_a_trader_that_would_not_sync_loses_and_is_found_out(house: House, power: Path) -> None:
    with tallied(
        "power", "trader without fsync of its log", "power cut under load", "the test sees the loss"
    ) as figures:
        found = cut(house, power, WITHOUT_A_DISK)
        assert any("are gone" in complaint for complaint in found), found
        figures.update(cuts=1, seen=len(found))
