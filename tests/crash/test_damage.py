"""A bit flipped, a file deleted or cut, an old copy put back: each is named by whoever reads the file, or is harmless.

`harmless` is proved, not assumed: the account that starts is the account that was, by SQL and arithmetic of its own.
What a start does not read, the whole check names (`quantumflow doctor --deep`, `core_risk --verify`).
"""

import json
import random
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crash.history import Told, complaints
from crash.house import House, within
from end_to_end.appliance import quantumflow
from quantumflow.appliance.data_dir import DataDir, claim
from quantumflow.appliance.programs import find_programs
from quantumflow.appliance.status_files import read_status
from quantumflow.backup.bundle import Core
from quantumflow.errors import ApplianceRefused, BackupRefused, JournalRefused
from quantumflow.journal.recovery import recover
from quantumflow.journal.verify import check_journal
from reliability.tally import tallied

FLIPS = 60
SECONDS_MAX = 240.0
BOOKS = (
    "SELECT seq, session, event_ns, kind, payload FROM events WHERE seq <= ? ORDER BY seq",
    "SELECT cash_e8, fees_e8, realised_e8, deposits_e8, fills FROM account",
    "SELECT * FROM positions ORDER BY bot, symbol",
)


def books(root: Path, head: int) -> list[object]:
    with closing(sqlite3.connect(f"file:{root / 'journal.db'}?mode=ro", uri=True)) as database:
        return [database.execute(question, (head,) if "?" in question else ()).fetchall() for question in BOOKS]


def head_of(root: Path) -> int:
    with closing(sqlite3.connect(f"file:{root / 'journal.db'}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT max(seq) FROM events").fetchone()[0])


def of_the_journal(root: Path, was: list[object], head: int) -> str:
    """What a trader's start and then the whole check say of a directory."""
    try:
        recover(root / "journal.db", root / "journal.anchor", recorded_ns=1).writer.close()
    except JournalRefused as refused:
        return f"refused at the start: {refused.name}"
    try:
        check_journal(root / "journal.db", root / "journal.anchor")
    except JournalRefused as refused:
        return f"named by the whole check: {refused.name}"
    return "harmless" if books(root, head) == was and complaints(root, Told(), None) == [] else "SILENT"


def flipped(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def drawn() -> random.Random:
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal", "journal.anchor"])
def test_a_flipped_bit_of_the_journals_files(name: str, lived: Path, tmp_path: Path) -> None:
    rng = drawn()
    with tallied("disk", f"bit flip: {name}", f"{FLIPS} random bits", "refused, named, or harmless") as figures:
        head = head_of(lived)
        was = books(lived, head)
        outcomes: Counter[str] = Counter()
        for number in range(FLIPS):
            root = tmp_path / str(number)
            root.mkdir()
            for part in ("journal.db", "journal.db-wal", "journal.anchor", "core_risk.log"):
                shutil.copy(lived / part, root / part)
            flipped(root / name, rng)
            outcomes[of_the_journal(root, was, head).partition(":")[0]] += 1
            shutil.rmtree(root)
        assert outcomes["SILENT"] == 0, outcomes
        figures.update(runs=FLIPS, **{word.replace(" ", "_"): count for word, count in outcomes.items()})


def test_a_flipped_bit_of_core_risks_log_is_named(lived: Path, tmp_path: Path) -> None:
    rng = drawn()
    with tallied("disk", "bit flip: core_risk.log", f"{FLIPS} random bits", "named by core_risk --verify") as figures:
        core = Core(find_programs().command("core_risk"))
        log = tmp_path / "core_risk.log"
        for _ in range(FLIPS):
            shutil.copy(lived / "core_risk.log", log)
            flipped(log, rng)
            with pytest.raises(BackupRefused, match=r"damaged|cannot be replayed"):
                core.decided_again(log)
        figures.update(runs=FLIPS, named=FLIPS)


def test_the_whole_check_names_a_record_that_no_start_reads(account: Path) -> None:
    log = account / "core_risk.log"
    whole = log.read_bytes()
    place = whole.index(b"\n") + len(b"2 ") + 64 + 9
    log.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    code, report = quantumflow("doctor", "--deep", "--data-dir", str(account), seconds_max=120)
    failed = {found["check"]: found["found"] for found in report["findings"] if found["level"] == "fail"}
    assert code != 0
    assert failed["core_risk_log"].startswith("risk_log_damaged")


def test_a_flipped_bit_of_the_mark_never_opens_it_as_another_account(lived: Path, tmp_path: Path) -> None:
    rng = drawn()
    with tallied(
        "disk", "bit flip: appliance.json", f"{FLIPS} random bits", "refused, or the venue is right"
    ) as figures:
        refused = 0
        for _ in range(FLIPS):
            shutil.copy(lived / "appliance.json", tmp_path / "appliance.json")
            flipped(tmp_path / "appliance.json", rng)
            try:
                # Another word is refused too: `up` compares it with the venue that it was asked for.
                refused += DataDir(tmp_path).venue() != "sim"
            except ApplianceRefused:
                refused += 1
        figures.update(runs=FLIPS, refused=refused, harmless=FLIPS - refused)


def test_a_flipped_bit_of_a_status_never_breaks_a_reader(tmp_path: Path) -> None:
    """It may show a wrong figure until it is replaced, within a second; no order depends on it."""
    rng = drawn()
    with tallied("disk", "bit flip: trader.status.json", f"{FLIPS} random bits", "read, or not believed") as figures:
        path = tmp_path / "trader.status.json"
        for _ in range(FLIPS):
            path.write_text(json.dumps({"program": "trader", "written_ns": 5, "final": False, "fills": 3}))
            flipped(path, rng)
            read_status(path, 5)
        figures.update(runs=FLIPS)


def cut_to(part: float) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])

    return cut


