"""Numbers → the page in Markdown, and the short text of a message. Pure.

Names that come with the data (bots, symbols, venues, reasons) may come from another machine: safe_text lets through
what a name needs and nothing that Markdown or HTML would read.
"""

from collections.abc import Iterable, Sequence

from quantumflow_reports.figures import (
    DAY_NS,
    day_of,
    duration_text,
    estimate_text,
    money_short,
    percent_text,
    ppm_text,
    safe_text,
    utc_text,
)
from quantumflow_reports.numbers import Numbers

__all__ = ["message_text", "page_text"]

ROWS_MAX = 10
"""Of the longer tables, the first."""
_ALT = {
    "equity": "equity and drawdown over time",
    "realism": "profit of the same fills at mid, at touch and by our model",
    "trips": "histogram of the result of round trips",
    "week": "result by weekday and hour",
}


def page_text(numbers: Numbers, pictures: str | None) -> str:
    """The report. `pictures` is the path of the charts as the page sees it; None: there are none."""
    blocks = [_head(numbers), _picture("equity", pictures), _main_table(numbers)]
    if numbers.facts.tallies.whole.fills:
        blocks += [_realism(numbers), _picture("realism", pictures), _bots(numbers), _expectations(numbers)]
        more = [_picture("trips", pictures), _picture("week", pictures)]
        blocks.append(_folded("Round trips: histogram, weekday × hour", [block for block in more if block]))
    blocks.append(
        _folded(
            "Refusals, gaps, sessions, replays", [_ends(numbers), _gaps(numbers), _sessions(numbers), _verify(numbers)]
        )
    )
    blocks.append(_notes())
    return "\n\n".join(block for block in blocks if block) + "\n"


def message_text(numbers: Numbers, day: int | None = None) -> str:
    """A few plain lines: of the whole, and of a UTC day if one is named."""
    whole, worst = numbers.facts.tallies.whole, numbers.facts.curve.worst
    lines = [f"QuantumFlow, {utc_text(numbers.as_of_ns)}" if numbers.as_of_ns else "QuantumFlow: nothing happened yet"]
    if numbers.simulated.stamp:
        lines[0] += f" · {numbers.simulated.stamp}"
    if numbers.kind:
        lines[0] += f" · {numbers.kind}"
    if day is not None:
        tally = numbers.facts.tallies.by_day.get(day)
        made = numbers.day_profit_e8(day)
        shown = "n/a (no equity that day)" if made is None else _money(numbers, made, signed=True)
        counts = f"{tally.fills} fills, {tally.trips} trips" if tally else "no fill"
        lines.append(f"{day_of(day * DAY_NS)}: {shown}, {counts}")
    if numbers.equity_e8 is not None and numbers.profit_e8 is not None:
        lines.append(f"Equity {_money(numbers, numbers.equity_e8)} ({_money(numbers, numbers.profit_e8, signed=True)})")
    lines.append(f"Deepest drawdown {ppm_text(worst.ppm)}, fees {_money(numbers, whole.fees_e8)}")
    lines.append(f"{whole.trips} trips, win rate {estimate_text(numbers.win_rate, 1, percent=True)}")
    lines.append(f"Up {ppm_text(numbers.uptime_ppm)}, books live {ppm_text(numbers.book_live_ppm)}")
    newest = numbers.verify[-1] if numbers.verify else None
    replay = f"{safe_text(newest.result)} ({safe_text(newest.day)})" if newest else "none yet"
    lines.append(f"Chain of {numbers.chain.events:,} events checked; replay: {replay}")
    return "\n".join(lines) + "\n"


def _head(numbers: Numbers) -> str:
    lines = []
    if numbers.simulated.stamp == "SIMULATED":
        lines += [
            "> [!NOTE]",
            "> **SIMULATED**: a market that the appliance generated itself. Nothing here speaks of a real one.",
            "",
        ]
    elif numbers.simulated.stamp:
        lines += [
            "> [!NOTE]",
            f"> **{safe_text(numbers.simulated.stamp, 120)}** (shaded in the chart): generated markets, not real ones.",
            "",
        ]
    if numbers.kind:
        lines += [
            "> [!WARNING]",
            f"> **{safe_text(numbers.kind, 120)}**: a backtest filled whole orders at prices that no market promises.",
            "",
        ]
    if not numbers.chain.events:
        return "Nothing happened yet: the journal is empty."
    venues = ", ".join(sorted({safe_text(span.venue) for span in numbers.facts.presence.sessions}))
    lines.append(
        f"Paper trading on {venues}, as of {utc_text(numbers.as_of_ns)}; all {numbers.chain.events:,} events of the"
        f" journal checked, the last is `{numbers.chain.head_hash[:16]}`."
    )
    return "\n".join(lines)


