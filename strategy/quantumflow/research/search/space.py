"""SPACE.toml: what a search tries, on what, and how it is judged. Read strictly: every refusal names key and line.

| table | keys |
|---|---|
| [search] | name, objectives (one; nsga2 takes several), seed |
| [sampler] | kind: grid, random, tpe, cmaes, nsga2, genetic; but for grid: trials, batch |
| [[data]] | dataset (by name), or files and symbol; use: search (one a symbol) or stress; optional symbol |
| [folds] | scheme, count, train_bars, purge_bars, embargo_bars: folds.py |
| [costs] | fee_ppm, half_spread_ppm, latency_bars |
| [weights] | of STRESS, BULL, BEAR, SIDEWAYS in the robustness score |
| [parameters] | of a Specialist: a value, or a list of those to try |
| [daily] | best, sample: how many configurations keep their days (optional) |
"""

import hashlib
import itertools
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.errors import Problem, ResearchRefused
from quantumflow.research.search.configurations import config_id
from quantumflow.research.search.folds import SCHEMES, FoldPlan
from quantumflow.research.search.toml_lines import line_of
from quantumflow.reversion import SPECIALIST_PARAMETERS, Specialist, make_specialist, specialist_problems

__all__ = ["CONFIGURATIONS_MAX", "KINDS", "OBJECTIVES", "Costs", "DataNamed", "Space", "read_space"]

CONFIGURATIONS_MAX = 200_000
BYTES_MAX = 1_000_000
KINDS = ("grid", "random", "tpe", "cmaes", "nsga2", "genetic")
OBJECTIVES = ("sharpe", "sortino", "calmar", "profit_factor", "robustness")
REGIME_WEIGHTS = {"STRESS": 0.1, "BULL": 0.3, "BEAR": 0.3, "SIDEWAYS": 0.3}
_NAMES = {one.name for one in SPECIALIST_PARAMETERS}

Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Costs:
    """Of each fill: fee of its value, half the spread (and impact), bars from decision to fill."""

    fee_ppm: float
    half_spread_ppm: float
    latency_bars: int


@dataclass(frozen=True, slots=True)
class DataNamed:
    """A dataset by name, or files of candles of a symbol."""

    dataset: str
    files: tuple[str, ...]
    symbol: str
    use: str


@dataclass(frozen=True, slots=True)
class Space:
    """A whole space file. `values` are the choices of each parameter that has more than one, in the file's order."""

    name: str
    objectives: tuple[str, ...]
    seed: int
    kind: str
    trials: int
    batch: int
    data: tuple[DataNamed, ...]
    folds: FoldPlan
    costs: Costs
    weights: Mapping[str, float]
    values: Mapping[str, tuple[Any, ...]]
    fixed: Mapping[str, Any]
    daily_best: int
    daily_sample: int
    digest: str
    text: str

    @property
    def size(self) -> int:
        """How many combinations the parameters have."""
        total = 1
        for choices in self.values.values():
            total *= len(choices)
        return total

    def specialist(self, indices: Sequence[int]) -> Specialist:
        """The configuration with these choices, one for each of `values`."""
        chosen = {name: choices[at] for (name, choices), at in zip(self.values.items(), indices, strict=True)}
        return make_specialist({**self.fixed, **chosen})

    def grid(self) -> list[tuple[int, ...]]:
        """Every combination, the last parameter fastest."""
        return list(itertools.product(*(range(len(choices)) for choices in self.values.values())))


