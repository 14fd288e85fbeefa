"""What every configuration of a search looks at, computed once for each dataset: memory-mapped, named by content.

    <research-dir>/search/features/<digest of dataset, settings and code>/<name>.npy, manifest.json

An array's SHA-256 stands in the manifest, the manifest's own digest in every task: a worker holds what it maps against
both before its first step. Series are computed between gaps, never over one. Prices are in the smallest step that
divides all of the dataset's prices: whole numbers, as the live bots see them in ticks.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow import indicators, regime, reversion
from quantumflow.errors import ResearchRefused
from quantumflow.regime import regimes_of
from quantumflow.research.data.dataset import Candles
from quantumflow.reversion import Specialist, atr_series, half_life_series, score_series, volatility_series

__all__ = ["DAY_NS", "Array", "ArrayRef", "Bundle", "Series", "code_version", "make_bundle", "regime_series"]

Array = npt.NDArray[Any]
DAY_NS = 86_400_000_000_000
JUDGES = ("features", "folds", "plan", "samplers", "scores", "simulator", "stress", "tables", "tasks")
"""Modules here that a ledger's content comes from; engines and files change nothing in it."""


@dataclass(frozen=True, slots=True)
class ArrayRef:
    """Where an array is, and what it must be."""

    path: str
    sha256: str
    dtype: str
    rows: int


@dataclass(frozen=True)
class Bundle:
    """All arrays over one dataset's bars. `first_day` is the day (since 1970) that `days` count from."""

    content_hash: str
    first_day: int
    day_count: int
    runs: tuple[tuple[int, int], ...]
    arrays: Mapping[str, ArrayRef]

    @property
    def digest(self) -> str:
        said = [self.content_hash, self.first_day, self.day_count, self.runs]
        return hashlib.sha256(
            json.dumps([said, sorted((name, one.sha256) for name, one in self.arrays.items())]).encode()
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Series:
    """Names of the arrays that one specialist needs."""

    score: str
    atr: str
    volatility: str
    half_life: str

    @staticmethod
    def of(specialist: Specialist) -> "Series":
        """The half-life is asked for by those alone that use it."""
        half_life = f"half_life_{specialist.half_life_bars}" if specialist.half_lives > 0.0 else "nothing"
        return Series(
            f"score_{specialist.mode.name.lower()}_{specialist.lookback}",
            f"atr_{specialist.atr_bars}",
            f"volatility_{specialist.volatility_bars}",
            half_life,
        )


def code_version(names: Sequence[str] = JUDGES) -> str:
    """16 hex digits over the sources that a result comes from: the kernels of series and rules, and these of ours."""
    digest = hashlib.sha256()
    kernels = [Path(str(one.__file__)).parent for one in (indicators, regime, reversion)]
    paths = [path for folder in kernels for path in sorted(folder.glob("*.py"))]
    for path in [*paths, *(Path(__file__).with_name(f"{name}.py") for name in names)]:
        digest.update(f"\n{path.parent.name}/{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def make_bundle(
    root: Path,
    candles: Candles,
    content_hash: str,
    specialists: Iterable[Specialist],
    blind: Array | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Bundle:
    """The arrays, computed or found. `blind` (n,) uint8 marks bars at which nothing may be decided."""
    wanted = sorted({name for one in specialists for name in asdict(Series.of(one)).values()} - {"nothing"})
    hidden = b"" if blind is None else blind.tobytes()
    said = json.dumps([content_hash, len(candles), int(candles.close_ns[0]), wanted, code_version(("features",))])
    key = hashlib.sha256(said.encode() + hidden).hexdigest()[:32]
    directory = root / key
    manifest = directory / "manifest.json"
    if not manifest.exists():
        _make(directory, candles, wanted, blind, progress)
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    refs = {name: ArrayRef(str(directory / f"{name}.npy"), *one) for name, one in facts["arrays"].items()}
    runs = tuple((int(a), int(b)) for a, b in facts["runs"])
    return Bundle(content_hash, facts["first_day"], facts["day_count"], runs, refs)


def regime_series(candles: Candles) -> Array:
    """(n,) int8: the regime at the end of each bar, as every search classifies it."""
    return _between_gaps("regime", _prices(candles), _runs(candles))


def _make(
    directory: Path, candles: Candles, wanted: list[str], blind: Array | None, progress: Callable[[str, int, int], None]
) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    prices = _prices(candles)
    runs = _runs(candles)
    days = (candles.close_ns - 1) // DAY_NS
    ready: dict[str, Array] = {
        "open": prices["open"],
        "close": prices["close"],
        "days": (days - days[0]).astype(np.int32),
        "blind": np.zeros(len(candles), np.uint8) if blind is None else blind,
        "nothing": np.zeros(len(candles)),
    }
    refs = {name: _save(directory, name, values) for name, values in ready.items()}
    names = ["regime", *wanted]
    # Kernels release the lock; two at a time keep memory small and both cores busy.
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        made = pool.map(lambda name: (name, _save(directory, name, _between_gaps(name, prices, runs))), names)
        for done, (name, ref) in enumerate(made, 1):
            progress(name, done, len(names))
            refs[name] = ref
    facts = {"runs": runs, "first_day": int(days[0]), "day_count": int(days[-1] - days[0] + 1), "arrays": refs}
    beside = directory / f"manifest.{os.getpid()}.new"
    beside.write_text(json.dumps(facts), encoding="utf-8")
    beside.replace(directory / "manifest.json")


def _runs(candles: Candles) -> list[tuple[int, int]]:
    """Begins and ends of bars without a gap."""
    edges = np.flatnonzero(np.diff(candles.close_ns) != candles.interval_ns) + 1
    return list(zip([0, *edges.tolist()], [*edges.tolist(), len(candles)], strict=True))


def _prices(candles: Candles) -> dict[str, Array]:
    names = ("open", "high", "low", "close")
    if min(int(candles[name].min()) for name in names) <= 0:
        raise ResearchRefused("prices_refused", "a price of zero or less: quantumflow data check names the row")
    step = np.gcd.reduce([np.gcd.reduce(candles[name]) for name in names])
    return {name: (candles[name] // step).astype(np.float64) for name in names}


def _between_gaps(name: str, prices: Mapping[str, Array], runs: list[tuple[int, int]]) -> Array:
    parts = [_series(name, {key: values[a:b] for key, values in prices.items()}) for a, b in runs]
    return np.concatenate(parts)


def _series(name: str, prices: Mapping[str, Array]) -> Array:
    kind, *rest = name.rsplit("_", 1)
    closes, highs, lows = prices["close"], prices["high"], prices["low"]
    if kind == "regime":
        return np.asarray(regimes_of(closes))
    bars = int(rest[0])
    if kind == "atr":
        return np.asarray(atr_series(bars, closes, highs, lows))
    if kind == "volatility":
        return np.asarray(volatility_series(bars, closes))
    if kind == "half_life":
        return np.asarray(half_life_series(bars, closes))
    return np.asarray(score_series(_mode(kind.removeprefix("score_")), bars, closes, highs, lows))


def _mode(word: str) -> int:
    return int(reversion.Mode[word.upper()])


def _save(directory: Path, name: str, values: Array) -> tuple[str, str, int]:
    beside = directory / f"{name}.{os.getpid()}.new"
    with beside.open("wb") as sink:
        np.save(sink, np.ascontiguousarray(values), allow_pickle=False)
    beside.replace(directory / f"{name}.npy")
    return hashlib.sha256(np.ascontiguousarray(values).data).hexdigest(), str(values.dtype), len(values)