def _picture(name: str, pictures: str | None) -> str:
    if pictures is None:
        return ""
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{pictures}/{name}-dark.svg">'
        f'<img src="{pictures}/{name}-light.svg" alt="{_ALT[name]}" width="760"></picture>'
    )


def _main_table(numbers: Numbers) -> str:
    whole, curve, presence = numbers.facts.tallies.whole, numbers.facts.curve, numbers.facts.presence
    expectancy = numbers.expectancy_e8
    if expectancy.value is None:
        expected = f"n/a ({expectancy.why})"
    else:
        expected = _money(numbers, round(expectancy.value), signed=True, places=4)
        if expectancy.low is not None and expectancy.high is not None:
            expected += f" ({money_short(round(expectancy.low), 4)} … {money_short(round(expectancy.high), 4)})"
    up = f"{ppm_text(numbers.uptime_ppm)} ({duration_text(presence.up_ns)})"
    worst = curve.worst
    fell = f"{ppm_text(worst.ppm)}, {_money(numbers, worst.amount_e8)}" if worst.ppm else "none"
    equity = "n/a" if numbers.equity_e8 is None else _money(numbers, numbers.equity_e8)
    profit = "n/a" if numbers.profit_e8 is None else _money(numbers, numbers.profit_e8, signed=True)
    return _table(
        ("money", "", "trips and time", ""),
        [
            ("profit", f"**{profit}**", "round trips", f"{whole.trips:,} of {whole.fills:,} fills"),
            ("equity", equity, "win rate", estimate_text(numbers.win_rate, 1, percent=True)),
            ("deepest drawdown", fell, "profit factor", estimate_text(numbers.profit_factor)),
            ("fees paid", _money(numbers, whole.fees_e8), "expectancy a trip", expected),
            ("slippage paid", _money(numbers, whole.slippage_e8), "time in the market", ppm_text(numbers.exposure_ppm)),
            ("turnover a day", _turnover(numbers), "up", up),
            ("Sharpe", estimate_text(numbers.sharpe), "books live", ppm_text(numbers.book_live_ppm)),
            ("Sortino", estimate_text(numbers.sortino), "Calmar", estimate_text(numbers.calmar)),
        ],
    )  # fmt: skip


def _turnover(numbers: Numbers) -> str:
    figure = numbers.turnover_a_day
    return f"n/a ({figure.why})" if figure.value is None else f"{figure.value:.2f} × equity"


def _realism(numbers: Numbers) -> str:
    realism = numbers.facts.realism
    model_e8 = numbers.profit_at("model") or 0
    rows = []
    for words, name, cash in (
        ("at mid, at once", "mid", realism.mid),
        ("at touch, at once", "touch", realism.touch),
        (
            f"**as filled, {safe_text(numbers.kind, 120)}**" if numbers.kind else "**as our model filled**",
            "model",
            realism.model,
        ),
    ):
        profit_e8 = numbers.profit_at(name) or 0
        difference = "" if name == "model" else money_short(profit_e8 - model_e8, signed=True)
        rows.append((words, money_short(profit_e8, signed=True), money_short(cash.fees_e8), difference))
    text = f"**Paper realism.** The same {realism.fills:,} fills, three prices, {numbers.currency}:\n\n"
    text += _table(("", "profit", "fees", "against our model"), rows)
    if realism.unfilled_orders:
        text += (
            f"\n\nOf {realism.orders:,} orders that were allowed, {realism.unfilled_orders:,} were not filled whole"
            f" ({_money(numbers, realism.unfilled_e8)} at the touch); a simulator that fills at touch fills those too."
        )
    return text


def _bots(numbers: Numbers) -> str:
    open_lots = numbers.facts.trips.positions
    rows = []
    for (bot, symbol), tally in sorted(numbers.facts.tallies.by_bot.items()):
        held = "open" if open_lots.get((bot, symbol)) else "flat"
        rows.append(
            (
                safe_text(bot),
                safe_text(symbol),
                f"{tally.fills:,}",
                f"{tally.trips:,}",
                percent_text(tally.wins, tally.trips),
                money_short(tally.net_e8, signed=True),
                money_short(tally.fees_e8),
                money_short(tally.slippage_e8),
                held,
            )
        )
    return _table(
        ("bot", "instrument", "fills", "trips", "won", "net of closed trips", "fees", "slippage", "now"),
        rows,
        right=(2, 3, 4, 5, 6, 7),
    )


def _expectations(numbers: Numbers) -> str:
    """Of bots that trade a file of specialists; empty without one."""
    rows = [
        (
            safe_text(one.bot),
            safe_text(one.regime),
            f"{one.trips:,}",
            _interval(one.mean, one.low, one.high),
            _interval(one.expected_mean, one.expected_low, one.expected_high),
            f"{one.score:,.1f}",
            "no drift" if one.alarmed_trip is None else f"**drift** since trip {one.alarmed_trip:,}",
        )
        for one in numbers.facts.expectations.live()
    ]
    if not rows:
        return ""
    head = ("bot", "regime", "trips", "live", "expected", "detector", "")
    return (
        "**Live against expected**, hundredths of a percent a trip after costs; the live interval holds at all times"
        " together (95 %), each end of the expected one with 95 %; the detector alarms at 10,000:\n\n"
    ) + _table(head, rows, right=(2, 5))