def read_space(path: Path) -> Space:
    """The file, checked whole. Raises ResearchRefused("space_refused") with every problem, its key and line."""
    try:
        raw = path.read_bytes()
        if len(raw) > BYTES_MAX:
            raise ResearchRefused("space_refused", f"{path}: more than {BYTES_MAX} bytes")
        text = raw.decode()
        document = tomllib.loads(text)
    except OSError as error:
        raise ResearchRefused("space_refused", f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ResearchRefused("space_refused", f"{path}: {error}") from None
    problems = _structure(document) or [*_parameters(document["parameters"])]
    if not problems:
        made = _space(document, text)
        problems = _whole(made)
        if not problems:
            return made
    lines = "".join(f"\n  line {line_of(text, one.key) or '-'}: {one}" for one in problems)
    raise ResearchRefused("space_refused", f"{path} cannot be used:{lines}")


def _whole(space: Space) -> list[Problem]:
    """What only all keys together can get wrong. Each combination must be a specialist: none is left out."""
    if space.size > CONFIGURATIONS_MAX:
        return [Problem("parameters", f"{space.size} combinations", f"at most {CONFIGURATIONS_MAX}")]
    ids: set[str] = set()
    for indices in space.grid():
        chosen = {name: choices[at] for (name, choices), at in zip(space.values.items(), indices, strict=True)}
        found = specialist_problems({**space.fixed, **chosen}, "parameters")
        if found:
            return [Problem(one.key, f"{one.found} in one combination", one.remedy) for one in found]
        ids.add(config_id(make_specialist({**space.fixed, **chosen})))
    if len(ids) != space.size:
        return [Problem("parameters", f"{space.size} combinations with {len(ids)} ids", "give each value once")]
    hold = max(space.values.get("hold_bars", (space.fixed.get("hold_bars", 240),)))
    least = hold + space.costs.latency_bars * 2
    if space.folds.purge_bars < least:
        remedy = f"give at least {least}: a position of hold_bars {hold} must end before the test begins"
        return [Problem("folds.purge_bars", str(space.folds.purge_bars), remedy)]
    if len(space.objectives) > 1 and space.kind != "nsga2":
        return [Problem("search.objectives", f"{len(space.objectives)} of them", "several need sampler.kind nsga2")]
    return []


def _space(document: Mapping[str, Any], text: str) -> Space:
    search, sampler, daily = document["search"], document["sampler"], document.get("daily", {})
    choices = {k: tuple(v) if isinstance(v, list) else (v,) for k, v in document["parameters"].items()}
    values = {k: v for k, v in choices.items() if len(v) > 1}
    data = tuple(
        DataNamed(one.get("dataset", ""), tuple(one.get("files", ())), one.get("symbol", ""), one.get("use", "search"))
        for one in document["data"]
    )
    # Where files lie and what the search is called does not say what was searched: the ledger has their hashes.
    said = {**document, "search": {**search, "name": ""}, "data": [one.use for one in data]}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    size = 1
    for one in values.values():
        size *= len(one)
    trials = size if sampler["kind"] == "grid" else min(sampler["trials"], size)
    return Space(
        search["name"],
        tuple(search["objectives"]),
        search["seed"],
        sampler["kind"],
        trials,
        sampler.get("batch", trials),
        data,
        FoldPlan(**document["folds"]),
        Costs(**document["costs"]),
        {**REGIME_WEIGHTS, **document.get("weights", {})},
        values,
        {k: v[0] for k, v in choices.items() if len(v) == 1},
        daily.get("best", 200),
        daily.get("sample", 1_000),
        digest,
        text,
    )


def _is(kind: type, low: float, high: float) -> Check:
    def fits(value: Any) -> bool:
        return type(value) in ((int, float) if kind is float else (int,)) and bool(low <= value <= high)

    return fits


def _word(*known: str) -> Check:
    return lambda value: value in known


def _named(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.replace("-", "").replace("_", "").isalnum()


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) and one for one in value)


def _some(value: Any) -> bool:
    return _texts(value) and len(set(value)) == len(value) and set(value) <= set(OBJECTIVES)


