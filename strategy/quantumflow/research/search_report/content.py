"""Findings → the sections of the page: titles, tables, notes, names of charts. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from quantumflow.regime_vocabulary import Regime
from quantumflow.research.analysis.content import Section, Table
from quantumflow.research.promotion.words import NOT_KNOWN, share_text
from quantumflow.research.search.ledger import REGIMES
from quantumflow.research.search_report.best import StressRow
from quantumflow.research.search_report.findings import Findings
from quantumflow.research.search_report.walked import FoldRow, Tally
from quantumflow_reports.figures import safe_text, utc_text

__all__ = ["CHART_WORDS", "mark_of", "sections_of", "title_of"]

CHART_WORDS = {
    "surfaces": "objective out of sample by each pair of the most influential parameters",
    "marginals": "objective out of sample by each parameter",
    "regimes": "share of time in each regime by month",
    "walk_forward": "net log return of each fold out of sample, by regime",
}
MINUTE_NS = 60_000_000_000
NOTHING = "–"
_TALLY_HEAD = ("trades", "win rate (95 %)", "signals", "net", "mean a trade (95 %)", "robustness", "folds won")
UNBROKEN = "\N{NO-BREAK SPACE}"


def title_of(found: Findings) -> tuple[str, str]:
    """The heading, and the line below it."""
    facts = found.facts
    tried = f"{facts['configurations']:,} configurations on {', '.join(facts['symbols'])}"
    begin, end = (utc_text(ns)[:10] for ns in _span(facts))
    line = f"{tried}, {begin} to {end} UTC. All figures are out of sample and after costs unless they say train."
    return f"Search {facts['name']}", line


def sections_of(found: Findings) -> list[Section]:
    """In the order of the page."""
    return [
        _luck(found),
        _provenance(found),
        _walk_forward(found),
        _regimes(found),
        _sensitivity(found),
        _symbols(found),
        _best(found),
        _stress(found),
        _folds(found),
    ]


def _luck(found: Findings) -> Section:
    rows = []
    for one in found.chances:
        shares = [share_text(value) for value in (one.luck, one.reality, one.deflated, one.walk_forward)]
        over = NOTHING if one.overfitting is None else share_text(one.overfitting)
        rows.append((one.regime, *shares, over))
    head = ("regime", "chance of luck", "reality check", "deflated Sharpe", "choice before each fold", "PBO")
    words = tuple((one.regime, found.sentences[one.regime]) for one in found.chances)
    some = "A try-out: what was left out of the space was never tried, so nothing of it may be promoted. "
    tables = (Table(head, tuple(rows), (1, 2, 3, 4, 5)), Table(("regime", "in words"), words))
    return Section("How likely luck is", tables=tables, note=(some if found.try_out else "") + NOT_KNOWN)


def _provenance(found: Findings) -> Section:
    facts = found.facts
    costs, plan, sampler = facts["costs"], facts["fold_plan"], facts["sampler"]
    train = f"{plan['train_bars']:,} bars" if plan["train_bars"] else "all before"
    rows = [
        ("ledger", str(facts["ledger_digest"])),
        ("space", str(facts["space_digest"])),
        ("code", str(facts["code_version"])),
        ("trials", f"{facts['asked']:,} asked, {facts['done']:,} done, {facts['combinations']:,} possible"),
        ("ever tried on these data", f"{found.trials_ever:,}, ledgers beside this one included"),
        ("sampler", f"{sampler['name']}, seed {sampler['seed']}; objective {', '.join(facts['objectives'])}"),
        ("folds", f"{len(facts['folds'])}, {plan['scheme']}, train {train}"),
        ("between train and test", f"purge {plan['purge_bars']:,} bars, embargo {plan['embargo_bars']:,} bars"),
        ("costs a side", f"fee {costs['fee_ppm']:g}, half spread {costs['half_spread_ppm']:g} millionths"),
        ("latency_bars", str(costs["latency_bars"])),
    ]
    for one in facts["data"]:
        span = f"{utc_text(one['first_ns'])} to {utc_text(one['last_ns'])}"
        words = f"{one['symbol']}, {one['use']}, {one['rows']:,} minutes, {one['gaps']} gaps, {span}"
        rows.append((f"data {safe_text(one['name'])}", f"{words}, {one['content_hash']}"))
    return Section("Where it comes from", tables=(Table(("", ""), tuple(rows)),))


def _walk_forward(found: Findings) -> Section:
    head = ("regime", *_TALLY_HEAD)
    walked = found.walked
    rows = [_tally_row(name, walked.regimes[name]) for name in REGIMES] + [_tally_row("all", walked.whole)]
    note = (
        "Of each fold and regime the configuration that its train chose, judged by its test: no choice saw what judges"
        " it. Net is a log return, the mean one in basis points. Signals are decisions to enter or leave; a position"
        " that ended because the minutes did has no second one. Win rates have Wilson's interval (1927), which takes"
        " trades as independent: trades of one hour are not, so it is the narrowest possible. The mean's interval is"
        " between trades or folds, whichever is wider."
    )
    tables = (Table(head, tuple(rows), tuple(range(1, 8))),)
    return Section("Walk-forward: chosen before, judged after", ("walk_forward",), tables, note)


def _tally_row(name: str, one: Tally) -> tuple[str, ...]:
    mean = won = NOTHING
    if one.trades:
        mean = f"{one.net / one.trades * 1e4:+.1f} bp{_between(one.mean_interval, '+.1f', 1e4)}"
        won = f"{one.folds_won} of {one.folds_traded}"
    rate = _rate(one.wins, one.trades, one.win_interval)
    return name, f"{one.trades:,}", rate, f"{one.signals:,}", f"{one.net:+.4f}", mean, f"{one.robustness:+.2f}", won


def _folds(found: Findings) -> Section:
    facts = found.facts
    spans = []
    for fold in facts["folds"]:
        train = ", ".join(_span_text(facts, span) for span in fold["train"])
        spans.append((str(fold["fold"]), train, _span_text(facts, fold["test"])))
    rows = [_fold_row(one) for one in sorted(found.walked.folds, key=lambda one: (one.fold, one.regime))]
    figures = ("its t in train", "trades", "win rate (95 %)", "signals", "net", "robustness", "stability")
    head = ("fold", "regime", "chosen by train", *figures)
    tables = (Table(("fold", "train", "test"), tuple(spans)), Table(head, tuple(rows), tuple(range(3, 10))))
    note = (
        "Robustness is t / (1 + |t|) of the trades of that test, 0 below 30 of them. Stability is the configuration's"
        " own over all folds, symbols and neighbours: no single fold has one."
    )
    return Section("Every fold", tables=tables, note=note)


def _fold_row(one: FoldRow) -> tuple[str, ...]:
    test = one.test
    return (
        str(one.fold),
        one.regime,
        one.config_id or "none traded enough",
        NOTHING if one.train_ratio is None else f"{one.train_ratio:+.2f}",
        f"{test.trades:,}",
        _rate(test.wins, test.trades, test.win_interval),
        f"{test.signals:,}",
        f"{test.net:+.4f}",
        f"{test.robustness:+.2f}",
        NOTHING if one.stability is None else f"{one.stability:.2f}",
    )


def _regimes(found: Findings) -> Section:
    names = [regime.name for regime in Regime if regime is not Regime.UNKNOWN]
    rows = []
    for name in names:
        shares = [f"{one.whole.shares[name]:.1%}" for one in found.timelines]
        rows.append((name, *shares, f"{found.walked.regimes[name].trades:,}"))
    head = ("regime", *(f"{one.dataset}: share of time" for one in found.timelines), "walk-forward trades")
    unknown = [
        f"{one.dataset}: {one.whole.shares['UNKNOWN']:.1%} of the time without a regime, too soon after the beginning"
        " or a gap."
        for one in found.timelines
    ]
    why = [f"No timeline of {safe_text(name)}: {reason}." for name, reason in found.absent.items()]
    table = Table(head, tuple(rows), tuple(range(1, len(head))))
    return Section("Regimes", ("regimes",), (table,), " ".join([*unknown, *why]))


def _sensitivity(found: Findings) -> Section:
    if not found.sensitivity.parameters:
        return Section("Parameters", note="No parameter was varied: there is nothing to compare.")
    rows = []
    for one in found.sensitivity.parameters:
        order = sorted(one.marginals, key=lambda each: each.mean)
        rows.append(
            (one.name, f"{one.influence:.1%}", order[-1].value, f"{order[-1].mean:.3g}", f"{order[0].mean:.3g}")
        )
    head = ("parameter", "influence", "best value in the mean", "mean there", "mean at the worst")
    marked = tuple((mark_of(one.regime), one.regime, one.config_id, _set(one.parameters)) for one in found.chosen)
    note = (
        f"Objective: {found.objective}, out of sample. Influence is the share of its variance between configurations"
        " that the means by the parameter's value explain (eta squared); what is missing to 100 % is in how parameters"
        " act together. Each cell is the mean over everything else that was tried. Bars of a marginal reach over the"
        " 95 % interval of the mean, from leaving out each fold in turn; the shade over the middle 80 % of the"
        " configurations. Marked are the best by objective (★) and what promotion would take of each regime."
    )
    tables = (Table(head, tuple(rows), (1, 2, 3, 4)), Table(("mark", "of", "configuration", "parameters"), marked))
    return Section("Parameters", ("surfaces", "marginals"), tables, note)


def _symbols(found: Findings) -> Section:
    order = sorted(found.walked.symbols.items(), key=lambda one: (-one[1].net, one[0]))
    rows = tuple(_tally_row(name, one) for name, one in order)
    head = ("symbol", *_TALLY_HEAD)
    note = "Of the choices before each fold, all regimes together: the same choice trades every symbol."
    return Section("Symbols, the best first", tables=(Table(head, rows, tuple(range(1, 8))),), note=note)


def _best(found: Findings) -> Section:
    rows = tuple(
        (
            one.config_id,
            "/".join(one.parameters.values()),
            f"{one.objective:.3g}",
            NOTHING if one.train is None else f"{one.train:.3g}",
            f"{one.trades:,}",
            _rate(one.wins, one.trades, one.win_interval),
            f"{one.net:+.4f}",
            f"{one.robustness:+.2f}",
            f"{one.stability:.2f}",
        )
        for one in found.best
    )
    figures = (found.objective, "in train", "trades", "win rate (95 %)", "net", "robustness", "stability")
    note = (
        f"The largest of {found.facts['configurations']:,}: chosen by the very tests that are shown, so they promise"
        " too much. What to expect stands under walk-forward."
    )
    varied = " / ".join(one.name for one in found.sensitivity.parameters)
    table = Table(("configuration", varied, *figures), rows, tuple(range(2, 9)))
    return Section("Configurations, the best first", tables=(table,), note=note)


def _stress(found: Findings) -> Section:
    symbols = list(found.facts["symbols"]) if not found.stress else list(found.stress[0].covered)
    shares = {one.window: tuple(f"{one.covered[symbol]:.0%}" for symbol in symbols) for one in found.stress}
    known = {one.window for one in found.stress if one.middle is not None}
    windows = tuple((name, "yes" if name in known else "no", *row) for name, row in shares.items())
    tables = [Table(("crash", "covered", *symbols), windows, tuple(range(2, 2 + len(symbols))))]
    if known:
        ids = list(dict.fromkeys(one.config_id for one in found.chosen))
        marks = [" ".join(mark_of(one.regime) for one in found.chosen if one.config_id == name) for name in ids]
        rows = tuple(_stress_row(one, ids) for one in found.stress if one.window in known)
        figures = (*(f"net {mark}" for mark in marks), "drawdown ★", "trades ★", "middle", "highest", "with a profit")
        tables.append(Table(("crash", "scenario", *figures), rows, tuple(range(2, 2 + len(figures)))))
    note = (
        "Log returns through the crash, all covered symbols together. Worse: twice the fees and latency, five times the"
        " spread, outages of the feed. Middle, highest and the number with a profit are of all configurations; a"
        " window counts as covered from half of its minutes on."
    )
    return Section("Crashes", tables=tuple(tables), note=note)


def _stress_row(one: StressRow, ids: list[str]) -> tuple[str, ...]:
    nets = [_signed(one.shown[name]) for name in ids]
    own = (
        "" if one.drawdown is None else f"{one.drawdown:.4f}",
        f"{one.trades:,}",
        _signed(one.middle),
        _signed(one.highest),
    )
    return one.window, one.scenario.replace("_", UNBROKEN), *nets, *own, f"{one.profitable:,}"


def _signed(value: float | None) -> str:
    return NOTHING if value is None else f"{value:+.4f}"


def mark_of(regime: str) -> str:
    """What stands for a choice on charts and in tables."""
    return "★" if regime == "all" else regime[:2]


def _set(parameters: Mapping[str, str]) -> str:
    return " ".join(f"{name} {value}" for name, value in parameters.items())


def _rate(wins: int, trades: int, interval: tuple[float, float] | None) -> str:
    return (
        f"{wins / trades * 100:.1f} %{_between(interval, '.1f', 100.0)}".replace(" ", UNBROKEN) if trades else NOTHING
    )


def _between(interval: Iterable[float] | None, shape: str, scale: float) -> str:
    if interval is None:
        return ""
    return UNBROKEN + "(" + f"{UNBROKEN}…{UNBROKEN}".join(f"{value * scale:{shape}}" for value in interval) + ")"


def _span(facts: Mapping[str, Any]) -> tuple[int, int]:
    return int(facts["origin_ns"]), int(facts["origin_ns"] + facts["bars"] * MINUTE_NS)


def _span_text(facts: Mapping[str, Any], span: tuple[int, int]) -> str:
    return " to ".join(utc_text(int(facts["origin_ns"]) + bar * MINUTE_NS) for bar in span)
