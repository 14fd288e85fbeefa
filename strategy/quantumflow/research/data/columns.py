"""The columns of a dataset: integers, with what they mean and at which scale they are.

| kind | columns | unit |
|---|---|---|
| candles | close_ns | ns UTC, the moment from which the candle is known: its open time plus its interval |
| | open, high, low, close | price, scale `price` |
| | volume, taker_buy_volume* | quantity of the base, scale `qty` |
| | quote_volume*, taker_buy_quote_volume* | amount of the quote, scale `quote` |
| | trades* | count |
| trades | time_ns | ns UTC, the exchange's |
| | price, qty | scales `price`, `qty` |
| | id, first_id, last_id | of the trade or aggregate; first and last are the trades in it |
| | buyer_maker | 1: the seller was the taker |

A column with * is there where the source has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from quantumflow.errors import DataRefused
from quantumflow.research.data.numbers import SCALES, Integers, decimals, rescaled, to_ns, whole_numbers
from quantumflow.research.data.tables import Table

__all__ = ["CANDLES", "SCALE_OF", "TRADES", "Finding", "Rows", "joined", "rows_of"]

CANDLES = (
    *("close_ns", "open", "high", "low", "close", "volume", "quote_volume", "trades"),
    *("taker_buy_volume", "taker_buy_quote_volume"),
)
TRADES = ("time_ns", "id", "price", "qty", "first_id", "last_id", "buyer_maker")

SCALE_OF: Mapping[str, str] = {
    **dict.fromkeys(("open", "high", "low", "close", "price"), "price"),
    **dict.fromkeys(("volume", "taker_buy_volume", "qty"), "qty"),
    **dict.fromkeys(("quote_volume", "taker_buy_quote_volume"), "quote"),
}

_EXAMPLES_MAX = 10
_TRUE_FALSE = {"true": 1, "false": 0, "1": 1, "0": 0}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that cleaning met: what, how often, the first few places, and what was done about it."""

    what: str
    count: int
    done: str
    examples: tuple[str, ...] = ()

    @classmethod
    def of(cls, what: str, done: str, places: Sequence[str]) -> "Finding":
        """One with its first places."""
        return cls(what, len(places), done, tuple(places[:_EXAMPLES_MAX]))


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length as int64, before cleaning.

    `origin[r]` is the place of row r: the file `sources[o >> 40]`, and its line `o & (2**40 - 1)`.
    """

    kind: str
    columns: Mapping[str, Integers]
    scales: Mapping[str, int]
    sources: tuple[str, ...]
    origin: Integers
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.origin)

    def place(self, row: int) -> str:
        """`FILE, line N` of a row."""
        return f"{self.sources[int(self.origin[row]) >> 40]}, line {int(self.origin[row]) & (2**40 - 1)}"

    def taken(self, rows: Integers, *more: Finding) -> "Rows":
        """Only these rows, in this order."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return replace(self, columns=columns, origin=self.origin[rows], findings=(*self.findings, *more))


def rows_of(table: Table, interval_ns: int) -> Rows:
    """A file's numbers. `interval_ns` of candles. Raises DataRefused with file, line and column."""
    columns: dict[str, Integers] = {}
    scales: dict[str, int] = {}
    findings = [Finding(f"column {name}", 1, "not used", (table.where,)) for name in table.ignored]
    for name in table.rows.columns:
        text = table.rows[name]
        if name in ("open_time", "time", "close_time"):
            moments, units = to_ns(text, table.where, table.first_line)
            if len(units) > 1:
                findings.append(Finding("times in more than one unit", len(units), "read as each says", (table.where,)))
            columns[name] = moments
        elif name == "buyer_maker":
            flags = [_TRUE_FALSE.get(str(value).strip().lower(), -1) for value in text]
            if -1 in flags:
                row = flags.index(-1)
                detail = (
                    f"{table.where}, line {table.first_line + row}, {name}: {text[row]!r} is neither True nor False"
                )
                raise DataRefused("number_refused", detail)
            columns[name] = np.array(flags, dtype=np.int64)
        elif name in SCALE_OF:
            kind = SCALE_OF[name]
            numbers, scale = _at_a_scale(table, name, scales.get(kind, SCALES[0]))
            _coarsen(columns, scales, kind, scale, table.where)
            columns[name] = numbers
        else:
            columns[name] = whole_numbers(text, table.where, table.first_line)
    count = table.rows.height
    origin = np.arange(table.first_line, table.first_line + count, dtype=np.int64)
    columns, odd = _right_aligned(columns, interval_ns) if table.kind == "candles" else (_with_ids(columns), None)
    rows = Rows(table.kind, columns, {"price": 8, "qty": 8, **scales}, (table.where,), origin, tuple(findings))
    if odd is not None and len(odd):
        more = Finding.of("close time unlike the interval", "kept: the open time decides", [rows.place(r) for r in odd])
        return replace(rows, findings=(*rows.findings, more))
    return rows


