"""A research directory of a test, and small files to import into it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from quantumflow.paths import PROJECT_ROOT
from quantumflow.research.data.building import import_files
from quantumflow.research.data.dataset import Dataset
from quantumflow.research.data.store import Store

DATA = Path(os.environ.get("QF_DATA", PROJECT_ROOT.parent / "shared" / "data"))
MINUTE_MS = 60_000
START_MS = 1_722_003_360_000

Import = Callable[..., Dataset]


def quiet(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def rows(count: int, start_ms: int = START_MS) -> list[str]:
    """Candles that hold, a minute apart, each with another price."""
    return [f"{start_ms + k * MINUTE_MS},{100 + k}.5,{103 + k},{99 + k}.25,{101 + k},{k + 1}.125" for k in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "research")


@pytest.fixture
def imported(store: Store, tmp_path: Path) -> Import:
    """Writes lines to a file and imports it as candles of a minute."""

    def make(
        lines: Sequence[str] | bytes, name: str = "made", suffix: str = ".csv", conflict: str = "refuse"
    ) -> Dataset:
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(lines if isinstance(lines, bytes) else ("\n".join(lines) + "\n").encode())
        return import_files(store, [path], "BTCUSDT", "1m", name, conflict, quiet)

    return make


@pytest.fixture(scope="session")
def recorded() -> Path:
    if not (DATA / "klines").is_dir():
        pytest.skip(f"no recordings: {DATA} has no klines; set QF_DATA")
    return DATA
