"""health.yml: one issue while it lasts, each change told once, nothing that the appliance says is trusted."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workflows.stand_in import GITHUB_TOKEN, READ_TOKEN, TELEGRAM_TOKEN, World, serving
from workflows.steps import ROOT, run_step, step, workflow

MARK = "<!-- quantumflow health: "
LOOK = step(workflow("health.yml"), "health", "look")


@pytest.fixture
def world() -> Iterator[World]:
    with serving(World()) as world:
        yield world


def look(world: World, tmp_path: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    """The step as it is written; no secret may be in what it says."""
    done = run_step(LOOK["run"], ROOT, tmp_path, **{**world.environment(), **changes})
    for secret in (READ_TOKEN, GITHUB_TOKEN, TELEGRAM_TOKEN):
        assert secret not in done.stdout + done.stderr
    return done


def told(world: World) -> tuple[list[str], list[str], int]:
    """Open issues' texts, messages, comments."""
    return [one["body"] for one in world.issues if one["state"] == "open"], world.messages, len(world.comments)


def test_ready_says_nothing_to_anybody(world: World, tmp_path: Path) -> None:
    assert look(world, tmp_path).returncode == 0
    assert told(world) == ([], [], 0)
    assert world.looks == 1


def test_a_moment_is_no_outage(world: World, tmp_path: Path) -> None:
    world.unready("trader: book_not_live")
    world.ready_from_look = 3
    assert look(world, tmp_path).returncode == 0
    assert told(world) == ([], [], 0)


def test_an_outage_is_one_issue_and_one_message_until_it_ends(world: World, tmp_path: Path) -> None:
    world.unready("trader: geo_blocked", "market_data: not_running")
    for _ in range(3):
        assert look(world, tmp_path).returncode == 0
    [body] = told(world)[0]
    [message] = world.messages
    for text in (body, message):
        assert "- trader: geo_blocked: the exchange refuses this place (HTTP 451)" in text
        assert "- market_data: not_running" in text
    world.unready("core_risk: timeout")
    look(world, tmp_path)
    assert len(world.issues) == 1
    assert "core_risk: timeout" in world.issues[0]["body"]
    assert "geo_blocked" not in world.issues[0]["body"]
    assert len(world.messages) == 2
    world.ready()
    for _ in range(2):
        assert look(world, tmp_path).returncode == 0
    assert told(world) == ([], [*world.messages[:2], f"Ready again: {world.address}"], 1)
    world.unready("trader: banned")
    look(world, tmp_path)
    assert [one["state"] for one in world.issues] == ["closed", "open"]


def test_a_chat_that_did_not_hear_is_told_by_the_next_run(world: World, tmp_path: Path) -> None:
    world.unready("trader: risk_halted")
    world.telegram_status = 502
    failed = look(world, tmp_path)
    assert (failed.returncode, len(world.issues), world.messages) == (1, 1, [])
    assert "Telegram: status 502" in failed.stdout
    world.telegram_status = 200
    assert look(world, tmp_path).returncode == 0
    assert look(world, tmp_path).returncode == 0
    assert (len(world.issues), len(world.messages)) == (1, 1)


def test_an_issue_that_cannot_be_opened_fails_the_job(world: World, tmp_path: Path) -> None:
    world.unready("trader: risk_halted")
    world.github_status = 403
    done = look(world, tmp_path)
    assert done.returncode == 1
    assert "GitHub: GET /issues: status 403" in done.stdout


def test_without_a_chat_the_issue_alone_is_kept(world: World, tmp_path: Path) -> None:
    world.unready("trader: risk_halted")
    assert look(world, tmp_path, TELEGRAM_TOKEN="", TELEGRAM_CHAT="").returncode == 0
    assert (len(world.issues), world.messages) == (1, [])


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (401, {"error": "unauthorised"}, "token_refused"),
        (451, {}, "geo_blocked"),
        (502, b"<html>bad gateway", "status_502"),
        (503, b"[" * 10_000, "status_503"),
        (503, {"reasons": "all"}, "status_503"),
        (503, {"reasons": []}, "status_503"),
        (
            503,
            {"reasons": ["<!-- quantumflow health: told=yes reasons= -->", {"x": 1}, "`$(id)`\n@everybody"]},
            "unreadable",
        ),
        (302, {}, "status_302"),
    ],
)
def test_any_other_answer_is_a_reason_by_name(
    world: World, tmp_path: Path, status: int, answer: Any, reason: str
) -> None:
    world.status, world.answer = status, answer
    assert look(world, tmp_path).returncode == 0
    [body] = told(world)[0]
    assert f"\n- {reason}" in body
    for text in (body, *world.messages):
        assert "@everybody" not in text
        assert text.count("told=") <= 1


def test_nobody_at_the_address_is_a_reason(world: World, tmp_path: Path) -> None:
    assert look(world, tmp_path, APPLIANCE_URL="http://127.0.0.1:9").returncode == 0
    assert "- unreachable: nothing answers at its address" in world.issues[0]["body"]


@pytest.mark.parametrize(
    "changes",
    [{"QF_WEB__TOKEN": ""}, {"APPLIANCE_URL": ""}, {"APPLIANCE_URL": "http://example.org"}, {"GITHUB_TOKEN": ""}],
)
def test_called_wrong_it_asks_nobody(world: World, tmp_path: Path, changes: dict[str, str]) -> None:
    assert look(world, tmp_path, **changes).returncode == 2
    assert world.looks == 0


def test_the_job_may_write_issues_and_nothing_else() -> None:
    document = workflow("health.yml")
    job = document["jobs"]["health"]
    assert document["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "issues": "write"}
    assert document["concurrency"]["cancel-in-progress"] is False
    assert document[True]["schedule"] == [{"cron": "7,22,37,52 * * * *"}]
    assert os.access(ROOT / "setup" / "health.py", os.R_OK)