_BARS = (_is(int, 0, 10_000_000), "give whole bars, 0 … 10,000,000")
_RULES: dict[str, dict[str, tuple[Check, str]]] = {
    "search": {
        "name": (_named, "give letters, digits, dashes, at most 64"),
        "objectives": (_some, f"give a list of {', '.join(OBJECTIVES)}, each once"),
        "seed": (_is(int, 0, 2**32 - 1), "give a whole number, 0 … 2^32 - 1"),
    },
    "sampler": {
        "kind": (_word(*KINDS), f"give one of {', '.join(KINDS)}"),
        "trials": (_is(int, 1, CONFIGURATIONS_MAX), f"give 1 … {CONFIGURATIONS_MAX}"),
        "batch": (_is(int, 2, 10_000), "give 2 … 10,000"),
    },
    "data": {
        "dataset": (
            lambda v: isinstance(v, str) and bool(v),
            "give a dataset's name; `quantumflow data ls` lists them",
        ),
        "files": (_texts, "give a list of paths"),
        "symbol": (lambda v: isinstance(v, str) and v.isalnum(), "give a symbol like BTCUSDT"),
        "use": (_word("search", "stress"), "give search or stress"),
    },
    "folds": {
        "scheme": (_word(*SCHEMES), f"give one of {', '.join(SCHEMES)}"),
        "count": (_is(int, 2, 50), "give 2 … 50"),
        "train_bars": _BARS,
        "purge_bars": _BARS,
        "embargo_bars": _BARS,
    },
    "costs": {
        "fee_ppm": (_is(float, 0, 100_000), "give millionths of the value, 0 … 100,000"),
        "half_spread_ppm": (_is(float, 0, 100_000), "give millionths of the price, 0 … 100,000"),
        "latency_bars": (_is(int, 1, 100), "give 1 … 100"),
    },
    "weights": {name: (_is(float, 0, 1), "give 0 … 1") for name in REGIME_WEIGHTS},
    "daily": {
        "best": (_is(int, 1, 5_000), "give 1 … 5,000"),
        "sample": (_is(int, 0, 5_000), "give 0 … 5,000"),
    },
}
_OPTIONAL = {"weights", "daily"}
_FREE = {"data", "weights", "daily"}
"""Tables whose keys may be left out."""


def _structure(document: Mapping[str, Any]) -> list[Problem]:
    known = (*_RULES, "parameters")
    problems = [
        Problem(name, "unknown", f"known tables are {', '.join(known)}") for name in document if name not in known
    ]
    for name in known:
        if name not in document:
            problems += [] if name in _OPTIONAL else [Problem(name, None, "give this table")]
        elif name == "data":
            problems += _data(document[name])
        elif not isinstance(document[name], dict):
            problems.append(Problem(name, repr(document[name]), f"write it as a table, [{name}]"))
        elif name != "parameters":
            left_out = {"trials", "batch"} if name == "sampler" and document[name].get("kind") == "grid" else set()
            problems += _keys(name, document[name], left_out if name not in _FREE else set(_RULES[name]), _RULES[name])
    return problems


def _keys(name: str, table: Mapping[str, Any], free: set[str], rules: dict[str, tuple[Check, str]]) -> list[Problem]:
    problems = [
        Problem(f"{name}.{key}", "unknown", f"known are {', '.join(rules)}") for key in table if key not in rules
    ]
    for key, (fits, remedy) in rules.items():
        if key not in table:
            problems += [] if key in free else [Problem(f"{name}.{key}", None, remedy)]
        elif not fits(table[key]):
            problems.append(Problem(f"{name}.{key}", repr(table[key]), remedy))
    return problems


def _data(tables: Any) -> list[Problem]:
    if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
        return [Problem("data", repr(tables), "write each dataset as a table of [[data]]")]
    problems = []
    for number, one in enumerate(tables, 1):
        problems += _keys(f"data.{number}", one, set(_RULES["data"]), _RULES["data"])
        if ("dataset" in one) == ("files" in one):
            problems.append(Problem(f"data.{number}", "both or neither of dataset, files", "give one of them"))
        elif "files" in one and "symbol" not in one:
            problems.append(Problem(f"data.{number}.symbol", None, "say what the files are of, e.g. BTCUSDT"))
    if not any(one.get("use", "search") == "search" for one in tables):
        problems.append(Problem("data", "none with use search", "give one at least"))
    return problems


def _parameters(table: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name, given in table.items():
        key = f"parameters.{name}"
        if name not in _NAMES:
            problems.append(Problem(key, "unknown", f"known are {', '.join(sorted(_NAMES))}"))
            continue
        choices = given if isinstance(given, list) else [given]
        if not choices or len(set(map(repr, choices))) != len(choices):
            problems.append(Problem(key, repr(given), "give a value or a list of distinct ones"))
        for choice in choices:
            if isinstance(choice, bool) or not isinstance(choice, (int, float, str)):
                problems.append(Problem(key, repr(choice), "give numbers; of mode words"))
    return problems
