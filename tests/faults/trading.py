"""The whole appliance under a row: core_risk and the trader too, and every fill held to what was seen."""

import json
import secrets
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from end_to_end.appliance import ROOT
from end_to_end.eager import EAGER as OPEN
from end_to_end.recompute import recompute
from faults.exchange import SYMBOLS
from faults.processes import end, free_port, start, wait_until
from faults.risk_proxy import RiskProxy
from faults.row import Row, Scene
from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.programs import find_programs
from quantumflow.appliance.resolve import Start, configured_ports, resolve
from quantumflow.appliance.venue import VenueChoice
from quantumflow.config import load_config

__all__ = ["ANSWER_MS", "FILL_SECONDS_MAX", "Trading"]

ANSWER_MS = 300
FILL_SECONDS_MAX = 180.0
STOP_SECONDS_MAX = 120.0
"""Bounds against hanging: a busy machine takes a minute to start the trader."""
EAGER = {**OPEN, "capital_share": 0.1, "hold_s": 1}
"""An order about once a second and symbol, so that a row need not wait."""


class Trading(Scene):
    """Five processes. Between the trader and core_risk a proxy that passes everything until a row says otherwise."""

    def __init__(self, directory: Path, exits: ExitStack, row: Row, seed: int) -> None:
        super().__init__(directory, exits, row, seed)
        data = DataDir(directory)
        data.run.mkdir()
        self.journal = data.journal
        ports = {"QF_PORTS__BASE": "10000", "QF_PORTS__WEB": "19999"}
        config = load_config(ROOT / "quantumflow.toml", ports)
        documents = resolve(config, Start(VenueChoice("sim"), SYMBOLS, 1.0, configured_ports(config)), data)
        self.risk, self.trader = documents["core_risk"], documents["trader"]
        self.real_socket, self.risk_socket = data.run / "real.sock", data.run / "risk.sock"
        self.risk |= {
            "listen_unix": str(self.real_socket),
            "listen_tcp": f"127.0.0.1:{free_port()}",
            "market_socket": str(self.market.socket),
        }
        self.risk["limits"] |= {
            "orders_per_minute_max": 10_000,
            "orders_per_hour_max": 100_000,
            "orders_per_day_max": 100_000,
            "notional_per_day_max_e8": 10**17,
        }
        self.trader |= {
            "market_socket": str(self.market.socket),
            "metrics_listen": None,
            "risk_answer_timeout_ms": ANSWER_MS,
        }
        self.trader["bots"][0]["parameters"] = dict(EAGER)
        self.token = secrets.token_urlsafe(32)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.proxy = RiskProxy(self.risk_socket, self.real_socket)
        exits.callback(self.proxy.close)

    def run(self, program: str, **settings: str) -> None:
        """Starts core_risk or the trader."""
        path = self.directory / f"{program}.json"
        path.write_text(json.dumps({"core_risk": self.risk, "trader": self.trader}[program]))
        command = [*find_programs().command(program), "--config", str(path)]
        log = self.directory / f"{program}.out"
        self.processes[program] = start(command, log, self.exits, QF_RISK_TOKEN=self.token, **settings)

    def kill(self, program: str) -> None:
        end(self.processes[program])

    def begin_trading(self) -> None:
        """Everything up, and a first fill."""
        self.begin()
        self.run("core_risk")
        self.run("trader")
        self.fills_grow(1, "a first fill")

    @property
    def status(self) -> dict[str, Any]:
        """What the trader last said of itself; empty before it said anything."""
        path = self.directory / "run" / "trader.status.json"
        try:
            answer = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        assert isinstance(answer, dict)
        return answer

    @property
    def why(self) -> str | None:
        why: str | None = self.status.get("why_not_trading", "not_running")
        return why

    def fills_grow(self, count: int = 2, what: str = "it trades again", within: float = FILL_SECONDS_MAX) -> None:
        before = self.count("fills")
        try:
            wait_until(lambda: self.count("fills") >= before + count, within, "")
        except AssertionError:
            detail = f"{self.why} {self.status.get('detail')}; {self.refusals()}\n{self.log('trader')}"
            raise AssertionError(f"not within {within:g} s: {what}: {detail}") from None

    def why_becomes(self, reasons: set[str | None], within: float = 30.0) -> None:
        wait_until(lambda: self.why in reasons, within, f"why_not_trading in {reasons}, is {self.why}")

    def none_filled_for(self, seconds: float) -> None:
        """No fill and no approved order meanwhile; what was approved just before may still fill for a moment."""
        time.sleep(0.5)
        before = self.count("fills")
        time.sleep(seconds)
        assert self.count("fills") == before, "filled while nothing could be approved"

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        if not self.journal.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=10)) as connection:
            try:
                return connection.execute(question).fetchall()
            except sqlite3.OperationalError:
                return []

    def count(self, table: str) -> int:
        rows = self.ask(f"SELECT count(*) FROM {table}")  # noqa: S608 - a table's name of ours
        return int(rows[0][0]) if rows else 0

    def refusals(self) -> dict[str, int]:
        rows = self.ask("SELECT refusal, count(*) FROM verdicts WHERE refusal IS NOT NULL GROUP BY refusal")
        return dict(rows)

    def hold_fills(self) -> str:
        """The trader's end; every fill met a live and true book, was approved for so much, and the books add up."""
        trader = self.processes["trader"]
        trader.terminate()
        assert trader.wait(timeout=STOP_SECONDS_MAX) == 0, self.log("trader")
        rows = self.ask(
            "SELECT fill, client_id, sessions.market_session, symbol, epoch, last_id, book_recv_ns, book_age_ns,"
            " best_bid, best_ask, price, displayed, side, liquidity FROM fills JOIN sessions USING (session)"
        )
        self.caught_up()
        problems = [problem for row in rows for problem in self._problems_of_fill(row)]
        asked = dict(self.ask("SELECT client_id, sum(qty) FROM fills GROUP BY client_id"))
        for order, qty in asked.items():
            if qty > self.proxy.granted.get(order, 0):
                problems.append(f"{order}: {qty} filled, core_risk granted {self.proxy.granted.get(order, 0)}")
        if self.journal.exists():
            problems += recompute(self.journal).complaints
        assert not problems, f"{len(problems)} problems of fills: {problems[:5]}"
        return f"{len(rows)} fills, each on a live and true book"

    def caught_up(self) -> None:
        """Waits until the watch has read what the trader has."""
        newest = self.ask("SELECT coalesce(max(book_recv_ns), 0) FROM fills")[0][0]
        wait_until(lambda: self.watch.recv_ns >= newest, STOP_SECONDS_MAX, "the watch has caught up")

    def _problems_of_fill(self, row: tuple[Any, ...]) -> Iterator[str]:
        fill, _, session, symbol, epoch, last_id, _, age, bid, ask, price, displayed, side, liquidity = row
        book = self.watch.live.get((session, symbol, epoch, last_id))
        told = f"fill {fill} ({symbol}, epoch {epoch}, id {last_id})"
        if book is None and self.watch.sampling:
            book = self.watch.published.get((session, symbol, epoch, last_id))
        if book is None:
            yield f"{told}: no live and true book of this id was published"
            return
        if (bid, ask) != (book.bids[0][0], book.asks[0][0]):
            yield f"{told}: best {bid}/{ask}, published {book.bids[0][0]}/{book.asks[0][0]}"
        if bid >= ask:
            yield f"{told}: crossed"
        if not 0 <= age <= self.trader["engine"]["max_book_age_ns"]:
            yield f"{told}: a book {age / 1e6:.0f} ms old"
        if liquidity != "taker":
            return
        levels = dict(book.asks if side == "buy" else book.bids)
        if levels.get(price) != displayed:
            yield f"{told}: {displayed} shown at {price}, published {levels.get(price)}"
        window = book.window_ask if side == "buy" else book.window_bid
        if window and (price > window if side == "buy" else price < window):
            yield f"{told}: {price} is outside the known window {window}"
