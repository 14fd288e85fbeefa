"""Answers that are put together: the typed reason, positions with their worth, bots, the equity series, limits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from quantumflow.appliance.status_files import StatusFile, read_status
from quantumflow.journal.expectation_file import FILE_NAME, read_expectation
from quantumflow.journal.expectations import alarm_text
from quantumflow.journal.reader import JournalReader
from quantumflow.overview import overview
from quantumflow.specs import InstrumentSpec
from quantumflow.units import money_text, price_text
from quantumflow.web.limits import rule_limits
from quantumflow.web.sources import WebSources

__all__ = [
    "POINTS_MAX",
    "account",
    "bots",
    "equity",
    "expectation",
    "known_bots",
    "latency",
    "limits",
    "positions",
    "status",
]

POINTS_MAX = 2_000
"""Steps of one equity series."""
_SUMMED = ("realised_e8", "fees_e8", "fills")
_MEANINGS = {
    "decision": "from the read of a frame to the order decided on it",
    "verdict": "from the question to core_risk to its answer",
    "arrival": "from the receipt of a message by market_data to the end of all that it caused in the trader",
    "commit": "one transaction of the journal, fsync included",
}

Row = dict[str, Any]


def status(sources: WebSources, now_ns: int) -> Row:
    """As `quantumflow status --json`, with the reason typed and its beginning."""
    trader = read_status(sources.files.trader_status, now_ns)
    shown = overview(sources.files, sources.venue, now_ns)
    reason, words = shown["why_not_trading"], shown["detail"]
    why = None
    if reason is not None:
        why = {"reason": reason, "words": words or reason, "since_ns": _since_ns(trader)}
    display = {f"{name}_e8": shown[name] for name in ("cash", "equity", "peak", "realised", "fees")}
    return {
        **shown,
        "trading": reason is None,
        "why_not_trading": why,
        "detail": words if reason is None else None,
        "now_ns": now_ns,
        "display": {name: text for name, text in display.items() if text is not None},
    }


def _since_ns(trader: StatusFile) -> int | None:
    """Of a trader that is gone: its last word."""
    since = trader.values.get("why_since_ns") if trader.running else trader.values.get("written_ns")
    return since if isinstance(since, int) else None


def account(sources: WebSources, journal: JournalReader) -> Row:
    """The journal's account, and what it counts in."""
    specs = sources.specs(journal)
    return {**journal.account(), "currency": specs[0].quote if specs else None}


