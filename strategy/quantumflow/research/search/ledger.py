"""The ledger of a search: every configuration ever tried in it, with what it was tried on and what came out.

    <research-dir>/ledgers/<name>/ledger.json      facts: space, data hashes, code, folds, costs, counts, the digest
    <research-dir>/ledgers/<name>/trials.parquet   a row for each configuration × symbol × fold × part × regime
    <research-dir>/ledgers/<name>/scores.parquet   a row for each configuration
    <research-dir>/ledgers/<name>/daily.parquet    a row for each chosen configuration × regime: its days out of sample

`ledger_digest` covers the sorted content of the tables and every fact but those of the run itself (when, how long, by
which engine), so the same search has the same digest whoever ran it in whatever order. ledger.json is written last: a
ledger that was torn while it was replaced does not fit its digest and is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from quantumflow.durable import replace_file
from quantumflow.errors import ResearchRefused
from quantumflow.regime_vocabulary import Regime
from quantumflow.reversion import SPECIALIST_PARAMETERS

__all__ = [
    "DAILY_SCHEMA",
    "FORMAT",
    "KEYS",
    "PARTS",
    "REGIMES",
    "SUM_OF_ALL",
    "TRIALS_SCHEMA",
    "Daily",
    "Ledger",
    "find_ledger",
    "read_ledger",
    "write_ledger",
]

FORMAT = 1
PARTS = ("test", "train")
REGIMES = tuple(sorted(regime.name for regime in Regime if regime is not Regime.UNKNOWN))
"""Of the bar at which a trade was decided; nothing enters where the regime is unknown."""
KEYS = ("config_id", "symbol", "fold", "part", "regime")
"""What a row of trials is known by; rows are sorted by them."""
SUM_OF_ALL = "all"
"""The config_id of the rows of daily.parquet that add up every configuration of the search, chosen or not."""

_PARAMETERS = [
    pa.field(one.name, pa.string() if one.name == "mode" else pa.int64() if one.integer else pa.float64())
    for one in SPECIALIST_PARAMETERS
]
TRIALS_SCHEMA = pa.schema(
    [
        pa.field("config_id", pa.string()),
        *_PARAMETERS,
        pa.field("symbol", pa.string()),
        pa.field("fold", pa.int64()),
        pa.field("part", pa.string()),
        pa.field("regime", pa.string()),
        pa.field("trades", pa.int64()),
        pa.field("wins", pa.int64()),
        pa.field("net_log_return", pa.float64()),
        pa.field("net_log_return_squares", pa.float64()),
        pa.field("net_log_gains", pa.float64()),
        pa.field("net_log_loss_squares", pa.float64()),
        pa.field("gross_log_return", pa.float64()),
        pa.field("worst_drawdown", pa.float64()),
        pa.field("bars_held", pa.int64()),
        pa.field("stops", pa.int64()),
        pa.field("gap_ends", pa.int64()),
    ]
)
"""Sums over trades decided in that fold's part and regime. Returns are logarithms after costs, `gross` before them;
`net_log_gains` adds the winners alone, `net_log_loss_squares` the squares of the losers; `worst_drawdown`, never
below 0, is of the running sum of net_log_return; `gap_ends` counts positions that ended because the minutes did."""

DAILY_SCHEMA = pa.schema(
    [pa.field("config_id", pa.string()), pa.field("regime", pa.string()), pa.field("returns", pa.list_(pa.float64()))]
)

_TABLES = ("trials", "scores", "daily")
_UNDIGESTED = ("ledger_digest", "run")


@dataclass(frozen=True)
class Daily:
    """Net log return of each day out of sample, by the day on which a trade ended, all symbols together.

    `days` are days since 1970 (UTC), ascending; `returns` has shape (rows, days), row i is of config_ids[i] and
    regimes[i].
    """

    days: npt.NDArray[np.int64]
    config_ids: tuple[str, ...]
    regimes: tuple[str, ...]
    returns: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ledger:
    """What ledger.json says, and its tables, sorted by their keys."""

    directory: Path
    facts: Mapping[str, Any]
    trials: pa.Table
    scores: pa.Table
    daily: Daily

    @property
    def digest(self) -> str:
        return str(self.facts["ledger_digest"])

    @property
    def configurations(self) -> int:
        """How many distinct ones were tried."""
        return int(self.facts["configurations"])


def find_ledger(research: Path, name: str) -> Path:
    """A ledger's directory by its name below the research directory, or by its own path. Raises ResearchRefused."""
    for place in (research / "ledgers" / name, Path(name)):
        if (place / "ledger.json").is_file():
            return place
    there = ", ".join(sorted(path.parent.name for path in research.glob("ledgers/*/ledger.json"))) or "none"
    raise ResearchRefused("no_such_ledger", f"no ledger {name!r} in {research / 'ledgers'}; there: {there}")


