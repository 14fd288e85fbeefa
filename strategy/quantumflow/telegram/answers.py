"""The read-only answers, as plain lines: from the status files where they are believed, from the journal where not."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from quantumflow.appliance.status_files import read_status
from quantumflow.errors import JournalError
from quantumflow.journal.reader import PAGE_MAX, JournalReader
from quantumflow.overview import Sources, overview
from quantumflow.telegram.commands import Asked, Question
from quantumflow.units import money_text
from quantumflow.upkeep.readings import last_result
from quantumflow.why import explain_fill, explain_order, explain_signal

__all__ = ["Answers", "newest_report"]

ROWS_SHOWN = 10
REPORT_CHARS_MAX = 6_000
_DAY_NS = 86_400_000_000_000
_PAGES_MAX = 8
"""Of equity rows, one a minute: more than a day."""


class Answers:
    """Each answer reads what it needs and holds nothing."""

    def __init__(self, data_dir: Path, run_dir: Path, venue: str) -> None:
        self._data_dir, self._run_dir, self._venue = data_dir, run_dir, venue
        self._files = Sources(
            data_dir / "journal.db", run_dir / "trader.status.json", run_dir / "market_data.status.json"
        )
        self._by_question: dict[Question, Callable[[str], list[str]]] = {
            Question.STATUS: lambda _: self.status(),
            Question.PNL: lambda _: self.pnl(),
            Question.POSITIONS: lambda _: self._positions(),
            Question.ORDERS: lambda _: self._orders(),
            Question.TRADES: lambda _: self._trades(),
            Question.BOTS: lambda _: self._bots(),
            Question.WHY: self._why,
            Question.RISK: lambda _: self._risk(),
            Question.REPORT: lambda _: newest_report(self._data_dir / "reports")[0],
            Question.VERIFY: lambda _: self._verify(),
            Question.HEALTH: lambda _: self._health(),
            Question.HELP: lambda _: list(HELP),
        }

    def answer(self, asked: Asked) -> list[str]:
        """Never raises for what the files hold: a journal that cannot be read is an answer too."""
        if asked.question is None or asked.question not in self._by_question:
            return ["I do not know that word.", *HELP]
        try:
            return self._by_question[asked.question](asked.argument)
        except (apsw.Error, JournalError) as error:
            return [f"the journal cannot be read just now: {error}"]

    def status(self) -> list[str]:
        shown = overview(self._files, self._venue)
        why, detail = shown["why_not_trading"], shown["detail"]
        alarms = shown["alarms"]
        return [
            "trading" if why is None else f"not trading: {why} ({detail or '-'})",
            f"equity {shown['equity'] or '-'}, cash {shown['cash'] or '-'}, drawdown {_ppm(shown['drawdown_ppm'])}",
            f"{shown['signals']} signals, {shown['orders']} orders, {shown['refused']} refused, {shown['fills']} fills",
            f"books: {shown['reconcile'] or 'unknown'}, journal: {shown['journal']}",
            *([f"alarm {name}: {text}" for name, text in alarms.items()] if alarms else []),
            *(["upkeep does not run: nobody watches"] if alarms is None else []),
        ]

    def pnl(self) -> list[str]:
        """The account, and what the day (UTC) has made of it so far."""
        with JournalReader(self._files.journal) as journal:
            account = journal.account()
            now_ns = time.time_ns()
            begun_ns = now_ns - now_ns % _DAY_NS
            newest, before = _equity_of_day(journal, begun_ns)
        money = account["display"]
        lines = [
            f"cash {money['cash_e8']}, realised {money['realised_e8']}, fees {money['fees_e8']}",
            f"deposits {money['deposits_e8']}, peak {money['peak_e8']}, {account['fills']} fills",
        ]
        if newest is not None:
            lines.insert(0, f"equity {newest['display']['equity_e8']}, drawdown {_ppm(newest['drawdown_ppm'])}")
        if newest is not None and before is not None:
            change = newest["equity_e8"] - before["equity_e8"]
            fees = newest["fees_e8"] - before["fees_e8"]
            fills = newest["fills"] - before["fills"]
            lines.append(f"today: {_signed(change)} after {money_text(fees)} of fees, {fills} fills")
        return lines

    def _positions(self) -> list[str]:
        with JournalReader(self._files.journal) as journal:
            held = [row for row in journal.positions() if row["qty"] != 0]
        return [
            f"{row['bot']} holds {row['display'].get('qty', row['qty'])} {row['symbol']},"
            f" cost {row['display']['cost_e8']}, realised {row['display']['realised_e8']}"
            for row in held
        ] or ["no position"]

    def _orders(self) -> list[str]:
        with JournalReader(self._files.journal) as journal:
            orders = journal.orders(limit=ROWS_SHOWN).items
        return [
            f"{row['client_id']} {row['side']} {row['display'].get('qty', row['qty'])} {row['symbol']}: {row['state']}"
            f"{' (' + row['reason'] + ')' if row['reason'] else ''}"
            for row in orders
        ] or ["no order yet"]

    def _trades(self) -> list[str]:
        with JournalReader(self._files.journal) as journal:
            fills = journal.fills(limit=ROWS_SHOWN).items
        return [
            f"{row['fill']}: {row['bot']} {row['side']} {row['display'].get('qty', row['qty'])} {row['symbol']}"
            f" at {row['display'].get('price', row['price'])}, fee {row['display']['fee_e8']}"
            for row in fills
        ] or ["no fill yet"]

    def _bots(self) -> list[str]:
        trader = read_status(self._files.trader_status, time.time_ns())
        if not trader.running:
            return ["the trader does not run"]
        bots = trader.values.get("bots")
        return [f"{name}: {bot.get('state')}" for name, bot in bots.items()] if bots else ["no session yet"]

    def _why(self, what: str) -> list[str]:
        with JournalReader(self._files.journal) as journal:
            if not what:
                page = journal.fills(limit=1).items
                if not page:
                    return ["no fill yet", *self.status()[:1]]
                what = str(page[0]["fill"])
            if what.isdecimal() and len(what) < 19:
                story = journal.fill(int(what))
                return [f"there is no fill {what}"] if story is None else explain_fill(story)
            number = what.removeprefix("signal-")
            if what != number and number.isdecimal() and len(number) < 19:
                signal = journal.signal(int(number))
                return [f"there is no {what}"] if signal is None else explain_signal(signal)
            order = journal.order(what)
            if order is None:
                return ["put a fill (9), an order (imbalance-00000017) or a signal (signal-12) after /why"]
            signal = None if order["signal"] is None else journal.signal(int(order["signal"]))
            return explain_order(order, journal.fills_of(what), journal.verdict(what), signal)

    def _risk(self) -> list[str]:
        shown = overview(self._files, self._venue)
        risk = shown["risk"] or {}
        reason = f" ({risk['reason']})" if risk.get("reason") else ""
        return [
            f"core_risk: {risk.get('trading', 'unknown')}{reason}, books: {shown['reconcile'] or 'unknown'}",
            f"drawdown {_ppm(shown['drawdown_ppm'])} from the peak {shown['peak'] or '-'}",
        ]

    def _verify(self) -> list[str]:
        result = last_result(self._data_dir / "verify" / "results.jsonl")
        if result is None:
            return ["nothing was verified yet"]
        lines = [f"session {result.get('session')} of {result.get('day')}: {result.get('result')}"]
        programs = result.get("programs")
        for name, found in programs.items() if isinstance(programs, dict) else ():
            if isinstance(found, dict):
                lines.append(f"{name}: {found.get('result')}, digest {str(found.get('digest'))[:16]}")
        if result.get("difference"):
            lines.append(f"first difference: {result['difference']}")
        return lines

    def _health(self) -> list[str]:
        now_ns = time.time_ns()
        lines = []
        for program in ("market_data", "trader", "upkeep"):
            status = read_status(self._run_dir / f"{program}.status.json", now_ns)
            state = "runs" if status.running else "has ended" if status.final else "says nothing"
            lines.append(f"{program} {state}")
        upkeep = read_status(self._run_dir / "upkeep.status.json", now_ns).values
        lines += [f"alarm {name}: {text}" for name, text in upkeep.get("alarms", {}).items()] or ["no alarm"]
        lines += [
            f"job {name}: {job.get('outcome')}, period {job.get('settled')}"
            for name, job in upkeep.get("jobs", {}).items()
        ]
        return lines


HELP = (
    "/status /pnl /positions /orders /trades /bots /risk: how it stands",
    "/why [fill, order or signal]: the evidence",
    "/report /verify /health: the last daily report and verification, the programs and alarms",
    "/pause [bot] /resume [bot]: new positions, no or yes",
    "/kill: halt everything, in two steps",
)


def newest_report(reports: Path) -> tuple[list[str], str | None]:
    """The text of the newest day's report, and its equity picture if it has one."""
    days = sorted(path.name for path in reports.glob("[0-9]*-[0-9]*-[0-9]*")) if reports.is_dir() else []
    if not days:
        return ["no daily report was made yet"], None
    text, picture = reports / days[-1] / "message.txt", reports / days[-1] / "equity.png"
    try:
        with text.open(encoding="utf-8", errors="replace") as source:
            lines = source.read(REPORT_CHARS_MAX).splitlines()
    except OSError as error:
        lines = [f"{text.name} of {days[-1]} cannot be read: {error.strerror}"]
    return lines, str(picture) if picture.exists() else None


def _equity_of_day(journal: JournalReader, begun_ns: int) -> tuple[Any, Any]:
    """The newest equity row, and the last one before `begun_ns`, else the first that can be found."""
    newest, oldest, before = None, None, None
    for _ in range(_PAGES_MAX):
        page = journal.equity(before, PAGE_MAX)
        for row in page.items:
            newest = newest or row
            oldest = row
            if row["event_ns"] < begun_ns:
                return newest, row
        before = page.next
        if before is None:
            break
    return newest, oldest


def _signed(value_e8: int) -> str:
    return f"+{money_text(value_e8)}" if value_e8 > 0 else money_text(value_e8)


def _ppm(value: int | None) -> str:
    return "-" if value is None else f"{value / 10_000:.2f} %"