def equity(journal: JournalReader, from_ns: int | None, to_ns: int | None, points: int) -> Row:
    """The series between two moments, by default all of it."""
    span = journal.equity_span() or (0, 0)
    first = span[0] if from_ns is None else from_ns
    last = max(first, span[1] if to_ns is None else to_ns)
    step_ns = max(1, -(-(last - first + 1) // points))
    items = journal.equity_steps(first, last, step_ns)
    rows = sum(item["rows"] for item in items)
    return {"from_ns": first, "to_ns": last, "step_ns": step_ns, "rows": rows, "items": items}


def positions(sources: WebSources, journal: JournalReader, now_ns: int) -> list[Row]:
    """What is held, at the prices where it could be left."""
    trader = read_status(sources.files.trader_status, now_ns)
    seen = trader.values.get("instruments", {}) if trader.running else {}
    units = {spec.symbol: spec for spec in sources.specs(journal)}
    return [_marked(row, units.get(row["symbol"]), seen.get(row["symbol"], {})) for row in journal.positions()]


def _marked(row: Row, spec: InstrumentSpec | None, seen: Mapping[str, Any]) -> Row:
    """Rounded against us, as core_risk/API.md values equity."""
    qty = row["qty"]
    price = seen.get("bid" if qty >= 0 else "ask")
    marked = {**row, "mark_price": None, "value_e8": None, "unrealised_e8": None}
    if spec is None or price is None:
        return marked
    num, den = spec.value
    value = price * qty * num // den if qty >= 0 else -(-price * -qty * num // den)
    gained = value - row["cost_e8"] if qty >= 0 else row["cost_e8"] - value
    marked.update(mark_price=price, value_e8=value, unrealised_e8=gained)
    marked["display"] = {
        **row["display"],
        "mark_price": price_text(price, spec.tick_e8),
        "value_e8": money_text(value),
        "unrealised_e8": money_text(gained),
    }
    return marked


def bots(sources: WebSources, journal: JournalReader, now_ns: int) -> list[Row]:
    """The last session's bots, as the running trader has them."""
    held = positions(sources, journal, now_ns)
    return [
        _bot(name, known, [row for row in held if row["bot"] == name])
        for name, known in known_bots(sources, journal, now_ns).items()
    ]


def known_bots(sources: WebSources, journal: JournalReader, now_ns: int) -> dict[str, Row]:
    """By name: those that the running trader has, else those that the last session began with."""
    trader = read_status(sources.files.trader_status, now_ns)
    live: dict[str, Row] = trader.values.get("bots", {}) if trader.running else {}
    sessions = journal.sessions(limit=1).items
    began: dict[str, Row] = {row["name"]: row for row in sessions[0]["bots"]} if sessions else {}
    return {name: {**began.get(name, {}), **known} for name, known in live.items()} if live else began


def _bot(name: str, known: Row, held: Sequence[Row]) -> Row:
    sums = {key: sum(row[key] for row in held) for key in _SUMMED}
    money = {**{key: sums[key] for key in ("realised_e8", "fees_e8")}, "capital_e8": known.get("capital_e8", 0)}
    return {
        **sums,
        "name": name,
        "strategy": known.get("strategy", ""),
        "state": known.get("state", "unknown"),
        "paused": known.get("paused"),
        "reason": known.get("reason"),
        "failure": _failure(known),
        "source": known.get("source"),
        "removing": known.get("removing", False),
        "origin": known.get("origin"),
        "indicators": known.get("indicators", {}),
        "instruments": list(known.get("instruments", ())),
        "capital_e8": money["capital_e8"],
        "parameters": {key: float(value) for key, value in known.get("parameters", {}).items()},
        "positions": held,
        "display": {key: money_text(value) for key, value in money.items()},
    }


def expectation(sources: WebSources) -> Row:
    """What upkeep's job last found; no items before it has."""
    found = read_expectation(sources.root / FILE_NAME)
    if found is None:
        return {"as_of_ns": None, "seq": None, "items": []}
    items = [{**asdict(one), "alarm": alarm_text(one) if one.alarmed_trip else None} for one in found.live]
    return {"as_of_ns": found.as_of_ns, "seq": found.seq, "items": items}


def _failure(known: Row) -> str | None:
    """What its strategy did wrong, as the trader shows it."""
    if known.get("reason") is None:
        return None
    return f"{known['reason']}: {known['detail']}" if known.get("detail") else str(known["reason"])


def limits(sources: WebSources, journal: JournalReader, now_ns: int) -> Row:
    """Every rule with a limit, and its use as core_risk has it now."""
    known, risk = sources.risk(None), sources.config.get("risk")
    tally = sources.verdicts.brought_up_to(journal)
    bots_now = known_bots(sources, journal, now_ns)
    capitals = {name: row.get("capital_e8", 0) for name, row in bots_now.items()}
    head = journal.head()
    items = []
    if risk is not None:
        event_ns = 0 if head is None else head.event_ns
        items = rule_limits(known, risk, capitals, sources.specs(journal), tally, event_ns)
    return {
        "known": known is not None,
        "limits_version": None if known is None else known.get("limits_version"),
        "looked_at": tally.looked_at,
        "items": items,
    }


def latency(sources: WebSources, now_ns: int) -> list[Row]:
    """The running trader's histograms."""
    trader = read_status(sources.files.trader_status, now_ns)
    stages = trader.values.get("latency_us") or {}
    if not trader.running:
        return []
    return [
        {
            "stage": stage,
            "meaning": _MEANINGS.get(stage, stage),
            "upper_us": [float(bound) for bound in figures.get("upper_us", ())],
            "counts": figures.get("counts", []),
            "count": figures.get("count", 0),
            "sum_us": float(figures.get("sum_us", 0.0)),
            "p50_us": figures.get("p50"),
            "p99_us": figures.get("p99"),
        }
        for stage, figures in stages.items()
    ]
