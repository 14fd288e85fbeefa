"""A dataset is the old one or the new one, whenever its writer is killed, and one program writes it at a time."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from quantumflow.errors import DataRefused
from quantumflow.research.data import store as stored
from quantumflow.research.data.checking import check
from quantumflow.research.data.store import Store

from .conftest import MINUTE_MS, START_MS, Import, rows

MONTHS_APART_MS = 40 * 1_440 * MINUTE_MS


class Killed(BaseException):
    """What no `except` of the store's may catch."""


def two_months(count: int) -> list[str]:
    return [*rows(count), *rows(count, START_MS + MONTHS_APART_MS)]


@pytest.mark.parametrize("facts_written", [False, True])
def test_a_writer_killed_at_the_facts_leaves_the_old_dataset_or_the_new_one(
    imported: Import, store: Store, monkeypatch: pytest.MonkeyPatch, facts_written: bool
) -> None:
    old = imported(two_months(3))
    really = stored.replace_file

    def killed(path: Path, data: bytes) -> None:
        if facts_written:
            really(path, data)
        raise Killed

    monkeypatch.setattr(stored, "replace_file", killed)
    with pytest.raises(Killed):
        imported(two_months(5))
    monkeypatch.undo()
    left = store.load("made")
    assert len(left) == (10 if facts_written else 6)
    assert (left.content_hash == old.content_hash) is not facts_written
    assert len(left.candles) == len(left)
    assert not check(store, "made").wrong
    imported(two_months(5))
    facts = store.load("made").facts
    assert {path.name for path in left.directory.iterdir()} == {
        "dataset.json",
        *(part["path"] for part in facts["partitions"]),
    }


def test_a_first_writer_that_was_killed_leaves_no_dataset(
    imported: Import, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(stored, "replace_file", killed)
    with pytest.raises(Killed):
        imported(rows(3))
    assert store.list() == []


def test_a_second_writer_is_refused_while_there_is_one(imported: Import) -> None:
    made = imported(rows(3))
    other = os.open(made.directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DataRefused) as refused:
            imported(rows(4))
    finally:
        os.close(other)
    assert refused.value.name == "dataset_in_use"
    assert len(imported(rows(4))) == 4


@pytest.mark.parametrize("text", ["{", "[]"])
def test_facts_that_cannot_be_read_are_refused_with_what_helps(imported: Import, store: Store, text: str) -> None:
    made = imported(rows(3))
    (made.directory / "dataset.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataRefused, match=r"remove .*import or fetch it again") as refused:
        store.load("made")
    assert refused.value.name == "dataset_damaged"
    assert len(imported(rows(3))) == 3


def test_an_import_that_is_interrupted_says_so_and_leaves_the_dataset_as_it_was(
    imported: Import, store: Store, tmp_path: Path
) -> None:
    old = imported(rows(3))
    large = tmp_path / "large.csv"
    large.write_text("\n".join(rows(1_500_000)) + "\n", encoding="utf-8")
    words = ["data", "import", str(large), "--symbol", "BTCUSDT", "--interval", "1m", "--name", "made"]
    process = subprocess.Popen(
        [sys.executable, "-m", "quantumflow.cli", *words, "--research-dir", str(store.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    copied = store.root / "raw/local"
    while process.poll() is None and not list(copied.glob("*-large.csv")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "Traceback" not in told[1]
    assert store.load("made").content_hash == old.content_hash
    assert not check(store, "made").wrong
