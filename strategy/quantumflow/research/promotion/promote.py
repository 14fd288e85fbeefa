"""A ledger → specialists.toml: one specialist a regime, with what it is expected to earn and how likely luck is.

A regime trades if its chance of luck is at most the threshold; elsewhere the specialist rests. If none does, nothing is
written, unless the operator accepts luck and says why: then whatever was chosen trades, and the reason stands in the
file, in the report and on the page. The document follows from the ledger and the `Terms` alone: `prove` makes it again.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from quantumflow.durable import replace_file
from quantumflow.errors import ResearchRefused
from quantumflow.research.promotion.chance import Chance, chances_of
from quantumflow.research.promotion.outcomes import Outcomes, outcomes_of
from quantumflow.research.promotion.words import luck_sentence
from quantumflow.research.search.configurations import config_id
from quantumflow.research.search.ledger import Ledger
from quantumflow.reversion import Specialist
from quantumflow.specialists import RESTING, SpecialistSet, load_specialists, signed_text

__all__ = ["SEED", "THRESHOLD", "Judged", "Terms", "document_of", "ever_tried", "judge", "write_document"]

THRESHOLD = 0.05
SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Terms:
    """What a promotion depends on beside its ledger. `configurations` were ever tried, here and in other ledgers."""

    configurations: int
    threshold: float
    accepted: str
    created_ns: int


@dataclass(frozen=True)
class Judged:
    """A ledger with the chance of luck of each regime."""

    ledger: Ledger
    outcomes: Outcomes
    configurations: int
    chances: list[Chance]


def ever_tried(ledger: Ledger) -> int:
    """Distinct configurations of this ledger and of those beside it that searched any of the same data.

    Raises ResearchRefused("ledger_damaged") for one beside it that cannot be read: its trials would not count.
    """
    own = _searched(ledger.facts)
    ids = set(ledger.scores.column("config_id").to_pylist())
    for path in sorted(ledger.directory.parent.glob("*/ledger.json")):
        if path.parent == ledger.directory:
            continue
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            if own & _searched(facts):
                scores = pq.read_table(path.parent / "scores.parquet", columns=["config_id"], partitioning=None)
                ids |= set(scores.column("config_id").to_pylist())
        except (OSError, ValueError, KeyError, TypeError) as error:
            detail = f"{path.parent}: {error}; its trials count, so search it again or take the directory away"
            raise ResearchRefused("ledger_damaged", detail) from None
    return len(ids)


def judge(ledger: Ledger, configurations: int) -> Judged:
    """Raises ResearchRefused("configurations_missing") for a try-out: what it left out was never tried."""
    facts = ledger.facts
    sampler, combinations = facts["sampler"], int(facts.get("combinations", ledger.configurations))
    if sampler.get("limit") or (sampler["name"] == "grid" and ledger.configurations < combinations):
        detail = f"{ledger.directory.name} tried {ledger.configurations} of {combinations} configurations"
        raise ResearchRefused("configurations_missing", f"{detail}: search the whole space, then promote it")
    outcomes = outcomes_of(ledger)
    sample = int(facts.get("daily", {}).get("sample", ledger.configurations))
    return Judged(ledger, outcomes, configurations, chances_of(outcomes, ledger.daily, configurations, sample, SEED))


def document_of(judged: Judged, terms: Terms) -> dict[str, Any]:
    """The file's content without its signature. Raises ResearchRefused: `luck_too_likely`, `nothing_to_promote`."""
    able = [one for one in judged.chances if one.place is not None]
    if not able:
        detail = f"in no regime of {judged.ledger.directory.name} did any configuration trade enough"
        raise ResearchRefused("nothing_to_promote", f"{detail}: search more data, or a space that trades oftener")
    trading = able if terms.accepted else [one for one in able if one.luck <= terms.threshold]
    if not trading:
        least = min(able, key=lambda one: one.luck)
        detail = (
            f"{luck_sentence(least, judged.configurations)} That is the best regime; {terms.threshold:.0%} is allowed"
        )
        raise ResearchRefused("luck_too_likely", f'{detail}. To trade it all the same: --accept-luck "why"')
    worst = max(trading, key=lambda one: one.luck)
    facts = judged.ledger.facts
    return {
        "provenance": {
            "ledger": judged.ledger.directory.name,
            "ledger_digest": judged.ledger.digest,
            "space_digest": str(facts["space_digest"]),
            "code_version": str(facts["code_version"]),
            "created_ns": terms.created_ns,
            "trials": judged.configurations,
            "data": {one["name"]: one["content_hash"] for one in facts["data"]},
        },
        "luck": {
            "chance": worst.luck,
            "threshold": terms.threshold,
            "sentence": luck_sentence(worst, judged.configurations),
            "accepted": terms.accepted,
        },
        "specialists": {one.regime: _specialist(judged, one if one in trading else None) for one in judged.chances},
    }


def write_document(path: Path, document: dict[str, Any]) -> SpecialistSet:
    """Signed, whole or not at all, and read again as the live bot will. Raises ResearchRefused("not_written")."""
    try:
        replace_file(path, signed_text(document).encode())
    except OSError as error:
        raise ResearchRefused("not_written", f"{path}: {error.strerror}") from None
    return load_specialists(path)


def _specialist(judged: Judged, one: Chance | None) -> dict[str, Any]:
    """A regime's table; None rests."""
    if one is None or one.place is None:
        nothing = {"mean_log_return": 0.0, "standard_error": 0.0, "deviation": 0.0, "trades": 0, "win_rate": 0.0}
        return {**_fields(RESTING), "config_id": config_id(RESTING), "scores": {}, "expected": nothing}
    outcomes, expected = judged.outcomes, one.expected
    trades, wins, net = (
        float(outcomes.of(name, "test", one.regime)[one.place].sum()) for name in ("trades", "wins", "net_log_return")
    )
    scores = {
        "luck": one.luck,
        "reality": one.reality,
        "deflated": one.deflated,
        "walk_forward": one.walk_forward,
        "chosen_trades": trades,
        "chosen_win_rate": wins / trades,
        "chosen_mean_log_return": net / trades,
    }
    if one.overfitting is not None:
        scores["overfitting"] = one.overfitting
    return {
        **_fields(outcomes.specialist(one.place)),
        "config_id": outcomes.ids[one.place],
        "scores": scores,
        "expected": {
            "mean_log_return": expected.mean,
            "standard_error": expected.standard_error,
            "deviation": expected.deviation,
            "trades": expected.trades,
            "win_rate": expected.win_rate,
        },
    }


def _fields(specialist: Specialist) -> dict[str, Any]:
    return {**specialist.values(), "mode": specialist.mode.name.lower()}


def _searched(facts: dict[str, Any] | Any) -> set[str]:
    """Content hashes of what was searched; stress windows choose nothing."""
    return {one["content_hash"] for one in facts["data"] if one.get("use") == "search"}
