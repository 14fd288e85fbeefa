"""A ledger is promoted as far as it proves something; what was promoted is proven again, and nothing else is."""

import json
from pathlib import Path

import pytest

from quantumflow.errors import QuantumFlowError, ResearchRefused, SpecialistRefused
from quantumflow.regime_vocabulary import Regime
from quantumflow.research.promotion.promote import Terms, document_of, ever_tried, judge, write_document
from quantumflow.research.promotion.prove import prove
from quantumflow.research.search.ledger import Ledger, read_ledger, write_ledger
from quantumflow.specialists import SpecialistSet, load_specialists, signed_text

from ..search.made_ledger import made_ledger


def _made(tmp_path: Path, edge: float, name: str = "one") -> Ledger:
    return made_ledger(tmp_path / "ledgers" / name, folds=6, days=240, edge=edge)


def _promoted(tmp_path: Path, ledger: Ledger, accepted: str = "") -> SpecialistSet:
    judged = judge(ledger, ever_tried(ledger))
    terms = Terms(judged.configurations, 0.05, accepted, 1_732_600_000_000_000_000)
    return write_document(tmp_path / "specialists.toml", document_of(judged, terms))


def test_what_has_an_edge_is_promoted_and_proven(tmp_path: Path) -> None:
    ledger = _made(tmp_path, 0.01)
    found = _promoted(tmp_path, ledger)
    bull = found.specialists[Regime.BULL]
    assert not any(one.rests for one in found.specialists.values())
    assert bull.expected.mean_log_return == pytest.approx(0.01, abs=3 * bull.expected.standard_error)
    assert bull.expected.deviation == pytest.approx(0.01, rel=0.2)
    assert found.luck.chance <= 0.05
    proof = prove(tmp_path / "specialists.toml", tmp_path)
    assert (proof.sha256, proof.ledger_digest, proof.absent) == (found.sha256, ledger.digest, ("made",))


def test_noise_is_refused_in_words_unless_luck_is_accepted_for_a_reason_that_the_file_keeps(tmp_path: Path) -> None:
    ledger = _made(tmp_path, 0.0)
    with pytest.raises(ResearchRefused, match="luck_too_likely: chance that this is luck: "):
        _promoted(tmp_path, ledger)
    assert not (tmp_path / "specialists.toml").exists()
    found = _promoted(tmp_path, ledger, "a try-out on the simulated exchange")
    assert found.luck.accepted == "a try-out on the simulated exchange"
    assert found.luck.chance > 0.05
    prove(tmp_path / "specialists.toml", tmp_path)


def test_trials_of_other_ledgers_on_the_same_data_count_once_each(tmp_path: Path) -> None:
    ledger = _made(tmp_path, 0.0)
    made_ledger(tmp_path / "ledgers" / "more", configurations=20)
    assert ever_tried(ledger) == 20  # its 12 are among the 20
    other = made_ledger(tmp_path / "ledgers" / "elsewhere", configurations=30)
    facts = {**other.facts, "data": [{"name": "x", "symbol": "X", "content_hash": "e" * 64, "use": "search"}]}
    write_ledger(other.directory, facts, other.trials, other.scores, other.daily)
    assert ever_tried(ledger) == 20
    (tmp_path / "ledgers" / "more" / "scores.parquet").unlink()
    with pytest.raises(ResearchRefused, match="ledger_damaged"):
        ever_tried(ledger)


def test_a_try_out_is_not_promoted(tmp_path: Path) -> None:
    made = _made(tmp_path, 0.01)
    for change in ({"combinations": 13}, {"sampler": {"name": "random", "limit": 12}}):
        cut = write_ledger(made.directory, {**made.facts, **change}, made.trials, made.scores, made.daily)
        with pytest.raises(ResearchRefused, match="configurations_missing"):
            judge(cut, 12)


def test_a_damaged_ledger_is_refused(tmp_path: Path) -> None:
    made = _made(tmp_path, 0.01)
    path = made.directory / "ledger.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "code_version": "d" * 16}))
    with pytest.raises(ResearchRefused, match="ledger_damaged"):
        read_ledger(made.directory)


@pytest.mark.parametrize(
    ("table", "key", "value", "name"),
    [
        ("luck", "chance", 0.001, "not_proven"),
        ("provenance", "ledger_digest", "f" * 64, "not_proven: ledger_digest"),
        ("provenance", "trials", 11, r"not_proven: provenance\.trials"),
        ("provenance", "data", {"made": "e" * 64}, r"not_proven: provenance\.data"),
        ("specialists", "STRESS", None, "not_proven"),
    ],
)
def test_a_file_signed_anew_with_other_figures_is_not_proven(
    tmp_path: Path, table: str, key: str, value: object, name: str
) -> None:
    ledger = _made(tmp_path, 0.01)
    document = document_of(judge(ledger, 12), Terms(12, 0.05, "", 7))
    document[table][key] = document["specialists"]["BULL"] if value is None else value
    path = tmp_path / "forged.toml"
    path.write_text(signed_text(document))
    load_specialists(path)
    with pytest.raises(ResearchRefused, match=name):
        prove(path, tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    _promoted(tmp_path, _made(tmp_path, 0.01))
    with pytest.raises(QuantumFlowError, match="no_such_ledger"):
        prove(tmp_path / "specialists.toml", tmp_path / "elsewhere")
    prove(tmp_path / "specialists.toml", tmp_path / "elsewhere", tmp_path / "ledgers" / "one")
    with pytest.raises(SpecialistRefused, match="specialists_unreadable"):
        prove(tmp_path / "none.toml", tmp_path)
