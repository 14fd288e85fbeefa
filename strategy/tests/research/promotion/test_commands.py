"""The commands: exit status, words and the file, over a small ledger."""

import json
from pathlib import Path

from typer.testing import CliRunner

from quantumflow.cli.search import search_app
from quantumflow.errors import ResearchRefused

from ..search.made_ledger import made_ledger


def test_a_ledger_is_promoted_and_the_file_verified_by_command(tmp_path: Path) -> None:
    made = made_ledger(tmp_path / "ledgers" / "one", folds=6, days=240, edge=0.01)
    file = tmp_path / "specialists.toml"
    runner, place = CliRunner(), ["--research-dir", str(tmp_path)]
    said = runner.invoke(search_app, ["promote", "one", "--to", str(file), *place, "--json"])
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    assert answer["trials"] == made.configurations
    assert answer["regimes"]["BULL"]["luck"] <= 0.05
    proven = runner.invoke(search_app, ["verify", str(file), *place])
    assert proven.exit_code == 0, proven.output
    assert "follows from its ledger" in proven.stdout


def test_noise_is_refused_by_command_and_promoted_for_a_reason(tmp_path: Path) -> None:
    made_ledger(tmp_path / "ledgers" / "noise", folds=6, days=240)
    file = tmp_path / "specialists.toml"
    arguments = ["promote", "noise", "--to", str(file), "--research-dir", str(tmp_path)]
    refused = CliRunner().invoke(search_app, arguments)
    assert isinstance(refused.exception, ResearchRefused)
    assert refused.exception.name == "luck_too_likely"
    assert not file.exists()
    taken = CliRunner().invoke(search_app, [*arguments, "--accept-luck", "to see it trade"])
    assert taken.exit_code == 0, taken.output
    assert "accepted all the same: to see it trade" in taken.stdout
    assert 'accepted = "to see it trade"' in file.read_text()
