"""The operator's commands as they are typed: what they say, what they leave, how they end."""

import json
from pathlib import Path
from typing import Any

import pytest
from journal.sample import RECORDED_NS, journal_of

from cli.test_commands import account, tell
from quantumflow.commands.request import CommandRequest
from quantumflow.exits import ExitCode
from quantumflow.journal.recovery import recover
from quantumflow.trader.commands import journal_command

__all__ = ["account", "tell"]

NAMES = ("pause", "resume", "flatten", "cancel", "kill", "reset-breaker")


def said(directory: Path, command: str, key: str, reason: str = "a test") -> None:
    """As a trader would have journaled it."""
    writer = recover(*journal_of(directory), RECORDED_NS).writer
    request = CommandRequest(command=command, bot=None, reason=reason, who="telegram:12", key=key)
    journal_command(writer, request, 9, writer.event_ns, RECORDED_NS)
    writer.close()


@pytest.mark.parametrize("name", [*NAMES, "commands"])
def test_every_command_has_help_with_an_example(tell: Any, name: str) -> None:
    code, out, _ = tell(name, "--help")
    assert code == 0
    assert f"Example: quantumflow {name}" in out


@pytest.mark.parametrize("name", NAMES)
def test_a_command_needs_its_reason(tell: Any, account: Path, name: str) -> None:
    code, _, err = tell(name, "--data-dir", account)
    assert code == ExitCode.USAGE
    assert "--reason" in err


@pytest.mark.parametrize("name", [name for name in NAMES if name != "kill"])
def test_without_a_trader_a_command_says_what_to_do(tell: Any, account: Path, name: str) -> None:
    code, out, _ = tell(name, "--data-dir", account, "--reason", "a test", "--json")
    assert code == ExitCode.NOT_FOUND
    assert json.loads(out)["error"] == "not_running"
    assert "quantumflow up" in json.loads(out)["detail"]


def test_without_a_trader_a_kill_makes_the_kill_file(tell: Any, account: Path) -> None:
    code, out, _ = tell("kill", "--data-dir", account, "--reason", "smoke")
    assert code == 0
    assert str(account / "kill") in out
    assert (account / "kill").read_text().startswith("smoke (by cli:")


def test_what_is_no_command_is_a_wrong_use(tell: Any, account: Path) -> None:
    for flags, name in ((("--reason", " "), "reason_needed"), (("--reason", "x", "--key", "no blanks"), "key_refused")):
        code, out, _ = tell("pause", "--data-dir", account, *flags, "--json")
        assert (code, json.loads(out)["error"]) == (ExitCode.USAGE, name)


def test_commands_lists_who_said_what_and_why(tell: Any, account: Path) -> None:
    assert tell("commands", "--data-dir", account)[1] == "no command was ever given here\n"
    said(account, "pause", "k-1", "the [news] at 14:00")
    said(account, "kill", "k-2")
    code, out, _ = tell("commands", "--data-dir", account, "--json")
    items = json.loads(out)["items"]
    assert code == 0
    assert [(item["command"], item["who"], item["frame_seq"]) for item in items] == [
        ("kill", "telegram:12", 9),
        ("pause", "telegram:12", 9),
    ]
    assert "the [news] at 14:00" in tell("commands", "--data-dir", account)[1]
    assert len(json.loads(tell("commands", "--data-dir", account, "--limit", 1, "--json")[1])["items"]) == 1


def test_status_of_a_stopped_appliance_says_that_it_was_killed(tell: Any, account: Path) -> None:
    said(account, "kill", "k-1", "smoke")
    shown = json.loads(tell("status", "--data-dir", account, "--json")[1])
    assert (shown["killed"]["who"], shown["killed"]["reason"]) == ("telegram:12", "smoke")
    assert "killed by telegram:12: smoke" in tell("status", "--data-dir", account)[1]
    said(account, "reset_breaker", "k-2")
    assert json.loads(tell("status", "--data-dir", account, "--json")[1])["killed"] is None
