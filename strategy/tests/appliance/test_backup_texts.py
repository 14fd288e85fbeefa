"""The texts of users' strategies go into a backup and come out of it; what an older backup has can still be read."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from journal.sample import lived

from quantumflow.appliance.data_dir import DataDir
from quantumflow.backup import bundle
from quantumflow.backup.bundle import TEXTS, Core, check_bundle
from quantumflow.backup.make import make_backup
from quantumflow.backup.restore import restore_backup
from quantumflow.bots.sources import Source, keep, kept_text
from quantumflow.errors import BackupRefused

NOW = datetime(2026, 11, 26, tzinfo=UTC)
NO_CORE = Core(("false",))
"""These accounts have no log of core_risk."""


def told(_: str) -> None:
    """Nobody looks."""


@pytest.fixture
def account(tmp_path: Path) -> DataDir:
    directory = DataDir(tmp_path / "account")
    directory.root.mkdir()
    directory.mark.write_text('{"venue": "sim", "started": "20261126T000000Z"}')
    with closing(lived(directory.root).writer):
        pass
    return directory


def test_a_restored_account_has_the_texts_that_its_bots_run(account: DataDir, tmp_path: Path) -> None:
    text = Source("mine", "file", "mine.py", b"def decide(view, parameters, memory):\n    return None\n")
    keep(account.strategies_kept, text)
    (account.strategies_kept / f"{text.digest}.py.new").write_bytes(b"half of one")
    made = make_backup(account, account.root / "backups", NO_CORE, NOW, told)
    assert [name for name in made.contents.files if name.startswith("strategies")] == [f"{TEXTS}/{text.digest}.py"]
    restored = DataDir(tmp_path / "new")
    restore_backup(made.path, restored.root, NO_CORE, told)
    assert kept_text(restored.strategies_kept, text.digest) == text.text

    (made.path / TEXTS / f"{text.digest}.py").write_bytes(b"another text")
    with pytest.raises(BackupRefused, match="is not what was written"):
        check_bundle(made.path, NO_CORE)


def test_a_backup_from_before_there_were_texts_is_read_and_one_of_a_later_build_refused(
    account: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "FORMAT", 1)
    made = make_backup(account, account.root / "backups", NO_CORE, NOW, told)
    assert json.loads((made.path / "manifest.json").read_text())["format"] == 1
    assert check_bundle(made.path, NO_CORE).seq == made.contents.seq
    monkeypatch.setattr(bundle, "FORMATS_READ", (2,))
    with pytest.raises(BackupRefused, match="is of format 1, this build reads 2"):
        check_bundle(made.path, NO_CORE)
