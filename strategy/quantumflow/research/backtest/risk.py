"""core_risk for one backtest: the real program, started on demand and fed the frames over a socket as live.

It has its own log, its own books and its own prices, and judges each order by the quotes of the order's frame. What it
reads is what the protocol gives a slow reader: before each question, everything up to the frame in question, of the
books only those that still stand.
"""

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from quantumflow.appliance.programs import find_programs
from quantumflow.build import build_id
from quantumflow.errors import ResearchRefused
from quantumflow.journal.records import Record
from quantumflow.journal.writer import Writer
from quantumflow.orphans import end_with_parent
from quantumflow.research.backtest.settings import BacktestSettings
from quantumflow.research.backtest.tape import Tape
from quantumflow.risk_answers import AskedOrder, Judged, MarkAnswer
from quantumflow.risk_client import RiskClient
from quantumflow.trader.risk_gate import RiskGate

__all__ = ["CoreRisk", "FedGate"]

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0
SEND_SECONDS_MAX = 30.0
_RETRY_SECONDS = 0.02


class CoreRisk:
    """The process, its market socket, and what it said; a context manager."""

    def __init__(self, settings: BacktestSettings, run: Path, log: Path) -> None:
        self._token = secrets.token_hex(16)
        self._socket = run / "risk.sock"
        market = run / "market.sock"
        document = {
            **settings.core_risk,
            "listen_unix": str(self._socket),
            "listen_tcp": f"127.0.0.1:{_free_port()}",
            "market_socket": str(market),
            "log": str(log),
            "log_level": "warning",
        }
        file = run / "core_risk.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        self._answer_seconds = settings.risk_answer_seconds
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(market))
        self._listening.listen(1)
        self._listening.settimeout(START_SECONDS_MAX)
        self._said = (run / "core_risk.err").open("w+b")
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [*find_programs().core_risk, "--config", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            env={**os.environ, "QF_RISK_TOKEN": self._token},
            start_new_session=True,  # Ctrl-C is for the backtest alone, which still has questions to ask
            preexec_fn=end_with_parent,
        )
        self._market: socket.socket | None = None

    def __enter__(self) -> Self:
        try:
            self._market, _ = self._listening.accept()
        except TimeoutError:
            words = self._last_words()
            self._stop()
            raise ResearchRefused("core_risk_failed", f"core_risk did not come: {words}") from None
        self._market.settimeout(SEND_SECONDS_MAX)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stop()

    def client(self) -> RiskClient:
        """A client of it."""
        return RiskClient(self._socket, self._token, build_id(), self._answer_seconds)

    def send(self, frames: bytes) -> None:
        """Gives it frames. Raises ResearchRefused if it is gone."""
        if self._market is None:
            raise RuntimeError("core_risk is fed while it runs")
        try:
            self._market.sendall(frames)
        except OSError as error:
            raise ResearchRefused(
                "core_risk_failed", f"core_risk reads no more ({error}): {self._last_words()}"
            ) from None

    def _stop(self) -> None:
        if self._market is not None:
            self._market.close()
        self._listening.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


class FedGate:
    """The trader's own gate, before each of whose questions core_risk is fed."""

    def __init__(self, risk: CoreRisk, tape: Tape, writer: Writer) -> None:
        self._risk = risk
        self._tape = tape
        self._gate = RiskGate(risk.client(), writer, [])
        self.began_ns = 0

    def open(self, event_ns: int) -> None:
        """Greets core_risk and shakes hands. Raises ResearchRefused if it does not answer in time."""
        self._gate.began_ns = self.began_ns
        self._risk.send(self._tape.greeting())
        give_up = time.monotonic() + START_SECONDS_MAX
        while not self._gate.try_open(event_ns):
            if time.monotonic() > give_up:
                raise ResearchRefused("core_risk_failed", f"{self._gate.refusal.name.lower()}: {self._gate.detail}")
            time.sleep(_RETRY_SECONDS)

    def feed(self, seq: int) -> None:
        """Gives core_risk every frame up to `seq`."""
        if frames := self._tape.frames_until(seq):
            self._risk.send(frames)

    def check(self, order: AskedOrder) -> Judged:
        self.feed(order.as_of_seq)
        return self._gate.check(order)

    def mark(self, figures: dict[str, Any]) -> MarkAnswer:
        self.feed(figures["as_of_seq"])
        return self._gate.mark(figures)

    def deliver(self, records: Sequence[Record]) -> None:
        self._gate.deliver(records)

    def deliver_command(self, event_ns: int) -> None:
        self._gate.deliver_command(event_ns)

    def employ(self, capitals_e8: Mapping[str, int]) -> None:
        self._gate.employ(capitals_e8)

    def close(self) -> None:
        self._gate.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
