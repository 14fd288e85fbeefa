"""market_data and the trader on a capture, with anything at all in core_risk's place."""

import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from end_to_end.appliance import ROOT, free_ports
from quantumflow.appliance.captures import capture_symbols
from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.programs import find_programs
from quantumflow.appliance.resolve import Start, configured_ports, resolve
from quantumflow.appliance.venue import VenueChoice
from quantumflow.config import load_config

__all__ = ["Stage", "impostor", "stage"]

ANSWER_MS = 100
REQUEST_BYTES_MAX = 65_536
POLL_SECONDS = 0.1


class Stage:
    """Three programs' configurations in one short directory; each is started when the test says so."""

    def __init__(self, captures: list[Path], speed: float, exits: ExitStack) -> None:
        root = Path(tempfile.mkdtemp(prefix="qf-"))
        exits.callback(shutil.rmtree, root, ignore_errors=True)
        self.directory = DataDir(root)
        self.directory.run.mkdir()
        self.directory.logs.mkdir()
        self._exits = exits
        config = load_config(ROOT / "quantumflow.toml", free_ports())
        venue = VenueChoice("replay", tuple(captures))
        start = Start(venue, capture_symbols(captures), speed, configured_ports(config))
        self.documents = resolve(config, start, self.directory)
        self.documents["market_data"]["replay"]["wait_readers"] = 1
        self.documents["trader"]["risk_answer_timeout_ms"] = ANSWER_MS
        self.token = secrets.token_urlsafe(32)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("QF_")},
            "QF_RISK_TOKEN": self.token,
        }

    @property
    def risk_socket(self) -> Path:
        return self.directory.run / "risk.sock"

    def start(self, program: str) -> "subprocess.Popen[bytes]":
        """Starts one of the programs; killed at the end of the stage if it still runs."""
        config = self.directory.run / f"{program}.json"
        config.write_text(json.dumps(self.documents[program]), encoding="utf-8")
        with (self.directory.logs / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [*find_programs().command(program), "--config", str(config)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._exits.callback(_end, process)
        return process

    def status(self, program: str) -> dict[str, Any]:
        """What a program last said of itself; empty before it said anything."""
        path = self.directory.run / f"{program}.status.json"
        if not path.exists():
            return {}
        answer = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(answer, dict)
        return answer

    def log(self, program: str) -> str:
        """The end of a program's log."""
        return (self.directory.logs / f"{program}.log").read_text(encoding="utf-8", errors="replace")[-4000:]


@contextmanager
def stage(captures: list[Path], speed: float = 0.0) -> Iterator[Stage]:
    """A stage whose programs all end with the block. `speed` 0: as fast as it is read."""
    with ExitStack() as exits:
        yield Stage(captures, speed, exits)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


@contextmanager
def impostor(path: Path, answer: Callable[[bytes], bytes | None]) -> Iterator[list[bytes]]:
    """Listens in core_risk's place; `answer` makes the bytes sent back for a request's, None: silence for ever.

    Yields the requests it got.
    """
    requests: list[bytes] = []
    over = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(16)
        thread = threading.Thread(target=_serve, args=(listener, answer, requests, over), daemon=True)
        thread.start()
        try:
            yield requests
        finally:
            over.set()
            thread.join(timeout=5)
            path.unlink()


def _serve(
    listener: socket.socket, answer: Callable[[bytes], bytes | None], requests: list[bytes], over: threading.Event
) -> None:
    connections: list[socket.socket] = []
    while not over.is_set():
        ready, _, _ = select.select([listener, *connections], [], [], POLL_SECONDS)
        for one in ready:
            if one is listener:
                connections.append(listener.accept()[0])
            elif not _answered(one, answer, requests):
                one.close()
                connections.remove(one)
    for connection in connections:
        connection.close()


def _answered(connection: socket.socket, answer: Callable[[bytes], bytes | None], requests: list[bytes]) -> bool:
    """Takes what came and sends what it deserves; False once the other side has gone."""
    try:
        request = connection.recv(REQUEST_BYTES_MAX)
        if not request:
            return False
        requests.append(request)
        reply = answer(request)
        if reply is not None:
            connection.sendall(reply)
    except OSError:
        return False
    return True
