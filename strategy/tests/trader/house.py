"""The trader's Session over a real journal and the naive paper broker beside it; killed and started again in place.

The house plays core_risk too. A kill is met at the real crash points: what it leaves are the files as they are then.
"""

import itertools
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from engine.paper_model import Holding, PaperModel, Resting
from engine.test_broker_model import LATENCY_US, SPEC, Pair
from engine.world import SECOND, START, bot, broker, instrument, stream, timing
from journal.recompute import complaints, entered_ns

from quantumflow import crash_points
from quantumflow.commands.request import CommandRequest
from quantumflow.decision import place
from quantumflow.engine import pending
from quantumflow.frames import Hello
from quantumflow.journal.anchor import read_anchor
from quantumflow.journal.records import Record, client_id
from quantumflow.journal.recovery import recover
from quantumflow.journal.writer import Writer
from quantumflow.risk_answers import AskedOrder, CheckAnswer, Judged, MarkAnswer, judge, order_hash
from quantumflow.strategies.view import Intent
from quantumflow.trader.commands import CommandDesk
from quantumflow.trader.session import Session
from quantumflow.vocabulary import OrderKind, Request, TimeInForce

BOTS = ("one", "two")
BUILD = "0.1.0+test"
FILLS_OF = "SELECT position_qty, event_ns FROM fills WHERE bot = ? ORDER BY fill"
COMMITTED = ("trader.after_commit", "trader.after_anchor_write", "trader.after_anchor")
"""Places behind the moment that a transaction is on disk."""
KINDS = {"market": OrderKind.MARKET, "limit": OrderKind.LIMIT, "stop": OrderKind.STOP}
TIMES = {"gtc": TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}


class Killed(BaseException):
    """The process is gone."""


