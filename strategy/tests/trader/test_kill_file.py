"""The kill file: there, absent, or not to be looked at, which counts as there."""

import os
from pathlib import Path

from quantumflow.commands.kill_file import kill_request, write_kill_file


def test_no_file_kills_nothing(tmp_path: Path) -> None:
    assert kill_request(tmp_path / "kill") is None
    assert kill_request(tmp_path / "nowhere" / "kill") is None


def test_what_cannot_be_looked_at_counts_as_there(tmp_path: Path) -> None:
    request = kill_request(tmp_path / ("k" * 300))
    assert request is not None
    assert request.command == "kill"
    assert "cannot be looked at" in request.reason


def test_a_folder_a_dangling_link_a_pipe_and_bytes_that_are_no_text_kill_too(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "bytes").write_bytes(b"\xff\x00\x1b[2J\nmore")
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "link", "bytes", "pipe"):
        request = kill_request(tmp_path / name)
        assert request is not None, name
        assert request.reason.isprintable(), name


def test_the_reason_is_its_first_line_and_one_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "kill"
    write_kill_file(path, "the first")
    first = kill_request(path)
    write_kill_file(path, "the second")
    assert first is not None
    assert first.reason == "the first"
    assert kill_request(path) == first
