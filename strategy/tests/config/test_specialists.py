"""The specialists.toml that FF names: proven before anything starts, its figures the bot's parameters."""

from pathlib import Path

import pytest
from specialists_file.sample import a_document

from config.test_configuration import FILE, refused
from quantumflow.config import load_config
from quantumflow.specialists import signature_of, signed_text

NAMED = 'strategy = "ff"\nspecialists = "HERE/specialists.toml"'
SHA = signature_of(a_document())


def _config(tmp_path: Path, bot: str, text: str | None = None) -> Path:
    """The distributed file with FF in place of its bot, and the specialists beside it."""
    (tmp_path / "specialists.toml").write_text(text or signed_text(a_document()), encoding="utf-8")
    whole = FILE.read_text(encoding="utf-8")
    begin, end = whole.index("[bots.imbalance]"), whole.index("[strategies]")
    bots = f'[bots.ff]\ninstruments = ["*"]\ncapital = "7000.00"\n{bot}\n\n'.replace("HERE", str(tmp_path))
    path = tmp_path / "quantumflow.toml"
    path.write_text(whole[:begin] + bots + whole[end:], encoding="utf-8")
    return path


def test_the_files_figures_become_the_bots_parameters_under_its_signature(tmp_path: Path) -> None:
    bot = f"{NAMED}\n[bots.ff.parameters]\ndebounce_bars = 3"
    found = load_config(_config(tmp_path, bot), {}).bots["ff"]
    assert found.specialists_sha256 == SHA
    assert (found.parameters["bull_lookback"], found.parameters["stress_mode"]) == (90.0, 2.0)
    assert found.parameters["debounce_bars"] == 3.0
    assert len(found.parameters) == 4 * 11 + 1
    said = {"mean_log_return": 0.0004, "standard_error": 1e-05, "deviation": 0.003, "trades": 812}
    assert found.expected == dict.fromkeys(("stress", "bull", "bear", "sideways"), said)


def test_without_a_file_ff_has_the_specialists_to_try_out(tmp_path: Path) -> None:
    found = load_config(_config(tmp_path, 'strategy = "ff"'), {}).bots["ff"]
    assert (found.parameters, found.specialists_sha256) == ({}, None)


@pytest.mark.parametrize(
    ("bot", "said"),
    [
        ('strategy = "ff"\nspecialists = "HERE/nowhere.toml"', "specialists_unreadable"),
        ('strategy = "lr"\nspecialists = "HERE/specialists.toml"', "only the strategy ff takes specialists"),
        (f'{NAMED}\nspecialists_sha256 = "{"0" * 64}"', f"is {SHA}"),
        (
            'strategy = "ff"\nspecialists = "HERE/specialists.toml"\n[bots.ff.parameters]\nbull_lookback = 3',
            "bull_lookback",
        ),
        (f'strategy = "ff"\nspecialists_sha256 = "{"0" * 64}"', "name the file"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_starts(tmp_path: Path, bot: str, said: str) -> None:
    assert said in refused(_config(tmp_path, bot), {})["bots.ff.specialists"]


def test_an_edited_file_is_refused_by_name(tmp_path: Path) -> None:
    text = signed_text(a_document()).replace("lookback = 90", "lookback = 91", 1)
    assert "signature_wrong" in refused(_config(tmp_path, NAMED, text), {})["bots.ff.specialists"]
