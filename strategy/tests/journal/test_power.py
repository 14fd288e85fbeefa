"""A power cut loses nothing that was acknowledged; a sync that fails ends the writer, and the next start decides.

The model: what a file held at its last sync is what is left of it. Real disks may also tear and reorder.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from journal.recompute import complaints
from journal.sample import RECORDED_NS, journal_of
from quantumflow.errors import JournalRefused
from quantumflow.journal.recovery import recover

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the power cut with")
    library = tmp_path_factory.mktemp("power") / "power.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "power.c", "-ldl"], check=True)
    return library


def acknowledged(shim: Path, directory: Path, commits: int, synchronous: str = "", **environment: str) -> int:
    """Runs the writer until it acknowledged `commits` times or ended, then cuts the power: the last seq it said."""
    (directory / "disk").mkdir()
    (directory / "live").mkdir()
    variables = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "POWER_DIR": str(directory / "disk"),
        "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE.parents[1]}",
        **environment,
    }
    arguments = [sys.executable, "-m", "journal.acknowledging", str(directory / "live"), synchronous]
    with subprocess.Popen(arguments, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        seq = 0
        for _, line in zip(range(commits), program.stdout, strict=False):
            seq = int(line)
        program.send_signal(signal.SIGKILL)
        (directory / "stderr").write_bytes(program.stderr.read())
    return seq


@pytest.mark.parametrize("commits", [1, 20, 60])
def test_a_power_cut_loses_nothing_acknowledged(shim: Path, tmp_path: Path, commits: int) -> None:
    seq = acknowledged(shim, tmp_path, commits)
    recovered = recover(*journal_of(tmp_path / "disk"), RECORDED_NS)
    recovered.writer.close()
    assert seq > 0
    assert recovered.writer.seq >= seq
    assert complaints(tmp_path / "disk" / "journal.db") == []


def test_the_power_cut_is_seen_where_commits_do_not_wait_for_the_disk(shim: Path, tmp_path: Path) -> None:
    """The test of the test: without synchronous = FULL the same cut loses commits, and the anchor tells."""
    acknowledged(shim, tmp_path, 20, "NORMAL")
    with pytest.raises(JournalRefused) as refused:
        recover(*journal_of(tmp_path / "disk"), RECORDED_NS)
    assert refused.value.name == "journal_behind_anchor"


@pytest.mark.parametrize("fails_at", [12, 13, 30, 31])
def test_a_sync_that_fails_ends_the_writer_and_its_outcome_is_looked_up(
    shim: Path, tmp_path: Path, fails_at: int
) -> None:
    seq = acknowledged(shim, tmp_path, 10_000, POWER_FAIL_AT=str(fails_at))
    assert "JournalFailed" in (tmp_path / "stderr").read_text()
    recovered = recover(*journal_of(tmp_path / "live"), RECORDED_NS)
    recovered.writer.close()
    assert recovered.writer.seq >= seq
    assert complaints(tmp_path / "live" / "journal.db") == []
