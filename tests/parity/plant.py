"""Deliberate changes of one unit, each made so that every checksum and hash chain fits again."""

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from parity.zstd import decompress, stored
from quantumflow.journal.anchor import Anchor, AnchorFile
from quantumflow.journal.chain import GENESIS, Row, SessionDigest, row_hash

__all__ = ["change_journal", "change_log", "change_recording", "flip_bit", "raise_level"]

Payload = dict[str, Any]
_LEVEL = re.compile(rb'("[ba]":\[\["[0-9.]+","[0-9]+\.[0-9]*?)([1-8])(0*"\])')
_SEGMENT_HEAD = 8
_RECORD_HEAD = 8
_MESSAGE = 3


def change_journal(data_dir: Path, kind: str, change: Callable[[Payload], None], nth: int = 0) -> int:
    """Changes the nth event of a kind, and every hash, digest and anchor after it. Its seq."""
    connection = apsw.Connection(str(data_dir / "journal.db"))
    connection.execute("DROP TRIGGER events_are_never_changed")
    connection.execute("DELETE FROM checkpoints")
    rows: list[tuple[Any, ...]] = list(
        connection.execute("SELECT seq, session, event_ns, recorded_ns, kind, payload FROM events ORDER BY seq")
    )
    target = [row[0] for row in rows if row[4] == kind][nth]
    previous, digest = GENESIS, SessionDigest()
    for seq, session, event_ns, recorded_ns, of, text in rows:
        if of == "session_started":
            digest = SessionDigest()
        payload = json.loads(text)
        if seq == target:
            change(payload)
        if of == "session_ended":
            payload["digest"] = digest.hex()
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest.add(event_ns, of, text)
        previous = row_hash(previous, Row(seq, session, event_ns, recorded_ns, of, text))
        connection.execute("UPDATE events SET payload = ?, hash = ? WHERE seq = ?", (text, previous, seq))
    connection.close()
    (data_dir / "journal.anchor").unlink()
    anchor = AnchorFile(data_dir / "journal.anchor")
    anchor.write(Anchor(rows[-1][0], previous))
    anchor.close()
    return int(target)


def change_log(data_dir: Path, event: str, change: Callable[[Payload], None], nth: int = 0) -> int:
    """Changes the nth record of a kind in core_risk's log, and every hash after it. Its number."""
    path = data_dir / "core_risk.log"
    records = [json.loads(line.split(b" ", 2)[2]) for line in path.read_bytes().splitlines()]
    number = [at for at, record in enumerate(records, 1) if record["event"] == event][nth]
    change(records[number - 1])
    after, lines = "0" * 64, []
    for seq, record in enumerate(records, 1):
        payload = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        after = hashlib.sha256(f"{after}\n{seq}\n{payload}".encode()).hexdigest()
        lines.append(f"{seq} {after} {payload}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return number


def raise_level(message: bytes) -> bytes | None:
    """The same depth message with one digit of its first level's quantity one higher; None if it has none to raise."""
    if b'"depthUpdate"' not in message:
        return None
    found = _LEVEL.search(message)
    if found is None:
        return None
    digit = bytes([found[2][0] + 1])
    return message[: found.start(2)] + digit + message[found.end(2) :]


def change_recording(run: Path, change: Callable[[bytes], bytes | None], skip: int = 200) -> None:
    """Changes the first message after `skip` that `change` has an answer for; checksums and index fit again."""
    index = json.loads((run / "index.json").read_text(encoding="utf-8"))
    (entry,) = index["segments"]
    segment = run / f"{entry['number']:08}.seg"
    content = decompress(segment.read_bytes())
    pieces, place, seen, done = [content[:_SEGMENT_HEAD]], _SEGMENT_HEAD, 0, False
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "little")
        payload = content[place + _RECORD_HEAD : place + _RECORD_HEAD + length]
        place += _RECORD_HEAD + length
        if payload[8] == _MESSAGE:
            seen += 1
            changed = None if done or seen <= skip else change(payload[13:])
            if changed is not None:
                payload, done = payload[:13] + changed, True
        pieces.append(len(payload).to_bytes(4, "little") + zlib.crc32(payload).to_bytes(4, "little") + payload)
    assert done, "nothing was there to change"
    made = stored(b"".join(pieces))
    segment.write_bytes(made)
    entry["bytes"], entry["sha256"] = len(made), hashlib.sha256(made).hexdigest()
    (run / "index.json").write_text(json.dumps(index), encoding="utf-8")


def flip_bit(path: Path) -> None:
    """One bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