@pytest.mark.parametrize(
    ("name", "harm", "outcome"),
    [
        ("journal.db", Path.unlink, "refused at the start"),
        ("journal.db-wal", Path.unlink, "refused at the start: journal_behind_anchor"),
        ("journal.anchor", Path.unlink, "refused at the start: anchor_missing"),
        ("journal.db-shm", Path.unlink, "harmless"),
        ("journal.db-wal", cut_to(0.1), "refused at the start: journal_behind_anchor"),
        ("journal.db-wal", cut_to(0), "refused at the start: journal_behind_anchor"),
        ("journal.anchor", cut_to(0.25), "refused at the start: anchor_unreadable"),
        ("journal.anchor", cut_to(0), "refused at the start: anchor_missing"),
    ],
)
def test_a_deleted_or_cut_file_of_the_journal(
    name: str, harm: Callable[[Path], None], outcome: str, lived: Path, tmp_path: Path
) -> None:
    with tallied("disk", f"{name}: {outcome}", "deleted or cut", outcome):
        root = tmp_path / "account"
        shutil.copytree(lived, root, symlinks=True)
        head = head_of(lived)
        was = books(lived, head)
        (root / "journal.db-shm").touch()
        harm(root / name)
        assert of_the_journal(root, was, head).startswith(outcome)


def test_the_mark_is_missed(account: Path) -> None:
    with tallied("disk", "appliance.json deleted", "unlink", "up refuses by name"):
        (account / "appliance.json").unlink()
        assert DataDir(account).venue() is None
        with pytest.raises(ApplianceRefused, match="data_dir_unmarked"), claim(account, "sim", datetime.now(UTC)):
            pass


def test_an_old_journal_put_back_beside_a_newer_core_risk_trades_nothing(house: House) -> None:
    """The way back by hand that looks right: journal and anchor of one moment, core_risk's log of a later one."""
    with tallied(
        "disk", "old journal put back", "journal and anchor, not core_risk.log", "reconcile mismatch, no order"
    ):
        root = house.directory.root
        house.start_all()
        within(SECONDS_MAX, "a fill", lambda: (house.status().get("fills") or 0) >= 1)
        house.kill("trader")
        names = ("journal.db", "journal.db-wal", "journal.anchor")
        for name in names:
            shutil.copy(root / name, root / f"old.{name}")
        fills = house_fills(root)
        house.start("trader")
        within(SECONDS_MAX, "two more fills", lambda: (house.status().get("fills") or 0) >= fills + 2)
        house.kill("trader")
        for name in names:
            shutil.copy(root / f"old.{name}", root / name)
        (root / "journal.db-shm").unlink(missing_ok=True)
        house.start("trader")
        within(SECONDS_MAX, "it says why", lambda: house.status().get("why_not_trading") == "risk_halted")
        assert "core_risk knows" in house.status()["detail"]
        assert house_fills(root) == fills


def house_fills(root: Path) -> int:
    with closing(sqlite3.connect(f"file:{root / 'journal.db'}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM fills").fetchone()[0])