def _at_a_scale(table: Table, name: str, finest: int) -> tuple[Integers, int]:
    for scale in SCALES:
        if (
            scale <= finest
            and (numbers := decimals(table.rows[name], scale, table.where, table.first_line)) is not None
        ):
            return numbers, scale
    raise DataRefused("number_refused", f"{table.where}, {name}: a number of more than 18 digits")


def _coarsen(columns: dict[str, Integers], scales: dict[str, int], kind: str, scale: int, where: str) -> None:
    """Those of the kind that are there already follow the next one to its scale: a kind of number has one."""
    have = scales.get(kind, scale)
    if have > scale:
        for name in columns:
            if SCALE_OF.get(name) == kind:
                columns[name] = rescaled(columns[name], have, scale, where)
    scales[kind] = scale


def _right_aligned(columns: dict[str, Integers], interval_ns: int) -> tuple[dict[str, Integers], Integers]:
    """Candles by their end, and the rows whose own close time is another."""
    opened = columns.pop("open_time")
    close_ns = opened + interval_ns
    odd = np.empty(0, dtype=np.int64)
    if "close_time" in columns:
        short = close_ns - columns.pop("close_time")
        odd = np.flatnonzero((short < 0) | (short > 10**6))  # the exchange's ends one unit before the next one's open
    ordered = {"close_ns": close_ns, **columns}
    return {name: ordered[name] for name in CANDLES if name in ordered}, odd


def _with_ids(columns: dict[str, Integers]) -> dict[str, Integers]:
    """Columns as in TRADES; a trade that is no aggregate is its own first and last, one without an id has none."""
    columns["time_ns"] = columns.pop("time")
    count = len(columns["time_ns"])
    ids = columns.setdefault("id", np.full(count, -1, dtype=np.int64))
    columns.setdefault("first_id", ids)
    columns.setdefault("last_id", ids)
    columns.setdefault("buyer_maker", np.full(count, -1, dtype=np.int64))
    return {name: columns[name] for name in TRADES}


def joined(parts: Sequence[Rows]) -> Rows:
    """All rows of several files in their order, at the coarsest of their scales, with the columns that all have."""
    kinds = {part.kind for part in parts}
    if len(kinds) != 1:
        raise DataRefused("kinds_differ", f"{', '.join(sorted(kinds))} in one dataset: import them under two names")
    names = [name for name in parts[0].columns if all(name in part.columns for part in parts)]
    scales = {kind: min(part.scales.get(kind, SCALES[0]) for part in parts) for kind in ("price", "qty", "quote")}
    columns = {}
    for name in names:
        kind = SCALE_OF.get(name)
        columns[name] = np.concatenate(
            [
                part.columns[name]
                if kind is None
                else rescaled(part.columns[name], part.scales.get(kind, scales[kind]), scales[kind], part.sources[0])
                for part in parts
            ]
        )
    sources: list[str] = []
    origins = []
    for part in parts:
        origins.append(part.origin + (len(sources) << 40))
        sources.extend(part.sources)
    dropped = sorted({name for part in parts for name in part.columns} - set(names))
    findings = [finding for part in parts for finding in part.findings]
    findings += [Finding(f"column {name}", 1, "not used: some files do not have it") for name in dropped]
    have = {SCALE_OF[name] for name in names if name in SCALE_OF}
    kept = {kind: scale for kind, scale in scales.items() if kind in have}
    return Rows(parts[0].kind, columns, kept, tuple(sources), np.concatenate(origins), _together(findings))


def _together(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The same thing met in many files is said once."""
    merged: dict[tuple[str, str], Finding] = {}
    for one in findings:
        before = merged.get((one.what, one.done))
        count = one.count + (0 if before is None else before.count)
        examples = (*(() if before is None else before.examples), *one.examples)[:_EXAMPLES_MAX]
        merged[one.what, one.done] = Finding(one.what, count, one.done, examples)
    return tuple(merged.values())