def write_ledger(directory: Path, facts: Mapping[str, Any], trials: pa.Table, scores: pa.Table, daily: Daily) -> Ledger:
    """Proves that nothing is missing, sorts, digests and writes. `facts` need `configurations`, `symbols`, `folds`.

    Raises ResearchRefused("configurations_missing") if a row of a configuration, symbol, fold, part or regime lacks.
    """
    trials = _in_schema(trials, TRIALS_SCHEMA).sort_by([(key, "ascending") for key in KEYS])
    scores = scores.sort_by("config_id")
    rows = pa.table(
        {
            "config_id": list(daily.config_ids),
            "regime": list(daily.regimes),
            "returns": pa.array(list(daily.returns), pa.list_(pa.float64())),
        },
        schema=DAILY_SCHEMA,
    ).sort_by([("config_id", "ascending"), ("regime", "ascending")])
    _prove_complete(facts, trials, scores)
    whole = {**facts, "format": FORMAT, "daily_days": daily.days.tolist()}
    tables = dict(zip(_TABLES, (trials, scores, rows), strict=True))
    whole["ledger_digest"] = _digest(whole, tables)
    directory.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        _write_table(directory / f"{name}.parquet", table)
    replace_file(directory / "ledger.json", json.dumps(whole, indent=1, ensure_ascii=False).encode())
    return Ledger(directory, whole, trials, scores, _daily(whole, rows))


def read_ledger(directory: Path) -> Ledger:
    """All of it, held against its digest. Raises ResearchRefused("ledger_damaged") by name of what does not fit."""
    path = directory / "ledger.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: pq.read_table(directory / f"{name}.parquet", partitioning=None) for name in _TABLES}
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ResearchRefused("ledger_damaged", f"{directory}: {error}; run the search again") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ResearchRefused("ledger_format", f"{path} is not of format {FORMAT}; run the search again")
    found = _digest(facts, tables)
    if found != facts.get("ledger_digest"):
        detail = f"{directory}: its content has the digest {found}, ledger.json says {facts.get('ledger_digest')}"
        raise ResearchRefused("ledger_damaged", f"{detail}; run the search again")
    _prove_complete(facts, tables["trials"], tables["scores"])
    return Ledger(directory, facts, tables["trials"], tables["scores"], _daily(facts, tables["daily"]))


def _prove_complete(facts: Mapping[str, Any], trials: pa.Table, scores: pa.Table) -> None:
    """Each configuration has each row once: their number, the distinct keys and the scores all fit."""
    configurations = int(facts["configurations"])
    each = len(facts["symbols"]) * len(facts["folds"]) * len(PARTS) * len(REGIMES)
    keys = trials.group_by(list(KEYS)).aggregate([]).num_rows
    tried = len(trials.column("config_id").unique())
    scored = len(scores.column("config_id").unique())
    if not (tried == scored == scores.num_rows == configurations and keys == trials.num_rows == configurations * each):
        detail = (
            f"{configurations} configurations of {each} rows were asked; there are {tried} with {trials.num_rows} rows,"
            f" {keys} of them distinct, and scores of {scored}: nothing was written, run the search again"
        )
        raise ResearchRefused("configurations_missing", detail)


def _digest(facts: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> str:
    kept = {name: value for name, value in facts.items() if name not in _UNDIGESTED}
    digest = hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
    for name, table in tables.items():
        for field in table.schema:
            digest.update(f"\n{name} {field.name} {_kind(field.type)} {table.num_rows}\n".encode())
            digest.update(_bytes(table.column(field.name)))
    return digest.hexdigest()


def _kind(of: Any) -> str:
    """A list's own text names its element one way in memory and another in Parquet."""
    return f"list of {of.value_type}" if pa.types.is_list(of) else str(of)


def _bytes(column: pa.ChunkedArray) -> bytes:
    if pa.types.is_string(column.type):
        return "\n".join(column.to_pylist()).encode()
    if pa.types.is_list(column.type):
        column = pa.chunked_array([chunk.flatten() for chunk in column.chunks], column.type.value_type)
    values: npt.NDArray[Any] = np.ascontiguousarray(column.to_numpy())
    return values.tobytes()


def _daily(facts: Mapping[str, Any], table: pa.Table) -> Daily:
    days = np.array(facts["daily_days"], dtype=np.int64)
    flat = np.concatenate([np.empty(0), *(chunk.flatten().to_numpy() for chunk in table.column("returns").chunks)])
    names = tuple(table.column("config_id").to_pylist())
    return Daily(days, names, tuple(table.column("regime").to_pylist()), flat.reshape(len(names), len(days)))


def _in_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return table.select(schema.names).cast(schema)


def _write_table(path: Path, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", version="2.6", store_schema=False)
    replace_file(path, sink.getvalue().to_pybytes())
