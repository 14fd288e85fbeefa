"""Whether specialists.toml follows from its ledger: the ledger proven, then the file made again, figure by figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantumflow.errors import DataRefused, ResearchRefused
from quantumflow.research.data.store import Store
from quantumflow.research.promotion.promote import Terms, document_of, judge
from quantumflow.research.search.ledger import Ledger, find_ledger, read_ledger
from quantumflow.research.search.sources import rows_hash
from quantumflow.specialists import SpecialistSet, canonical_text, load_specialists, signature_of

__all__ = ["Proof", "prove"]


@dataclass(frozen=True, slots=True)
class Proof:
    """`here` are the datasets whose content was held against the file, `absent` those that are not on this machine."""

    sha256: str
    ledger_digest: str
    here: tuple[str, ...]
    absent: tuple[str, ...]


def prove(path: Path, research: Path, ledger: Path | None = None) -> Proof:
    """Raises SpecialistRefused for the file alone, ResearchRefused("ledger_damaged" or "not_proven") for the rest."""
    found = load_specialists(path)
    read = read_ledger(ledger or find_ledger(research, found.provenance.ledger))
    _hold("ledger_digest", found.provenance.ledger_digest, read.digest)
    here, absent = _data(found.provenance.data, read, research)
    if found.provenance.trials < read.configurations:
        raise _differs("provenance.trials", found.provenance.trials, f"{read.configurations} in its ledger alone")
    _made_again(found, read)
    return Proof(found.sha256, read.digest, here, absent)


def _made_again(found: SpecialistSet, ledger: Ledger) -> None:
    said, luck = found.provenance, found.luck
    judged = judge(ledger, said.trials)
    made = document_of(judged, Terms(said.trials, luck.threshold, luck.accepted, said.created_ns))
    made["provenance"]["ledger"] = said.ledger
    if signature_of(made) == found.sha256:
        return
    for regime, promoted in found.specialists.items():
        own = made["specialists"][regime.name]
        _hold(f"specialists.{regime.name}.config_id", promoted.config_id, own["config_id"])
        _hold(f"specialists.{regime.name}.scores", dict(promoted.scores), own["scores"])
    raise _differs("the file", found.sha256, f"{signature_of(made)}: {canonical_text(made)[:200]}…")


def _data(said: Mapping[str, str], ledger: Ledger, research: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Hashes of the file, the ledger and the datasets that are here with all their rows, by name."""
    _hold("provenance.data", dict(said), {one["name"]: one["content_hash"] for one in ledger.facts["data"]})
    here, absent = [], []
    store = Store(research)
    for name, content_hash in said.items():
        try:
            dataset = store.load(name)
        except DataRefused as refused:
            if refused.name not in ("no_such_dataset", "name_refused"):
                raise
            absent.append(name)
            continue
        _hold(f"dataset {name}", content_hash, dataset.content_hash)
        _hold(f"the rows of dataset {name}", content_hash, rows_hash(dataset))
        here.append(name)
    return tuple(here), tuple(absent)


def _hold(what: str, said: Any, found: Any) -> None:
    if said != found:
        raise _differs(what, said, found)


def _differs(what: str, said: Any, found: Any) -> ResearchRefused:
    return ResearchRefused("not_proven", f"{what}: the file says {said}, there is {found}; promote the ledger again")