def _interval(mean: float | None, low: float | None, high: float | None) -> str:
    if mean is None:
        return "no trip yet"
    between = "" if low is None or high is None else f" ({low * 1e4:+.1f} … {high * 1e4:+.1f})"
    return f"{mean * 1e4:+.1f}{between}"


def _ends(numbers: Numbers) -> str:
    tallies = numbers.facts.tallies
    refused = sum(tallies.refusals.values())
    text = f"{tallies.orders:,} orders, {refused:,} refused, {tallies.reduced:,} reduced by core_risk."
    rows = [(f"`{safe_text(name)}`", f"{count:,}", "refused") for name, count in tallies.refusals.most_common(ROWS_MAX)]
    rows += [
        (f"`{safe_text(name)}`", f"{count:,}", "ended early") for name, count in tallies.ends.most_common(ROWS_MAX)
    ]
    return text + ("\n\n" + _table(("reason", "orders", ""), rows, right=(1,)) if rows else "")


def _gaps(numbers: Numbers) -> str:
    presence = numbers.facts.presence
    rows = []
    for state, span in sorted(presence.feed.totals.items(), key=lambda item: (-item[1].ns, item[0])):
        if state != "live" and span.ns:
            rows.append(
                _span_row(f"book `{safe_text(state)}`", span.times, span.ns, span.longest_ns, span.longest_at_ns)
            )
    for state, span in sorted(presence.trading.totals.items()):
        if state != "active" and span.ns:
            rows.append(
                _span_row(f"trading `{safe_text(state)}`", span.times, span.ns, span.longest_ns, span.longest_at_ns)
            )
    downtimes = presence.downtimes
    if downtimes:
        longest = max(downtimes, key=lambda pair: (pair[1] - pair[0], -pair[0]))
        total = sum(until - since for since, until in downtimes)
        rows.append(_span_row("between two sessions", len(downtimes), total, longest[1] - longest[0], longest[0]))
    if not rows:
        return "No gap: every book was live and trading active for as long as a session lasted."
    return _table(("gap", "times", "together", "longest", "at"), rows[: 2 * ROWS_MAX], right=(1, 2, 3))


def _span_row(what: str, times: int, ns: int, longest_ns: int, at_ns: int) -> tuple[str, ...]:
    return what, f"{times:,}", duration_text(ns), duration_text(longest_ns), utc_text(at_ns)


def _sessions(numbers: Numbers) -> str:
    sessions = numbers.facts.presence.sessions
    rows = [
        (
            str(span.session),
            safe_text(span.venue) + (" **SIMULATED**" if span.simulated else ""),
            utc_text(span.started_ns),
            duration_text(span.last_ns - span.started_ns),
            f"{span.fills:,}",
            safe_text(span.end_reason) if span.end_reason else "no end",
            f"`{safe_text(span.digest[:16])}`" if span.digest else "–",
        )
        for span in sessions[: -ROWS_MAX - 1 : -1]
    ]
    if not rows:
        return ""
    head = ("session", "venue", "began", "lasted", "fills", "end", "digest")
    return _table(head, rows, right=(0, 4)) + (
        f"\n\n{len(sessions):,} sessions in all." if len(sessions) > ROWS_MAX else ""
    )


def _verify(numbers: Numbers) -> str:
    if not numbers.verify:
        return "No replay of a recorded day has been told yet (`quantumflow verify`)."
    rows = [
        (
            safe_text(run.day),
            "–" if run.session is None else str(run.session),
            f"**{safe_text(run.result)}**",
            f"`{safe_text(run.digest[:16])}`" if run.digest else "–",
            utc_text(run.at_ns),
        )
        for run in reversed(numbers.verify)
    ]
    return "Replays of the appliance's own recordings, newest first:\n\n" + _table(
        ("day", "session", "result", "digest", "made"), rows
    )


def _notes() -> str:
    return (
        "<sub>In brackets 95 % bootstrap intervals. Sharpe, Sortino and Calmar are of daily returns (UTC), annualised"
        " with 365 days; slippage is against the best opposite price at the decision. Fills are a model: see"
        " “What it is not”.</sub>"
    )


def _folded(title: str, blocks: Sequence[str]) -> str:
    inside = "\n\n".join(block for block in blocks if block)
    return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>" if inside else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    rule = ["--:" if column in right else "---" for column in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _money(numbers: Numbers, value_e8: int, signed: bool = False, places: int = 2) -> str:
    return f"{money_short(value_e8, places, signed)} {safe_text(numbers.currency)}".strip()
