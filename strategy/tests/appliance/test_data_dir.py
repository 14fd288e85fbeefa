"""The data directory: one appliance, one venue, a fresh account for each replay."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quantumflow.appliance.data_dir import SOCKET_PATH_BYTES_MAX, claim, find_data_dir, make_token
from quantumflow.errors import ApplianceRefused

FIRST = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECOND = datetime(2026, 1, 2, 4, 0, 0, tzinfo=UTC)


def refusal(root: Path, venue: str) -> str:
    with pytest.raises(ApplianceRefused) as caught, claim(root, venue, SECOND):
        pass
    return caught.value.name


def test_two_appliances_never_share_a_directory(tmp_path: Path) -> None:
    with claim(tmp_path / "d", "sim", FIRST):
        assert refusal(tmp_path / "d", "sim") == "data_dir_in_use"
    with claim(tmp_path / "d", "sim", SECOND):
        pass


def test_a_directory_keeps_its_venue(tmp_path: Path) -> None:
    with claim(tmp_path / "d", "sim", FIRST) as (directory, _):
        directory.journal.write_text("x", encoding="utf-8")
    assert refusal(tmp_path / "d", "binance") == "data_dir_of_another_venue"
    assert refusal(tmp_path / "d", "replay") == "data_dir_of_another_venue"
    assert directory.journal.read_text(encoding="utf-8") == "x"


def test_a_journal_without_its_mark_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("x", encoding="utf-8")
    assert refusal(tmp_path, "sim") == "data_dir_unmarked"


def test_a_mark_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "appliance.json").write_text("{", encoding="utf-8")
    assert refusal(tmp_path, "sim") == "data_dir_unreadable"


def test_a_full_disk_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert refusal(tmp_path, "sim") == "data_dir_unusable"


def test_a_replay_begins_empty_and_keeps_the_earlier_one(tmp_path: Path) -> None:
    with claim(tmp_path, "replay", FIRST) as (directory, _):
        directory.journal.write_text("first", encoding="utf-8")
        directory.risk_log.write_text("log", encoding="utf-8")
        directory.imports.mkdir()
    with claim(tmp_path, "replay", SECOND) as (directory, _):
        assert not directory.journal.exists()
        assert not directory.risk_log.exists()
    earlier = tmp_path / "earlier" / "20260102T030405.000000Z"
    assert (earlier / "journal.db").read_text(encoding="utf-8") == "first"
    assert (earlier / "core_risk.log").exists()
    assert directory.imports.is_dir()


def test_a_live_account_goes_on(tmp_path: Path) -> None:
    with claim(tmp_path, "sim", FIRST) as (directory, _):
        directory.journal.write_text("first", encoding="utf-8")
        (directory.run / "market.sock").write_text("", encoding="utf-8")
    with claim(tmp_path, "sim", SECOND) as (directory, _):
        assert directory.journal.exists()
        assert not (directory.run / "market.sock").exists()


def test_a_long_path_gets_a_short_run_directory(tmp_path: Path) -> None:
    root = tmp_path / ("long" * 20) / ("path" * 10)
    with claim(root, "sim", FIRST) as (directory, _):
        assert directory.run.is_symlink()
        first = directory.run.resolve()
        assert len(os.fsencode(first / "market.sock")) <= SOCKET_PATH_BYTES_MAX
        assert first.stat().st_mode & 0o077 == 0
    with claim(root, "sim", SECOND) as (directory, _):
        assert not first.exists()
        directory.run.resolve().rmdir()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refusal(tmp_path / "file" / "d", "sim") == "data_dir_unusable"


def test_the_web_token_is_made_once_and_private(tmp_path: Path) -> None:
    with claim(tmp_path, "sim", FIRST) as (directory, _):
        make_token(directory.web_token)
        token = directory.web_token.read_text(encoding="utf-8")
        make_token(directory.web_token)
    assert directory.web_token.read_text(encoding="utf-8") == token
    assert len(token.strip()) >= 43
    assert directory.web_token.stat().st_mode & 0o777 == 0o600


def test_a_question_is_about_the_directory_that_ran_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ApplianceRefused):
        find_data_dir(None)
    for venue in ("sim", "replay"):
        with claim(Path("data") / venue, venue, FIRST):
            pass
        os.utime(Path("data") / venue / "appliance.json", ns=(0, len(venue)))
    assert find_data_dir(None).root == Path("data") / "replay"
