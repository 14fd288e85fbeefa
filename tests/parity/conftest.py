"""One session of a made market through the whole appliance; every test verifies a copy of its own."""

import shutil
from pathlib import Path

import pytest

from end_to_end.appliance import quantumflow, up
from end_to_end.capture_maker import write_capture
from quantumflow.appliance.programs import find_programs
from quantumflow.errors import ApplianceRefused

MADE_SECONDS = 240


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Everything here runs the real programs."""
    try:
        find_programs()
    except ApplianceRefused as refused:
        pytest.skip(f"the programs are not built: {refused}")


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with one whole session that traded."""
    folder = tmp_path_factory.mktemp("parity")
    capture, data_dir = folder / "made_btcusdt.gz", folder / "data"
    write_capture(capture, "BTCUSDT", 6_000_000, MADE_SECONDS, seed=1)
    done = up(data_dir, "--venue", f"replay:{capture}", "--speed", "max", seconds_max=180)
    assert done.code == 0, done.log
    assert done.summary["fills"] > 0
    return data_dir


@pytest.fixture
def copied(session: Path, tmp_path: Path) -> Path:
    target = tmp_path / "data"
    shutil.copytree(session, target, ignore=shutil.ignore_patterns("run", "logs", "verify"))
    return target


def verified(data_dir: Path, *what: str) -> tuple[int, dict[str, object]]:
    """`quantumflow verify --json`: its exit status and its only session."""
    code, answer = quantumflow("verify", *what, "--data-dir", str(data_dir), seconds_max=120)
    (found,) = answer["sessions"]
    return code, found
