"""Backup and restore by the command line: whole and tested or not at all, and an account that goes on from there."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crash.history import Told, complaints
from end_to_end.appliance import quantumflow
from quantumflow.appliance.programs import find_programs
from quantumflow.backup.bundle import Core, check_bundle
from quantumflow.errors import BackupRefused
from quantumflow.journal.anchor import Anchor, AnchorFile
from reliability.tally import tallied

KILLED = -signal.SIGKILL


def backup(data_dir: Path, *flags: str) -> tuple[int, dict[str, Any]]:
    return quantumflow("backup", "--data-dir", str(data_dir), *flags, seconds_max=120)


def restore(source: Path, data_dir: Path, *flags: str) -> tuple[int, dict[str, Any]]:
    return quantumflow("restore", str(source), "--data-dir", str(data_dir), *flags, seconds_max=120)


def killed(place: str, *arguments: str) -> None:
    """A command that dies at its place."""
    done = subprocess.run(
        [sys.executable, "-m", "quantumflow.cli", *arguments],
        env={**os.environ, "QF_CRASH_AT": f"{place}:1"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == KILLED, done.stderr


def fills_of(data_dir: Path) -> list[Any]:
    with closing(sqlite3.connect(f"file:{data_dir / 'journal.db'}?mode=ro", uri=True)) as database:
        return database.execute("SELECT * FROM fills ORDER BY fill").fetchall()


def finished(data_dir: Path) -> list[str]:
    return sorted(entry.name for entry in (data_dir / "backups").iterdir() if entry.name.endswith("Z"))


def test_a_restored_account_is_the_account(account: Path, tmp_path: Path) -> None:
    code, made = backup(account)
    assert code == 0
    code, restored = restore(Path(made["backup"]), tmp_path / "new")
    assert code == 0
    assert restored["missing_events"] == 0
    assert (restored["seq"], restored["fills"], restored["cash_e8"]) == (made["seq"], made["fills"], made["cash_e8"])
    assert fills_of(tmp_path / "new") == fills_of(account) != []
    assert complaints(tmp_path / "new", Told(), None) == []
    assert json.loads((tmp_path / "new/appliance.json").read_text())["venue"] == "sim"


@pytest.mark.parametrize("place", ["backup.after_journal", "backup.after_log", "backup.before_rename"])
def test_a_backup_that_was_killed_leaves_none(place: str, account: Path) -> None:
    with tallied(
        "kills",
        place,
        "SIGKILL at the place",
        "no backup appears, the next one is whole",
    ) as figures:
        killed(place, "backup", "--data-dir", str(account))
        assert finished(account) == []
        code, made = backup(account)
        assert code == 0
        assert [entry.name for entry in (account / "backups").iterdir() if entry.name.endswith(".part")] == []
        figures.update(kills=1, lost=0, seq=made["seq"])


@pytest.mark.parametrize("place", ["backup.after_rename", "backup.during_prune"])
def test_a_backup_that_was_killed_later_is_one(place: str, account: Path, tmp_path: Path) -> None:
    with tallied("kills", place, "SIGKILL at the place", "the new backup can be restored") as figures:
        assert backup(account)[0] == 0
        older = finished(account)
        (account / "backups" / older[0]).rename(account / "backups/20260101T000000Z")
        killed(place, "backup", "--data-dir", str(account), "--daily", "0", "--hourly", "1")
        newest = account / "backups" / finished(account)[-1]
        assert newest.name != "20260101T000000Z"
        assert restore(newest, tmp_path / "new")[0] == 0
        figures.update(kills=1, lost=0)


@pytest.mark.parametrize("place", ["restore.after_journal", "restore.before_mark"])
def test_a_restore_that_was_killed_is_no_account(place: str, account: Path, tmp_path: Path) -> None:
    with tallied("kills", place, "SIGKILL at the place", "up and a second restore refuse the directory") as figures:
        made = Path(backup(account)[1]["backup"])
        killed(place, "restore", str(made), "--data-dir", str(tmp_path / "new"))
        code, refused = restore(made, tmp_path / "new")
        assert (code, refused["error"]) == (2, "data_dir_not_empty")
        code, refused = quantumflow("up", "--venue", "sim", "--data-dir", str(tmp_path / "new"), seconds_max=60)
        assert (code, refused["error"]) == (2, "data_dir_unmarked")
        figures.update(kills=1, lost=0)


def test_only_an_empty_directory_is_restored_into(account: Path) -> None:
    made = Path(backup(account)[1]["backup"])
    code, refused = restore(made, account)
    assert (code, refused["error"]) == (2, "data_dir_not_empty")


def test_the_anchor_tells_how_many_events_are_missing(account: Path, tmp_path: Path) -> None:
    """A backup taken by hand away from its directory knows nothing of what came later; the lost anchor does."""
    made = Path(backup(account)[1]["backup"])
    away = tmp_path / "away"
    shutil.copytree(made, away)
    assert restore(away, tmp_path / "one")[1]["missing_events"] is None
    later = tmp_path / "journal.anchor"
    seq = json.loads((made / "manifest.json").read_text())["seq"]
    with closing(AnchorFile(later)) as file:
        file.write(Anchor(seq + 17, bytes(32)))
    assert restore(away, tmp_path / "two", "--anchor", str(later))[1]["missing_events"] == 17


def test_a_copy_that_fails_its_test_is_given_up_and_the_older_ones_stand(account: Path) -> None:
    with tallied("disk", "backup of a damaged journal", "a changed event", "no backup, the older ones stand"):
        assert backup(account)[0] == 0
        before = finished(account)
        with closing(sqlite3.connect(account / "journal.db")) as database:
            database.execute("DROP TRIGGER events_are_never_changed")
            database.execute("UPDATE events SET event_ns = event_ns + 1 WHERE seq = 3")
            database.commit()
        code, refused = backup(account)
        assert code == 1
        assert refused["error"] == "backup_damaged"
        assert "event 3" in refused["detail"]
        assert finished(account) == before


def test_any_flipped_bit_of_a_backup_is_found(account: Path) -> None:
    """By the file's own hash; the manifest has one of itself."""
    with tallied("disk", "bit flip in a backup", "one bit of each file", "refused by name") as figures:
        made = Path(backup(account)[1]["backup"])
        core = Core(find_programs().command("core_risk"))
        assert check_bundle(made, core).fills > 0
        runs = 0
        for path in sorted(path for path in made.rglob("*") if path.is_file()):
            whole = path.read_bytes()
            for at in {0, len(whole) // 3, len(whole) // 2, len(whole) - 2}:
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
                with pytest.raises(BackupRefused) as refused:
                    check_bundle(made, core)
                assert refused.value.name in {"backup_damaged", "other_backup_format"}, (path, at)
                runs += 1
            path.write_bytes(whole)
        figures.update(runs=runs)
