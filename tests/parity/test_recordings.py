"""Recordings from the command line: listed, looked at, carried to another directory, refused when damaged."""

from pathlib import Path

import pytest

from end_to_end.appliance import quantumflow
from parity.conftest import verified
from parity.plant import flip_bit
from quantumflow.exits import ExitCode


def test_a_run_is_listed_and_described(copied: Path) -> None:
    code, listed = quantumflow("record", "ls", "--data-dir", str(copied))
    assert code == 0
    (run,) = listed["recordings"]
    assert (run["complete"], run["pruned"], run["symbols"]) == (True, False, ["BTCUSDT"])
    code, found = quantumflow("record", "info", "--data-dir", str(copied))
    assert code == 0
    assert found["damage"] == []
    assert found["ended"] == "recording_ended"
    assert [segment["check"] for segment in found["segments"]] == ["ok"]
    assert found["kinds"]["message"] > 1_000
    assert found["settings"]["publish_levels"] == 20
    assert found["bytes"] < found["message_bytes"] / 5


def test_a_flipped_bit_is_named_by_its_segment(copied: Path) -> None:
    (run,) = (copied / "recordings").iterdir()
    flip_bit(run / "00000001.seg")
    code, found = quantumflow("record", "info", "--data-dir", str(copied))
    assert code == ExitCode.UNHEALTHY
    assert found["damage"][0].startswith("00000001.seg")


def test_an_exported_run_verifies_where_it_is_imported(copied: Path, tmp_path: Path) -> None:
    carried = tmp_path / "carried.qfrec"
    flags = ("--data-dir", str(copied))
    assert quantumflow("record", "export", str(carried), *flags)[0] == 0
    assert quantumflow("record", "export", str(carried), *flags)[0] == ExitCode.USAGE
    (run,) = (copied / "recordings").iterdir()
    for file in run.iterdir():
        file.unlink()
    run.rmdir()
    code, done = quantumflow("record", "import", str(carried), "--as-own", *flags)
    assert code == 0, done
    code, found = verified(copied)
    assert (code, found["result"]) == (0, "identical")


@pytest.mark.parametrize("damage", ["bit", "cut"])
def test_a_damaged_file_is_refused_and_leaves_nothing(copied: Path, tmp_path: Path, damage: str) -> None:
    carried = tmp_path / "carried.qfrec"
    assert quantumflow("record", "export", str(carried), "--data-dir", str(copied))[0] == 0
    if damage == "bit":
        flip_bit(carried)
    else:
        carried.write_bytes(carried.read_bytes()[:-100])
    target = tmp_path / "other"
    code, refused = quantumflow("record", "import", str(carried), "--data-dir", str(target))
    assert code == ExitCode.USAGE
    assert refused["error"] == "recording_refused"
    assert "carried.qfrec" in refused["detail"]
    assert list((target / "imports").iterdir()) == []


def test_lines_of_a_recording_are_a_capture_again(copied: Path, tmp_path: Path) -> None:
    lines = tmp_path / "btc.txt"
    flags = ("--data-dir", str(copied))
    assert quantumflow("record", "export", str(lines), "--text", "BTCUSDT", *flags)[0] == 0
    code, done = quantumflow("record", "import", str(lines), "--data-dir", str(tmp_path / "other"))
    assert code == 0, done
    (one,) = done["imports"]
    assert one["report"]["symbols"] == ["BTCUSDT"]
    assert one["report"]["snapshots"] == 1
    assert sum(one["report"]["gaps"].values()) == 0
