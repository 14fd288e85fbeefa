"""quantumflow_native gives what a trader at the feed's socket would have had, and refuses what cannot be read."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

import quantumflow as qf
from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.programs import find_programs
from quantumflow.appliance.resolve import Ports, Start, resolve
from quantumflow.appliance.venue import VenueChoice
from quantumflow.config import find_config, load_config
from quantumflow.events import Events
from quantumflow.frames import FrameReader
from quantumflow.research.backtest.tape import RecordedTape
from research.made_capture import write_capture

native = pytest.importorskip("quantumflow_native", reason="built by `make research`")

DATA = Path(os.environ.get("QF_DATA", "../shared/data"))
WAIT_SECONDS = 60.0


def of_socket(files: list[Path], run: Path) -> Events:
    """What FrameReader makes of a replay by the real market_data."""
    run.mkdir()
    config = load_config(find_config(None))
    start = Start(VenueChoice("replay", tuple(files)), ("BTCUSDT",), 0.0, Ports(free_port(), 0, 0, 0, 0))
    document = resolve(config, start, DataDir(run))["market_data"]
    document["replay"]["wait_readers"] = 1
    path = run / "market.sock"
    document |= {"record": None, "socket": str(path), "status_file": str(run / "status.json")}
    file = run / "market_data.json"
    file.write_text(json.dumps(document))
    program = subprocess.Popen([*find_programs().market_data, "--config", str(file)], stderr=subprocess.DEVNULL)
    try:
        return read_all(path)
    finally:
        program.terminate()
        program.wait(WAIT_SECONDS)


def read_all(path: Path) -> Events:
    channel, give_up = socket.socket(socket.AF_UNIX), time.monotonic() + WAIT_SECONDS
    while channel.connect_ex(str(path)) != 0:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    channel.settimeout(WAIT_SECONDS)
    reader, heads, levels, rows = FrameReader(), [], [], 0
    with channel:
        while data := channel.recv(65_536):
            reader.push(data)
            while (batch := reader.take()).heads or batch.notes:
                found = batch.events.heads[: batch.heads].copy()
                books = found["levels_row"] >= 0
                levels.append(batch.events.levels[: books.sum()].copy())
                found["levels_row"][books] += rows
                rows += int(books.sum())
                heads.append(found)
    return Events(np.concatenate(heads), np.concatenate(levels))


def of_native(files: list[Path]) -> Events:
    tape = RecordedTape(files, load_config(find_config(None)))
    batches, rows, heads, levels = [], 0, [], []
    while (batch := tape.next()) is not None:
        batches.append(batch)
        found = batch.heads.copy()
        found["levels_row"][found["levels_row"] >= 0] += rows
        rows += len(batch.levels)
        heads.append(found)
        levels.append(batch.levels)
    return Events(np.concatenate(heads), np.concatenate(levels))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def assert_same(ours: Events, theirs: Events) -> None:
    assert len(ours.heads) == len(theirs.heads)
    assert ours.heads.tobytes() == theirs.heads.tobytes()
    assert np.array_equal(ours.levels, theirs.levels)


def test_events_are_those_of_the_socket_also_over_a_gap_and_a_resync(tmp_path: Path) -> None:
    capture = write_capture(tmp_path / "made", 30, gap_at=10)
    ours = of_native([capture])
    epochs = ours.heads["epoch"][ours.heads["kind"] == 1]
    assert set(epochs) == {1, 2}, "the gap was met and mended"
    assert_same(ours, of_socket([capture], tmp_path / "run"))


def test_events_of_a_real_capture_are_those_of_the_socket(tmp_path: Path) -> None:
    files = [DATA / f"l2/spot_btcusdt_2024080{day}.gz" for day in (8, 9)]
    if not all(file.exists() for file in files):
        pytest.skip(f"no captures below {DATA}: set QF_DATA")
    assert_same(of_native(files), of_socket(files, tmp_path / "run"))


def test_what_cannot_be_read_names_file_and_line(tmp_path: Path) -> None:
    capture = write_capture(tmp_path / "made", 2)
    lines = capture.read_text().splitlines()
    lines[3] = lines[3][:40]
    capture.write_text("\n".join(lines) + "\n")
    settings = dict.fromkeys(("publish_levels", "imbalance_decay_ppm", "crossed_resync_ms"), 20)
    settings |= {"snapshot_limit": 100, "stale_after_ms": 5000, "rest_check_seconds": 0, "candle_seed": 0}
    with pytest.raises(native.CaptureError) as caught:
        native.EventSource([capture], settings=settings, build="b")
    assert (caught.value.file, caught.value.line) == (str(capture), 4)
    with pytest.raises(ValueError, match="publish_levels is 99"):
        native.EventSource([write_capture(capture, 2)], settings={**settings, "publish_levels": 99}, build="b")


def depth(first: int, last: int, bids: list[list[str]]) -> str:
    return json.dumps({"e": "depthUpdate", "E": 5, "s": "BTCUSDT", "U": first, "u": last, "b": bids, "a": []})


def test_a_notebooks_book_follows_its_updates_and_names_a_gap() -> None:
    book = qf.Book("0.01", "0.00001")
    with pytest.raises(ValueError, match="snapshot"):
        book.apply(depth(1, 2, []))
    book.snapshot(json.dumps({"lastUpdateId": 7, "bids": [["1.00", "2"]], "asks": [["1.02", "1"]]}))
    assert book.apply(depth(5, 7, [])) is False
    assert book.apply(depth(8, 9, [["1.01", "1"]])) is True
    assert book.bids().tolist() == [[101, 100_000], [100, 200_000]]
    assert book.metrics()["imbalance_best"] == 0.0
    with pytest.raises(native.GapError) as caught:
        book.apply(depth(12, 13, []))
    assert (caught.value.expected, caught.value.received) == (10, 12)
    assert book.last_id is None, "after a gap there is no book"
    with pytest.raises(native.MessageError):
        book.snapshot("{")
