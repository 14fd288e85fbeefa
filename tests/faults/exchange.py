"""exchange_sim as a process of its own, its faults by name, and its truth."""

import http.client
import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from faults.processes import free_port, start, wait_until
from quantumflow.appliance.programs import find_programs

__all__ = ["SYMBOLS", "Exchange", "Fault"]

Fault = dict[str, Any]
SYMBOLS = ("BTCUSDT", "ETHUSDT")
CALL_SECONDS_MAX = 30.0

_TABLE = {
    "BTCUSDT": {"base": "BTC", "price": "60000.00", "tick": "0.01", "lot": "0.00001", "qty_min": "0.00001"},
    "ETHUSDT": {"base": "ETH", "price": "3000.00", "tick": "0.01", "lot": "0.0001", "qty_min": "0.0001"},
}


class Exchange:
    """One exchange_sim. It can be ended and started again at the same address."""

    def __init__(
        self, directory: Path, exits: ExitStack, seed: int, files: tuple[Path, ...] = (), speed: float = 1.0
    ) -> None:
        self.port = free_port()
        self._directory = directory
        self._exits = exits
        self.process: subprocess.Popen[bytes] | None = None
        self.restarting: Callable[[], None] = lambda: None
        """Called before and after ids begin anew: until then a book's id does not say which book it is."""
        self.restarted: Callable[[], None] = lambda: None
        generated = {
            symbol: {**row, "quote": "USDT", "qty_max": "9000", "notional_min": "5"} for symbol, row in _TABLE.items()
        }
        recorded = {
            symbol: {name: value for name, value in row.items() if name != "price"} for symbol, row in generated.items()
        }
        played = {"recording": {"files": [str(file) for file in files], "speed": speed, "instruments": recorded}}
        self._config = {
            "listen": f"127.0.0.1:{self.port}",
            "market": played if files else {"generator": {"seed": seed, "symbols": generated}},
            "faults": None,
            "control": True,
            "log_level": "warning",
            "status_file": None,
            "state_file": None,
        }

    def start(self) -> None:
        path = self._directory / "exchange_sim.json"
        path.write_text(json.dumps(self._config))
        command = [*find_programs().command("exchange_sim"), "--config", str(path)]
        self.process = start(command, self._directory / "exchange_sim.out", self._exits)
        wait_until(self._listens, 20, "exchange_sim listens")

    def fault(self, fault: Fault, symbol: str | None = None) -> None:
        """Makes one fault happen now. `symbol` None: to all of them."""
        if "engine_restart" in fault:
            self.restarting()
        order = {"fault": fault} if symbol is None else {"fault": fault, "symbol": symbol}
        status, body = self.call("POST", "/control/fault", order)
        assert status == 204, body
        if "engine_restart" in fault:
            self.restarted()

    def burst(self, messages: int) -> None:
        status, body = self.call("POST", "/control/burst", {"messages": messages})
        assert status == 204, body

    def counts(self) -> dict[str, Any]:
        status, body = self.call("GET", "/control/counts")
        assert status == 200, body
        answer = json.loads(body)
        assert isinstance(answer, dict)
        return answer

    def call(self, method: str, path: str, content: Any = None) -> tuple[int, bytes]:
        channel = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS_MAX)
        try:
            channel.request(method, path, None if content is None else json.dumps(content).encode())
            answer = channel.getresponse()
            return answer.status, answer.read()
        finally:
            channel.close()

    def _listens(self) -> bool:
        try:
            return self.call("GET", "/api/v3/ping")[0] == 200
        except OSError:
            return False
