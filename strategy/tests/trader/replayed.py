"""A recording through the trader's own Session, in this process, with the commands of a journal at their frames."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from quantumflow.commands.request import CommandRequest
from quantumflow.events import Events
from quantumflow.frames import FrameReader, Goodbye, Hello
from quantumflow.journal.recovery import recover
from quantumflow.parity.strategies import StoredIntents
from quantumflow.risk_client import RiskClient
from quantumflow.trader.risk_gate import RiskGate
from quantumflow.trader.session import Session
from quantumflow.trader.status import LiveSession
from quantumflow.trader_settings import read_settings
from trader.market import BUILD
from trader.risk import RiskBooks, RiskSocket
from trader.stage import settings


def replay(
    directory: Path,
    frames: Iterable[bytes],
    commands: Iterable[Mapping[str, Any]],
    told: Iterable[Mapping[str, Any]] = (),
    **changes: Any,
) -> None:
    """Events are given up to a command's `frame_seq`, then the command, and so on to the end."""
    path = directory / "trader.json"
    path.write_text(json.dumps(settings(directory, **changes)))
    chosen = read_settings(path)
    recovered = recover(chosen.journal, chosen.anchor, 1)
    client = RiskClient(chosen.risk_socket, "token", BUILD, chosen.risk_answer_seconds)
    waiting, session = list(commands), None
    with RiskSocket(chosen.risk_socket, RiskBooks()):
        gate = RiskGate(client, recovered.writer, [])
        reader = FrameReader()
        for frame in frames:
            reader.push(frame)
            batch = reader.take()
            if session is not None:
                give(session, batch.events, batch.heads, waiting)
            for note in batch.notes:
                if isinstance(note, Hello):
                    asked = StoredIntents(told, chosen.strategies_kept)
                    session = Session(chosen, note, recovered.writer, gate, asked=asked)
                    gate.try_open(note.recv_ns)
                    session.on_joined(note)
                elif isinstance(note, Goodbye) and session is not None:
                    session.end(note.reason, note.recv_ns)
    if session is not None:
        session.close()
    gate.close()
    recovered.writer.close()


def give(session: LiveSession, events: Events, heads: int, waiting: list[Mapping[str, Any]]) -> None:
    """One frame's events, and the commands that came after it. A frame is one head at most."""
    session.on_events(events, heads)
    while waiting and heads and int(session.state.core[0]["seq"]) == waiting[0]["frame_seq"]:
        row = waiting.pop(0)
        said = {name: row[name] for name in CommandRequest.__struct_fields__ if name in row}
        session.on_command(msgspec.convert(said, CommandRequest), {k: row[k] for k in ("made", "removing") if k in row})
