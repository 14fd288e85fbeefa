"""What the workflows run: each step's own shell, with flyctl, the runner and the appliance stood in for."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.stand_in import TOKEN, Page, serving

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FLY = {"FLY_APP": "my-app", "FLY_API_TOKEN": "canary-fly-token"}


def workflow(name: str) -> dict[Any, Any]:
    """`on` is read as true: YAML 1.1."""
    document: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return document


def step(document: dict[Any, Any], job: str, name: str) -> dict[str, Any]:
    found: dict[str, Any]
    [found] = [one for one in document["jobs"][job]["steps"] if one.get("name") == name]
    return found


def run_step(shell: str, commands: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As the runner does it: bash, ended by the first failure, also within a pipe."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", shell],
        cwd=ROOT,
        env={"PATH": f"{commands}:{os.environ['PATH']}", "HOME": str(commands), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder of commands that only write down how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("flyctl", "apt-get"):
        command = folder / name
        command.write_text(f'#!/bin/sh\necho "{name} $*" >>"{tmp_path}/called"\nexit "${{FAKE_STATUS:-0}}"\n')
        command.chmod(0o755)
    return folder


def called(commands: Path) -> list[str]:
    return (commands.parent / "called").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_nothing_is_permitted_that_a_job_does_not_ask_for_and_every_job_has_an_end(file: Path) -> None:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert document["permissions"] == {}
    for name, job in document["jobs"].items():
        assert "permissions" in job, name
        assert "uses" in job or 0 < job["timeout-minutes"] <= 90, name
    assert "concurrency" in document


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit_with_their_version_beside_and_images_by_digest(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        used = re.search(r"uses: (\S+)(.*)", line)
        if used and not used[1].startswith("./"):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used[1]), line
            assert re.search(r"# v?\d+\.\d+", used[2]), line
        image = re.search(r"image: (\S+)", line)
        assert image is None or re.search(r"@sha256:[0-9a-f]{64}$", image[1]), line


def test_the_deployment_is_of_main_after_ci_and_only_where_an_app_is_named() -> None:
    document = workflow("deploy.yml")
    job = document["jobs"]["deploy"]
    assert document[True]["push"] == {"branches": ["main"]}
    assert document["jobs"]["check"]["uses"].endswith("/ci.yml")
    assert (job["needs"], job["if"]) == ("check", "vars.FLY_APP != ''")
    assert document["concurrency"]["cancel-in-progress"] is False


def test_the_deployment_is_built_remotely_on_one_machine_with_the_build_of_this_tree(commands: Path) -> None:
    shell = step(workflow("deploy.yml"), "deploy", "deploy")["run"]
    done = run_step(shell, commands, **FLY)
    assert done.returncode == 0, done.stderr
    build = subprocess.run(["setup/build_id.sh"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    [line] = called(commands)
    assert line == f"flyctl deploy --remote-only --ha=false --app my-app --build-arg QF_BUILD={build}"
    assert "canary-fly-token" not in done.stdout + done.stderr


def test_a_deployment_that_fails_or_has_no_token_fails_the_job(commands: Path) -> None:
    shell = step(workflow("deploy.yml"), "deploy", "deploy")["run"]
    assert run_step(shell, commands, FAKE_STATUS="1", **FLY).returncode != 0
    absent = run_step(shell, commands, **{**FLY, "FLY_API_TOKEN": ""})
    assert absent.returncode != 0
    assert "fly tokens create deploy" in absent.stderr


@pytest.mark.parametrize(("reasons", "code"), [([], 0), (["trader: geo_blocked"], 3)])
def test_the_smoke_test_tells_the_runner_and_its_summary(commands: Path, reasons: list[str], code: int) -> None:
    shell = step(workflow("deploy.yml"), "deploy", "smoke test")["run"]
    summary = commands.parent / "summary"
    build = subprocess.run(["setup/build_id.sh"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    with serving(Page(reasons=reasons, status={"venue": "binance", "build": build})) as page:
        here = shell.replace("https://$FLY_APP.fly.dev", page.address)
        assert here != shell
        done = run_step(here, commands, QF_WEB__TOKEN=TOKEN, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == code, done.stdout + done.stderr
    said = summary.read_text(encoding="utf-8")
    assert said == done.stdout
    assert ("HTTP 451" in said) == bool(reasons)
    assert TOKEN not in said


def test_ci_installs_what_a_checkout_needs_and_runs_the_same_check_as_everybody(commands: Path) -> None:
    document = workflow("ci.yml")
    done = run_step(step(document, "check", "git, make")["run"], commands)
    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in called(commands)] == [["apt-get", "update"], ["apt-get", "install"]]
    shell = step(document, "check", "check")["run"]
    assert shell.splitlines()[-1] == ".ci/run"
    done = run_step(shell.replace(".ci/run", "bash -n .ci/run"), commands)
    assert done.returncode == 0, done.stderr
