"""specialists.toml: what is written is read; anything else is refused, by the name of the key."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantumflow.errors import SpecialistRefused
from quantumflow.regime_vocabulary import Action, Mode, Regime
from quantumflow.reversion import decide
from quantumflow.specialists import RESTING, load_specialists, parse_specialists, signature_of, signed_text

from .sample import a_document


def _signed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "signature": {"sha256": signature_of(document)}}


def _refusal(document: dict[str, Any]) -> str:
    with pytest.raises(SpecialistRefused) as refused:
        parse_specialists(document, "it")
    return str(refused.value)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "specialists.toml"
    path.write_text(signed_text(a_document()), encoding="utf-8")
    found = load_specialists(path)
    assert found.sha256 == signature_of(a_document())
    assert found.provenance.data == {"BTCUSDT_1m": "c" * 64}
    assert set(found.specialists) == set(Regime) - {Regime.UNKNOWN}
    bull = found.specialists[Regime.BULL]
    assert (bull.specialist.mode, bull.specialist.lookback) == (Mode.PIVOT, 90)
    assert (bull.expected.trades, bull.scores["stability"]) == (812, -1.0)


def test_a_specialist_that_rests_is_known_as_one_and_never_enters() -> None:
    document = a_document()
    document["specialists"]["STRESS"].update({**RESTING.values(), "mode": RESTING.mode.name.lower()})
    found = parse_specialists(_signed(document), "it")
    assert found.specialists[Regime.STRESS].rests
    assert not found.specialists[Regime.BULL].rests
    assert decide(-1e9, 100.0, 1.0, 0.99, 1.0, 0, 0.0, 0, *RESTING.rules) == Action.STAY


def test_blanks_and_comments_do_not_count_and_every_figure_does(tmp_path: Path) -> None:
    path = tmp_path / "specialists.toml"
    text = signed_text(a_document())
    path.write_text("# kept by hand\n" + text.replace(" = ", "   =  "), encoding="utf-8")
    load_specialists(path)
    path.write_text(text.replace("lookback = 90", "lookback = 91", 1), encoding="utf-8")
    with pytest.raises(SpecialistRefused, match="signature_wrong"):
        load_specialists(path)


@settings(deadline=None)
@given(
    numbers=st.dictionaries(st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False), max_size=4),
    name=st.text(min_size=1, max_size=20),
)
def test_any_names_and_finite_figures_come_back_as_they_went(numbers: dict[str, float], name: str) -> None:
    document = a_document()
    document["provenance"]["ledger"] = name
    document["specialists"]["BEAR"]["scores"] = numbers
    assert tomllib.loads(signed_text(document)) == _signed(document)


def _without(document: dict[str, Any], *path: str) -> None:
    for name in path[:-1]:
        document = document[name]
    del document[path[-1]]


def _with(document: dict[str, Any], value: Any, *path: str) -> None:
    for name in path[:-1]:
        document = document[name]
    document[path[-1]] = value


@pytest.mark.parametrize(
    "path",
    [
        ("provenance",),
        ("provenance", "trials"),
        ("luck",),
        ("luck", "accepted"),
        ("specialists", "STRESS"),
        ("specialists", "BULL", "lookback"),
        ("specialists", "BULL", "config_id"),
        ("specialists", "BULL", "scores"),
        ("specialists", "BULL", "expected"),
        ("specialists", "BULL", "expected", "trades"),
    ],
)
def test_what_is_missing_is_named(path: tuple[str, ...]) -> None:
    document = a_document()
    _without(document, *path)
    assert f"{'.'.join(path)}: missing" in _refusal(_signed(document))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (1, ("author",)),
        (1, ("provenance", "author")),
        ("x", ("provenance", "trials")),
        (True, ("provenance", "trials")),
        (-1, ("provenance", "created_ns")),
        ("a" * 63, ("provenance", "ledger_digest")),
        ({}, ("provenance", "data")),
        ({"BTCUSDT": 7}, ("provenance", "data")),
        ({}, ("specialists", "UNKNOWN")),
        (7, ("specialists", "BULL")),
        ("mean", ("specialists", "BULL", "mode")),
        (901, ("specialists", "BULL", "lookback")),
        (1e9, ("specialists", "BULL", "stop_atr")),
        (50.0, ("specialists", "BULL", "exit_score")),
        (1, ("specialists", "BULL", "leverage")),
        ("zz", ("specialists", "BULL", "config_id")),
        ({"robustness": "high"}, ("specialists", "BULL", "scores")),
        (1.1, ("specialists", "BULL", "expected", "win_rate")),
        (-0.1, ("specialists", "BULL", "expected", "deviation")),
        (1.1, ("luck", "chance")),
        ("", ("luck", "sentence")),
        (False, ("luck", "accepted")),
        (-0.1, ("specialists", "BULL", "expected", "standard_error")),
        (0.5, ("specialists", "BULL", "expected", "trades")),
    ],
)
def test_what_is_wrong_or_unknown_is_named_even_if_it_is_signed(value: Any, path: tuple[str, ...]) -> None:
    document = a_document()
    _with(document, value, *path)
    assert f"{'.'.join(path)}: found" in _refusal(_signed(document))


def test_a_signature_is_needed_and_must_fit() -> None:
    assert "signature: missing" in _refusal(a_document())
    assert "signature.sha256: found" in _refusal({**a_document(), "signature": {"sha256": "f"}})
    assert _refusal({**a_document(), "signature": {"sha256": "f" * 64}}).startswith("signature_wrong")
    assert "signature.key: found" in _refusal({**a_document(), "signature": {"sha256": "f" * 64, "key": 1}})


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(SpecialistRefused, match="specialists_unreadable"):
        load_specialists(tmp_path / "nowhere.toml")
    for content in (b"\xff", b"[a", b"#" * 1_000_001):
        (tmp_path / "odd.toml").write_bytes(content)
        with pytest.raises(SpecialistRefused, match="specialists_unreadable"):
            load_specialists(tmp_path / "odd.toml")