class Noted:
    """A Writer that keeps in mind what it was given to commit, and what it said was committed."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.given: list[Record] = []
        self.said = 0
        self.open = True
        self._commit = writer.commit
        writer.commit = self.commit  # begin_session and end_session commit by this name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.writer, name)

    def commit(self, records: list[Record], recorded_ns: int) -> None:
        self.given += records
        self._commit(records, recorded_ns)
        self.said = len(self.given)

    def close(self) -> None:
        """Once: its descriptors' numbers may be another's afterwards."""
        if self.open:
            self.open = False
            self.writer.close()


class Court:
    """core_risk: judges as it is told to, and is the witness of what left the trader."""

    def __init__(self) -> None:
        self.began_ns = 0
        self.granted: int | None = None
        self.fills: dict[int, dict[str, Any]] = {}

    def check(self, order: AskedOrder) -> Judged:
        words = ("approve", None) if self.granted == order.qty else ("reduce", None)
        words = ("refuse", "order_size") if self.granted is None else words
        whose = (BUILD, order.client_id, order_hash(order))
        until = order.event_ns + SECOND
        answer = CheckAnswer(*whose, words[0], self.granted or 0, words[1], (), order.event_ns, until, "0" * 12, 1)
        return judge(order, answer, BUILD)

    def mark(self, figures: dict[str, Any]) -> MarkAnswer:
        return MarkAnswer(BUILD, True, (), "active", None, None, figures["cash_e8"], None, None, 0, None, 1)

    def deliver(self, records: list[Record]) -> None:
        for record in records:
            if record.kind == "fill":
                assert record.payload["fill"] not in self.fills, "told twice"
                self.fills[record.payload["fill"]] = dict(record.payload)

    def employ(self, capitals_e8: Mapping[str, int]) -> None:
        """Which bots there are is no affair of the naive broker."""

    def deliver_command(self, event_ns: int) -> None:
        """It is told what the journal has."""


class House(Pair):
    """`step` gives one thing to both; `holds` compares them, the files included."""

    def __init__(self, directory: Path, allow_short: bool, cash: int) -> None:
        self.root, self.lives, self.places = directory, itertools.count(), 0
        self.short, self.deposit = allow_short, cash
        self.now, self.epoch, self.seq, self.event_ns = START, 1, 0, START
        self.wall = itertools.count(1)
        self.court = Court()
        self.standing: dict[str, bool] = dict.fromkeys((*BOTS, "killed"), False)
        self.ended: dict[str, tuple[str, str, int]] = {}
        self.fills: list[tuple[Any, ...]] = []
        """Of the lives before: (client id, price, lots, liquidity, notional, fee)."""
        self.holdings: dict[int, Holding] = {}
        self.cash = cash
        self.armed: tuple[str, int] | None = None
        self.crashed = False
        self.kills = 0
        self.directory = self.looked = self._empty()
        """Where the trader writes, and where is looked at what it wrote: a copy, while it runs."""
        self._begin()

    def _empty(self) -> Path:
        directory = self.root / str(next(self.lives))
        directory.mkdir()
        return directory

    def _begin(self) -> None:
        """A start: recovery, then a session that goes on with what the journal has."""
        recovered = recover(self.directory / "journal.db", self.directory / "journal.anchor", next(self.wall))
        self.writer = Noted(recovered.writer)
        self.desk = CommandDesk(
            recovered.writer, lambda: BOTS, self.root / "no-kill-file", self._apply, lambda: 60.0 * next(self.wall)
        )
        instruments = (SPEC, instrument(1, "OTHER"))
        hello = Hello(
            self.seq, self.now, BUILD, f"s-{self.directory.name}", "sim", True, "wall", self.seq + 1, 0, instruments
        )
        settings = SimpleNamespace(
            bots=tuple(bot(name, ("BTCUSDT", "OTHER")) for name in BOTS),
            broker=broker(latency_us=LATENCY_US, allow_short=self.short, maker_fee_ppm=750),
            engine=timing(),
            deposit_e8=self.deposit,
            calendar=None,
        )
        self.session = Session(settings, hello, self.writer, self.court, lambda: next(self.wall), lambda: 0)
        self.session.on_joined(hello)
        self.state = self.session.state
        self.state.slots["trades"] = 0  # the strategies look on: orders come from the rules alone
        self.levels, self.earlier = ([], []), ([], [])
        knots = [knot * 1000 for knot in LATENCY_US]
        times = 5 * SECOND, 2 * SECOND, 2 * SECOND
        value = Fraction(*SPEC.value)
        self.model = PaperModel(value, self.cash, 750, 1000, 1, knots, *times, self.short, holdings=self.holdings)

    # what happens

    def feed(self, row: Any) -> None:
        self.seq += 1
        self._live(lambda: self.session.on_events(stream([row], self.seq), 1))

    def order(self, step: dict[str, Any]) -> None:
        core, flags = self.state.core[0], (int(step["post_only"]), int(step["reduce_only"]))
        if core["open_orders"] == 32 or not self.model.sides[0] or not self.model.sides[1]:
            return
        limit = 0 if step["kind"] == "market" else step["limit"]
        granted = {"all": step["qty"], "half": (step["qty"] + 1) // 2, "none": None}[step["granted"]]
        kind, tif = int(KINDS[step["kind"]]), int(TIMES[step["tif"]])
        intent = Intent(0, 0, step["side"], step["qty"], 0.0, kind, tif, *flags, limit)
        number, self.court.granted = int(core["order_count"]) + 1, granted
        self._live(lambda: self._ask(step["bot"], intent))
        names = ("bot", "side", "kind", "tif", "post_only", "reduce_only", "qty")
        reference = self.model.sides[1 - step["side"]][0][0]
        resting = Resting(number, *(step[name] for name in names), limit, reference, self.now)
        self.model.place(resting, None if self.standing["killed"] else granted)
        if self.standing["killed"] and granted is not None:
            resting.reason = "KILLED"

    def _ask(self, number: int, intent: Intent) -> None:
        """What the engine does for a strategy that wants an order."""
        core = self.state.core[0]
        place(core, self.state.instruments[0], self.state.orders, self.state.outbox, number, 0, 0, intent)
        core["pending_order"], core["pending"] = core["order_count"], int(Request.VERDICT)
        self.session._settle()
        self.session._answer(pending(self.state))
        self.session._settle()

    def command(self, word: str, of: str | None) -> None:
        """Taken once, however often it is sent."""
        request = CommandRequest(word, of, "a test", "cli:ana", f"k-{next(self.wall)}")
        self._live(lambda: self.desk.take(request))
        if not self.crashed:
            assert self.desk.take(request)["duplicate"]
        elif not any(record.kind == "command" for record in self._kept()):
            return
        chosen = BOTS if of is None else (of,)
        if word in ("pause", "resume", "flatten"):
            self.standing |= dict.fromkeys(chosen, word != "resume")
        elif word in ("kill", "reset_breaker"):
            self.standing["killed"] = word == "kill"
        for order in self.model.orders:
            if order.state not in ("approved", "working"):
                continue
            if word == "kill":
                order.state, order.reason = "cancelled", "KILLED"
            elif word in ("flatten", "cancel_orders") and BOTS[order.bot] in chosen:
                order.state, order.reason = "cancelled", "CANCELLED_BY_COMMAND"

    def _apply(self, request: CommandRequest) -> None:
        self.session.on_command(request)

    def stop(self) -> None:
        """An end in order, and a start."""
        self._live(lambda: self.session.end("stopping", self.now))
        if self.crashed:
            return
        for order in self.model.orders:
            if order.state in ("intended", "approved", "working"):
                order.state, order.reason = "cancelled", "SESSION_ENDED"
        self._remember(len(self.model.fills))
        self.writer.close()
        self._begin()

    def kill(self) -> None:
        """kill -9 between two steps."""
        self._live(self._die)

    def _die(self) -> None:
        raise Killed

    def _live(self, real: Callable[[], Any]) -> None:
        """Does it; at the armed crash point the process is gone, and the files as they are then are kept."""
        place, times = self.armed or ("trader.nowhere", 1)
        self.armed, self.writer.given, self.writer.said = None, [], 0
        crash_points._passed = 0
        with (
            mock.patch.dict(os.environ, QF_CRASH_AT=f"{place}:{times}"),
            mock.patch.object(crash_points.os, "kill", side_effect=Killed),
        ):
            try:
                real()
            except Killed:
                self.crashed, self.place = True, place
                self.left = self._copy()

    def _copy(self) -> Path:
        """The files as a process that is gone leaves them."""
        target = self._empty()
        for file in self.directory.iterdir():
            if not file.name.endswith("-shm"):
                shutil.copy(file, target)
        return target

    def _kept(self) -> list[Record]:
        """What must be on disk: all that was said to be, and the transaction at work if the kill came behind it."""
        return self.writer.given[: None if self.place in COMMITTED else self.writer.said]

    # what must hold

    def settle(self) -> None:
        """After each step. A process that is gone is started again on what it left."""
        if self.crashed:
            self._revive()
        self._holds()

    def _revive(self) -> None:
        kept = self._kept()
        self.writer.close()
        self.directory = self.looked = self.left
        self.crashed = False
        self.kills += 1
        events = self._rows("SELECT kind FROM events ORDER BY seq")
        assert [record.kind for record in kept] == [row[0] for row in events[len(events) - len(kept) :]]
        fills = self._rows("SELECT count(*) FROM fills")[0][0] - len(self.fills)
        self._remember(fills)
        self._begin()

    def _remember(self, fills: int) -> None:
        """Goes on from the first fills of this life: the naive account is made of them alone."""
        told = [self._told(fill) for fill in self.model.fills[:fills]]
        assert len(told) == fills, "the journal has fills that the naive broker does not know"
        by_number = {order.number: order for order in self.model.orders}
        naive = PaperModel(self.model.value, self.cash, 0, 0, 1, [], 0, 0, 0, self.short)
        naive.holdings = {number: Holding(*held) for number, held in self._opening.items()}
        for number, price, lots, _, notional, fee in self.model.fills[:fills]:
            order = by_number[number]
            naive.book_fill(naive.holdings.setdefault(order.bot, Holding()), order.side, price, lots, notional)
            self.cash += (notional if order.side else -notional) - fee
        self.fills += told
        self.holdings = naive.holdings
        assert max(self.court.fills, default=0) <= len(self.fills), "an acknowledged fill is gone"
        # What was committed and not told is told at the next handshake, which is the gate's affair.
        for row in self._payloads("fill"):
            self.court.fills.setdefault(row["fill"], row)

    @property
    def holdings(self) -> dict[int, Holding]:
        """What the running life began with, as a copy that its model may change."""
        return {number: Holding(*held) for number, held in self._opening.items()}

    @holdings.setter
    def holdings(self, holdings: dict[int, Holding]) -> None:
        self._opening = {number: (held.qty, held.cost, held.realised) for number, held in holdings.items()}

    def _told(self, fill: tuple[Any, ...]) -> tuple[Any, ...]:
        order = next(order for order in self.model.orders if order.number == fill[0])
        return (client_id(BOTS[order.bot], fill[0]), *fill[1:])

    def _holds(self) -> None:
        self.looked = self._copy()
        try:
            assert complaints(self.looked / "journal.db") == []
            self._anchor_holds()
            fills = self._payloads("fill")
            told = [*self.fills, *(self._told(fill) for fill in self.model.fills)]
            names = ("order", "price", "qty", "liquidity", "notional_e8", "fee_e8")
            assert [tuple(fill[name] for name in names) for fill in fills] == told
            assert [fill["fill"] for fill in fills] == list(range(1, len(fills) + 1))
            assert {fill["fill"]: fill for fill in fills} == self.court.fills
            for fill in fills:
                _keeps_the_rules(fill)
            self._account_holds(fills)
            self._orders_hold()
            self._commands_hold()
        finally:
            shutil.rmtree(self.looked)
            self.looked = self.directory

    def _anchor_holds(self) -> None:
        ((seq, head),) = self._rows("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
        assert read_anchor(self.looked / "journal.anchor") == (seq, head)

    def _account_holds(self, fills: list[dict[str, Any]]) -> None:
        """Money is conserved, and the engine, the journal and the naive account have one figure each."""
        moved = sum(fill["notional_e8"] * (1 if fill["side"] == "sell" else -1) - fill["fee_e8"] for fill in fills)
        ((cash,),) = self._rows("SELECT cash_e8 FROM account")
        assert cash == self.deposit + moved == self.model.cash == self.state.core[0]["cash_e8"]
        assert self.short or cash >= 0
        for number, name in enumerate(BOTS):
            held = self.model.holdings.get(number, Holding())
            slot = self.state.slots[number, 0]
            stored = self._rows("SELECT qty, cost_e8, realised_e8 FROM positions WHERE bot = ?", name) or [(0, 0, 0)]
            engine = tuple(int(slot[column]) for column in ("qty", "cost_e8", "realised_e8"))
            assert stored == [(held.qty, held.cost, held.realised)] == [engine], f"{stored}, {held}, {engine}"
            assert self.short or held.qty >= 0
            assert slot["entered_ns"] == entered_ns(self._rows(FILLS_OF, name))

    def _orders_hold(self) -> None:
        """Every order of this life is in the state that the naive broker has; one that had ended is as it was."""
        filled = "(SELECT coalesce(sum(f.qty), 0) FROM fills f WHERE f.client_id = o.client_id)"
        query = f"SELECT o.client_id, o.state, o.reason, {filled} FROM orders o"  # noqa: S608 (our own text)
        rows = {row[0]: row[1:] for row in self._rows(query)}
        for order in self.model.orders:
            reason = None if order.reason == "NONE" else order.reason.lower()
            row = rows[client_id(BOTS[order.bot], order.number)]
            assert row == (order.state, reason, order.filled), f"{row}, not {order}"
        assert self.ended.items() <= rows.items()
        self.ended = {
            name: row for name, row in rows.items() if row[0] in ("filled", "refused", "cancelled", "expired")
        }
        alive = {client_id(BOTS[o.bot], o.number) for o in self.model.orders if o.state in ("approved", "working")}
        assert rows.keys() - self.ended.keys() == alive

    def _commands_hold(self) -> None:
        said = self.writer.commands
        for number, name in enumerate(BOTS):
            assert (said.paused(name) is not None) == self.standing[name] == (self.state.bots[number]["state"] == 1)
        assert (said.killed is not None) == self.standing["killed"] == (self.state.core[0]["killed"] != 0)

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.looked / 'journal.db'}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()

    def _payloads(self, kind: str) -> list[dict[str, Any]]:
        return [
            json.loads(row[0]) for row in self._rows("SELECT payload FROM events WHERE kind = ? ORDER BY seq", kind)
        ]

    def close(self) -> None:
        self.writer.close()


def _keeps_the_rules(fill: dict[str, Any]) -> None:
    """Whole ticks and lots, a sound book of the right age, never better than it and never more than it showed."""
    assert all(isinstance(fill[name], int) and fill[name] > 0 for name in ("price", "qty", "epoch"))
    assert 0 < fill["best_bid"] < fill["best_ask"]
    assert 0 <= fill["book_age_ns"] <= 2 * SECOND
    assert fill["consumed_before"] + fill["qty"] <= fill["displayed"] or fill["trades"] > 0
    if fill["liquidity"] == "taker":
        buys = fill["side"] == "buy"
        assert fill["price"] >= fill["best_ask"] if buys else fill["price"] <= fill["best_bid"]
