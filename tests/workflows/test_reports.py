"""reports.yml from its first step to the push, against a real web application, a bare repository and a recorded pip."""

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from journal.sample import Life, lived

from quantumflow.overview import Sources
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.who import Tokens
from quantumflow_reports.figures import DAY_NS
from workflows.steps import ROOT, run_step, step, workflow

TOKEN = "t" * 43
DOCUMENT = workflow("reports.yml")
SECTION = "<!-- report:begin -->\n<!-- report:end -->\n"
DAY = "2026-03-02"
DAY_BEGIN_NS = 20_514 * DAY_NS


def shell(name: str) -> str:
    text = step(DOCUMENT, "report", name)["run"]
    assert isinstance(text, str)
    return text


def git(where: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=where, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """The appliance's own web application, on loopback."""
    sources = Sources(directory / "journal.db", directory / "t.json", directory / "m.json")
    app = make_app(WebSources(sources, "sim", list), Tokens([TOKEN]))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


class Checkout:
    """What the runner has: a clone with the scripts, a README, and an origin to push to."""

    def __init__(self, root: Path) -> None:
        self.origin, self.tree, self.commands = root / "origin.git", root / "tree", root / "bin"
        self.commands.mkdir()
        git(root, "init", "-q", "--bare", "-b", "main", str(self.origin))
        git(root, "clone", "-q", str(self.origin), str(self.tree))
        shutil.copytree(ROOT / "setup", self.tree / "setup")
        (self.tree / "README.md").write_text(f"# Title\n\n{SECTION}\nend\n", encoding="utf-8")
        (self.tree / ".gitignore").write_text("/.venv\n/.report/\n", encoding="utf-8")
        git(self.tree, "checkout", "-q", "-b", "main")
        self.commit("begin")

    def commit(self, message: str) -> None:
        git(self.tree, "add", "-A")
        git(self.tree, "commit", "-q", "-m", message)
        git(self.tree, "push", "-q", "origin", "main")

    def run(self, name: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        done = run_step(shell(name), self.tree, self.commands, GITHUB_REF_NAME="main", REPORT_DAY=DAY, **environment)
        assert TOKEN not in done.stdout + done.stderr
        assert "canary" not in done.stdout + done.stderr
        return done

    def log(self) -> list[str]:
        return git(self.origin, "log", "--format=%s", "main").splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path)
    (checkout.tree / ".venv").symlink_to(ROOT / ".venv")
    return checkout


@pytest.fixture
def life(tmp_path: Path) -> Life:
    directory = tmp_path / "data"
    directory.mkdir()
    life = lived(directory, trips=1)
    life.now_ns = DAY_BEGIN_NS
    life.round_trip(6_000_000, 1_000)
    return life


def test_a_morning_from_fetch_to_push_and_a_second_run_changes_nothing(
    checkout: Checkout, life: Life, tmp_path: Path
) -> None:
    secret = {"GITHUB_TOKEN": "canary-github-token"}
    with served(tmp_path / "data") as url:
        for _ in range(2):
            fetched = checkout.run("fetch", APPLIANCE_URL=url, QF_WEB__TOKEN=TOKEN, START_OVER="")
            assert fetched.returncode == 0, fetched.stderr
            assert checkout.run("build").returncode == 0
            pushed = checkout.run("commit", **secret)
            assert pushed.returncode == 0, pushed.stderr
            # the next day has begun on the appliance: it is of the next report
            life.now_ns = DAY_BEGIN_NS + DAY_NS
            life.round_trip(6_000_000, 1_000)
    assert "the report has not changed" in pushed.stdout
    assert "new" in fetched.stdout
    subjects = checkout.log()
    assert len(subjects) == 2
    assert re.fullmatch(r"Report of \d{4}-\d\d-\d\d", subjects[0])
    files = git(checkout.origin, "show", "--format=", "--name-only", "main").splitlines()
    assert files == ["README.md", *sorted(file for file in files if file.startswith("docs/charts/"))]
    assert len(files) == 9
    assert "canary" not in git(checkout.tree, "config", "--list")


def test_a_push_that_came_between_is_kept(checkout: Checkout, life: Life, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(checkout.origin), str(other))
    with served(tmp_path / "data") as url:
        checkout.run("fetch", APPLIANCE_URL=url, QF_WEB__TOKEN=TOKEN)
    checkout.run("build")
    (other / "NEW.md").write_text("theirs\n", encoding="utf-8")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "theirs")
    git(other, "push", "-q", "origin", "main")
    done = checkout.run("commit")
    assert done.returncode == 0, done.stderr
    assert checkout.log()[1:] == ["theirs", "begin"]


def test_a_new_account_is_refused_until_somebody_says_to_start_over(
    checkout: Checkout, life: Life, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with served(tmp_path / "data") as url:
        checkout.run("fetch", APPLIANCE_URL=url, QF_WEB__TOKEN=TOKEN)
    fresh = lived(other, trips=4)
    fresh.round_trip(5_000_000, 7)
    with served(other) as url:
        refused = checkout.run("fetch", APPLIANCE_URL=url, QF_WEB__TOKEN=TOKEN, START_OVER="false")
        assert (refused.returncode, "other_journal" in refused.stderr) == (1, True)
        again = checkout.run("fetch", APPLIANCE_URL=url, QF_WEB__TOKEN=TOKEN, START_OVER="true")
        assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"QF_WEB__TOKEN": ""}, "QF_WEB__TOKEN"),
        ({"APPLIANCE_URL": ""}, "FLY_APP"),
        ({"QF_WEB__TOKEN": "wrong" * 8}, "appliance_refused"),
        ({"APPLIANCE_URL": "http://example.org"}, "url_refused"),
    ],
)
def test_a_fetch_that_cannot_be_made_fails_the_job(
    checkout: Checkout, life: Life, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    with served(tmp_path / "data") as url:
        done = checkout.run("fetch", **{"APPLIANCE_URL": url, "QF_WEB__TOKEN": TOKEN, **changes})
    assert done.returncode != 0
    assert said in done.stderr
    assert not (checkout.tree / ".report/journal.ndjson.gz").exists() or said == "appliance_refused"


def test_install_takes_packages_by_their_hashes_alone(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    python = checkout.commands / "python3"
    recorder = f'#!/bin/sh\necho "$*" >>"{tmp_path}/called"\n'
    python.write_text(
        recorder + 'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n', encoding="utf-8"
    )
    python.chmod(0o755)
    done = checkout.run("install")
    assert done.returncode == 0, done.stderr
    called = (tmp_path / "called").read_text(encoding="utf-8").splitlines()
    assert called[0] == "-m venv .venv"
    installs = called[1:]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_only_the_report_job_may_write_and_nothing_is_put_into_a_shell() -> None:
    job = DOCUMENT["jobs"]["report"]
    assert DOCUMENT["permissions"] == {}
    assert job["permissions"] == {"contents": "write"}
    assert DOCUMENT["concurrency"] == {"group": "reports", "cancel-in-progress": False}
    [schedule] = DOCUMENT[True]["schedule"]
    assert int(schedule["cron"].split()[0]) % 5 != 0
    for name in ("reports.yml", "health.yml"):
        for job in workflow(name)["jobs"].values():
            for one in job["steps"]:
                assert "${{" not in one.get("run", ""), one
                if "uses" in one:
                    assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one["uses"]), one
                if "checkout" in one.get("uses", ""):
                    assert one["with"]["persist-credentials"] is False
