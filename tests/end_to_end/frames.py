"""Reads market frames off a socket by PROTOCOL.md alone, without the package's decoder."""

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["GOODBYE", "read_frames"]

GOODBYE = 8
CONNECT_SECONDS_MAX = 20.0


def read_frames(path: Path, seconds_max: float) -> Iterator[list[Any]]:
    """Every frame until Goodbye, or the end of the stream."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as reader:
        _connect(reader, path)
        reader.settimeout(seconds_max)
        with reader.makefile("rb") as stream:
            while header := stream.read(4):
                (length,) = struct.unpack(">I", header)
                frame = msgspec.msgpack.decode(stream.read(length))
                yield frame
                if frame[0] == GOODBYE:
                    return


def _connect(reader: socket.socket, path: Path) -> None:
    deadline = time.monotonic() + CONNECT_SECONDS_MAX
    while True:
        try:
            reader.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline, f"nothing listens on {path}"
            time.sleep(0.02)
        else:
            return
