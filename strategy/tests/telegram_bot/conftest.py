"""The stage of every test here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from telegram_bot.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()
