"""Reading specialists.toml: strictly, everything wrong named by its key, all at once."""

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.errors import Problem, SpecialistRefused
from quantumflow.regime_vocabulary import Regime
from quantumflow.specialist import SPECIALIST_PARAMETERS, Specialist, make_specialist, specialist_problems
from quantumflow.specialists.text import signature_of

__all__ = [
    "BYTES_MAX",
    "REGIMES",
    "RESTING",
    "Expected",
    "Luck",
    "Promoted",
    "Provenance",
    "SpecialistSet",
    "load_specialists",
    "parse_specialists",
]

RESTING = make_specialist({"entry_score": 20.0, "volatility_min_ppm": 1_000_000.0})
"""Never enters: a minute would have to move by 100 %. What is promoted where nothing was shown to earn."""
REGIMES = (Regime.STRESS, Regime.BULL, Regime.BEAR, Regime.SIDEWAYS)
"""Each must have its specialist."""
BYTES_MAX = 1_000_000
NAMES_MAX = 64
"""Of data, and of scores."""
TEXT_MAX = 1_000
"""Characters of a sentence."""

_FIELDS = tuple(parameter.name for parameter in SPECIALIST_PARAMETERS)
_HEX = re.compile(r"[0-9a-f]{8,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
Table = Mapping[str, Any]
_Rule = tuple[Callable[[Any], bool], str]


@dataclass(frozen=True, slots=True)
class Expected:
    """Out of sample: log return a trade after costs, its standard error, how many trades, the share that won.

    `deviation` is of one trade: what a single result may differ by.
    """

    mean_log_return: float
    standard_error: float
    deviation: float
    trades: int
    win_rate: float


@dataclass(frozen=True, slots=True)
class Promoted:
    """One regime's specialist and what its search says of it."""

    specialist: Specialist
    config_id: str
    scores: Mapping[str, float]
    expected: Expected

    @property
    def rests(self) -> bool:
        """Whether it was promoted to do nothing in its regime."""
        return self.specialist == RESTING


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the specialists come from."""

    ledger: str
    ledger_digest: str
    space_digest: str
    code_version: str
    data: Mapping[str, str]
    created_ns: int
    trials: int


@dataclass(frozen=True, slots=True)
class Luck:
    """How likely luck alone shows results as good; `accepted` is why it was promoted all the same, or empty."""

    chance: float
    threshold: float
    sentence: str
    accepted: str


@dataclass(frozen=True, slots=True)
class SpecialistSet:
    """The whole file. `sha256` is its signature, by which journal, report and page name it."""

    provenance: Provenance
    luck: Luck
    specialists: Mapping[Regime, Promoted]
    sha256: str


def load_specialists(path: Path) -> SpecialistSet:
    """Reads a file. Raises SpecialistRefused: unreadable, no TOML, or with every key that is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SpecialistRefused("specialists_unreadable", f"{path}: {error.strerror}") from None
    if len(raw) > BYTES_MAX:
        raise SpecialistRefused("specialists_unreadable", f"{path}: more than {BYTES_MAX} bytes")
    try:
        document = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SpecialistRefused("specialists_unreadable", f"{path}: {error}") from None
    return parse_specialists(document, str(path))


def parse_specialists(document: Table, source: str) -> SpecialistSet:
    """The document, checked. Raises SpecialistRefused, naming every key; `signature_wrong` if that alone is wrong."""
    problems = _tables(document, ("provenance", "luck", "specialists", "signature"), "")
    if not problems:
        problems = [
            *_values(document["provenance"], _PROVENANCE, "provenance"),
            *_values(document["luck"], _LUCK, "luck"),
            *_values(document["signature"], {"sha256": (_is_digest, "give 64 hex digits")}, "signature"),
            *_tables(document["specialists"], tuple(regime.name for regime in REGIMES), "specialists."),
        ]
        for name, table in document["specialists"].items():
            if isinstance(table, Mapping) and name in Regime.__members__:
                problems += _specialist(table, f"specialists.{name}")
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise SpecialistRefused("specialists_refused", f"{source} cannot be used:{lines}")
    signed, found = document["signature"]["sha256"], signature_of(document)
    if signed != found:
        detail = f"{source}: signature.sha256 is {signed}, the content's {found}; promote it again instead of editing"
        raise SpecialistRefused("signature_wrong", detail)
    made = {Regime[name]: _promoted(table) for name, table in document["specialists"].items()}
    return SpecialistSet(Provenance(**document["provenance"]), Luck(**document["luck"]), made, signed)


def _promoted(table: Table) -> Promoted:
    specialist = make_specialist({name: table[name] for name in _FIELDS})
    scores = {name: float(value) for name, value in table["scores"].items()}
    return Promoted(specialist, table["config_id"], scores, Expected(**table["expected"]))


def _specialist(table: Table, key: str) -> list[Problem]:
    nested = {"expected", "scores"}
    problems = _tables({name: table[name] for name in nested if name in table}, tuple(sorted(nested)), f"{key}.")
    problems += [Problem(f"{key}.{name}", None, "give every field") for name in _FIELDS if name not in table]
    problems += _values(
        {name: table[name] for name in ("config_id",) if name in table},
        {"config_id": (_is_hex, "give 8 to 64 hex digits")},
        key,
    )
    fields = {name: value for name, value in table.items() if name not in {"config_id", *nested}}
    problems += specialist_problems(fields, key)
    if not problems:
        problems += _values(table["expected"], _EXPECTED, f"{key}.expected")
        problems += _values({"scores": table["scores"]}, {"scores": (_are_numbers, "give finite numbers by name")}, key)
    return problems


def _tables(document: Table, names: tuple[str, ...], path: str) -> list[Problem]:
    """Exactly these keys, each a table."""
    problems = [Problem(f"{path}{name}", None, "give this table") for name in names if name not in document]
    for name, value in document.items():
        if name not in names:
            problems.append(Problem(f"{path}{name}", repr(value)[:40], f"unknown; known are {', '.join(names)}"))
        elif not isinstance(value, Mapping):
            problems.append(Problem(f"{path}{name}", repr(value)[:40], "give a table"))
    return problems


def _values(table: Table, rules: Mapping[str, _Rule], path: str) -> list[Problem]:
    """Exactly these keys, each as its rule says."""
    problems = [Problem(f"{path}.{name}", None, rule[1]) for name, rule in rules.items() if name not in table]
    for name, value in table.items():
        if name not in rules:
            problems.append(Problem(f"{path}.{name}", repr(value)[:40], f"unknown; known are {', '.join(rules)}"))
        elif not rules[name][0](value):
            problems.append(Problem(f"{path}.{name}", repr(value)[:80], rules[name][1]))
    return problems


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200


def _is_hex(value: Any) -> bool:
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _are_digests(value: Any) -> bool:
    return isinstance(value, Mapping) and 0 < len(value) <= NAMES_MAX and all(map(_is_hex, value.values()))


def _are_numbers(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) <= NAMES_MAX and all(map(_is_number, value.values()))


_PROVENANCE: dict[str, _Rule] = {
    "ledger": (_is_text, "give the ledger's name"),
    "ledger_digest": (_is_digest, "give 64 hex digits"),
    "space_digest": (_is_digest, "give 64 hex digits"),
    "code_version": (_is_text, "give the version of the code that searched"),
    "data": (_are_digests, "give the content hash of each dataset by its name"),
    "created_ns": (_is_count, "give nanoseconds since 1970 in UTC"),
    "trials": (_is_count, "give the number of configurations that were ever tried"),
}
_LUCK: dict[str, _Rule] = {
    "chance": (lambda value: _is_number(value) and 0 <= value <= 1, "give a share from 0 to 1"),
    "threshold": (lambda value: _is_number(value) and 0 <= value <= 1, "give a share from 0 to 1"),
    "sentence": (lambda value: isinstance(value, str) and 0 < len(value) <= TEXT_MAX, "say it in words"),
    "accepted": (lambda value: isinstance(value, str) and len(value) <= TEXT_MAX, "give the reason, or nothing"),
}
_EXPECTED: dict[str, _Rule] = {
    "mean_log_return": (_is_number, "give the mean log return a trade after costs"),
    "standard_error": (lambda value: _is_number(value) and value >= 0, "give its standard error, from 0 up"),
    "deviation": (lambda value: _is_number(value) and value >= 0, "give a trade's standard deviation, from 0 up"),
    "trades": (_is_count, "give the number of trades it is of"),
    "win_rate": (lambda value: _is_number(value) and 0 <= value <= 1, "give a share from 0 to 1"),
}
