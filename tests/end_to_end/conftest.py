"""What the tests share: the built programs, a made capture, the real ones."""

import os
from pathlib import Path

import pytest

from end_to_end.appliance import ROOT
from end_to_end.capture_maker import write_capture
from quantumflow.appliance.programs import find_programs
from quantumflow.errors import ApplianceRefused

CAPTURES = tuple(f"spot_{symbol}_{day}.gz" for symbol in ("btcusdt", "ethusdt") for day in ("20240808", "20240809"))
MADE_SECONDS = 240


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Everything here runs the real programs."""
    try:
        find_programs()
    except ApplianceRefused as refused:
        pytest.skip(f"the programs are not built: {refused}")


@pytest.fixture(scope="session")
def made_captures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two symbols of a made-up market, four minutes."""
    folder = tmp_path_factory.mktemp("captures")
    paths = [folder / "made_btcusdt.gz", folder / "made_ethusdt.txt"]
    write_capture(paths[0], "BTCUSDT", 6_000_000, MADE_SECONDS, seed=1)
    write_capture(paths[1], "ETHUSDT", 300_000, MADE_SECONDS, seed=2)
    return paths


@pytest.fixture(scope="session")
def data() -> Path:
    """Where real recordings lie: QF_DATA, or beside the project."""
    folder = Path(os.environ.get("QF_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real recordings in {folder}; set QF_DATA to where they are")
    return folder


@pytest.fixture(scope="session")
def real_captures(data: Path) -> list[Path]:
    """The four spot captures of 2024-08-08/09: two symbols, one session across midnight."""
    paths = [data / "l2" / name for name in CAPTURES]
    absent = [path.name for path in paths if not path.exists()]
    if absent:
        pytest.skip(f"{data / 'l2'} lacks {', '.join(absent)}")
    return paths
