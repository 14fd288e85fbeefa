"""Prometheus' and Grafana's files against the real programs: what is asked is told, alerts fire and stay quiet."""

import importlib.util
import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from end_to_end.appliance import Running, free_ports, running, wait_until
from quantumflow.telegram.metrics import telegram_metrics
from watch.told import ROOT, alert_rules, asked_names, dashboard_queries, own_labels, told_names

START_SECONDS_MAX = 240.0
"""The kernels may have to be compiled first."""
SCRAPE_SECONDS_MAX = 60.0


def promtool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def watch_module() -> Any:
    spec = importlib.util.spec_from_file_location("watch_program", ROOT / "setup/watch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """On the generated market, until a book is live and the engine has seen it."""
    with running(tmp_path_factory.mktemp("watched"), "--venue", "sim") as started:
        wait_until(lambda: started.status("trader").get("tally"), START_SECONDS_MAX, "a session")
        wait_until(lambda: started.status("upkeep").get("jobs"), START_SECONDS_MAX, "upkeep's first look")
        yield started


@pytest.fixture(scope="module")
def place(appliance: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make watch` writes for it."""
    folder = tmp_path_factory.mktemp("watch")
    watch_module().prepare(appliance.data_dir, folder, 9190)
    wait_until(lambda: all(listening(one) for one in targets(folder)), START_SECONDS_MAX, "every program's door")
    return folder


def targets(place: Path) -> list[str]:
    """HOST:PORT of every program."""
    files = sorted((place / "targets").glob("*.json"))
    return [target for file in files for listed in json.loads(file.read_text()) for target in listed["targets"]]


def listening(target: str) -> bool:
    host, port = target.rsplit(":", 1)
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def scraped(place: Path) -> dict[str, str]:
    """The text of every program that has a target, as Prometheus would ask for it."""
    token = (place / "token").read_text(encoding="utf-8")
    texts = {"telegram": telegram_metrics({"sent": 1, "answered_ns": 1, "on_its_way": 0})}
    for target in sorted((place / "targets").glob("*.json")):
        for listed in json.loads(target.read_text(encoding="utf-8")):
            paths = ("/metrics", "/metrics/core_risk") if target.stem == "web" else ("/metrics",)
            for path in paths:
                request = urllib.request.Request(f"http://{listed['targets'][0]}{path}")
                request.add_header("Authorization", f"Bearer {token}")
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (http, written above)
                    assert answer.headers["Content-Type"].startswith("text/plain")
                    texts[target.stem if path == "/metrics" else "core_risk"] = answer.read().decode()
    return texts


@pytest.fixture(scope="module")
def texts(place: Path) -> dict[str, str]:
    return scraped(place)


def test_every_program_tells_its_figures_in_prometheus_own_form(texts: dict[str, str]) -> None:
    assert set(texts) == {"market_data", "trader", "upkeep", "telegram", "web", "core_risk"}
    for program, text in texts.items():
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False
        )
        # Of what promtool says some is taste (a counter without _total); what cannot be read is an error.
        assert "error while linting" not in done.stderr, (program, done.stderr)
        assert told_names(text), program


def test_every_name_is_told_by_one_program(texts: dict[str, str]) -> None:
    """But for those that are meant for all."""
    owners: dict[str, str] = {}
    for program, text in texts.items():
        for name in told_names(text) - {"quantumflow_process_resident_bytes"}:
            assert owners.setdefault(name, program) == program, name


def test_no_figure_has_a_label_that_prometheus_gives(texts: dict[str, str]) -> None:
    """It would be renamed, and an alert that names it would name the program instead."""
    for program, text in texts.items():
        assert own_labels(text) & {"job", "instance"} == set(), program
    assert "task" in own_labels(texts["upkeep"])
    assert own_labels('a{job="backup",x="is job=1"} 0\nb_total 5\n') == {"job", "x"}


def test_what_alerts_and_dashboard_look_at_is_told(texts: dict[str, str]) -> None:
    told = set().union(*(told_names(text) for text in texts.values()))
    asked = [(rule["alert"], rule["expr"]) for rule in alert_rules()] + list(dashboard_queries())
    assert len(asked) > 50
    for where, expression in asked:
        names = asked_names(expression)
        assert names - told == set(), f"{where}: {expression}"
        assert names or expression.startswith("up"), f"{where}: nothing is looked at: {expression}"


def test_a_name_that_nobody_tells_would_be_found() -> None:
    assert asked_names('sum by (le) (rate(a_bucket{x="b"}[5m])) / 1e8') == {"a_bucket"}
    assert told_names("# TYPE a histogram\n# TYPE b_total counter\n") == {"a_bucket", "a_sum", "a_count", "b_total"}


def test_prometheus_takes_the_configuration_and_the_rules(place: Path) -> None:
    assert "SUCCESS" in promtool("check", "config", str(place / "prometheus.yml"))
    assert (place / "token").stat().st_mode & 0o077 == 0


def test_each_alert_fires_where_it_must_and_only_there(tmp_path: Path) -> None:
    for name in ("alerts.yml", "alerts_test.yml"):
        shutil.copyfile(ROOT / "setup/prometheus" / name, tmp_path / name)
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "alerts_test.yml"))
    cases = yaml.safe_load((tmp_path / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
    tried = {
        (case["alert_rule_test"][0]["alertname"], bool(case["alert_rule_test"][0]["exp_alerts"])) for case in cases
    }
    assert tried == {(rule["alert"], fires) for rule in alert_rules() for fires in (True, False)}


def test_prometheus_scrapes_every_program_of_a_running_appliance(place: Path, tmp_path: Path) -> None:
    port = free_ports()["QF_PORTS__WEB"]
    command = [
        "prometheus",
        f"--config.file={place / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:

        def health() -> dict[str, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/targets", timeout=5) as answer:
                    active = json.load(answer)["data"]["activeTargets"]
            except OSError:
                return {}
            return {target["labels"]["job"]: target["health"] for target in active}

        wanted = dict.fromkeys(("market_data", "trader", "upkeep", "web", "core_risk"), "up")
        wait_until(lambda: health() == wanted, SCRAPE_SECONDS_MAX, "every target is up")
    finally:
        process.terminate()
        process.wait(30)


def test_grafanas_files_name_the_dashboard_and_its_source(place: Path) -> None:
    source = yaml.safe_load((place / "provisioning/datasources/quantumflow.yml").read_text(encoding="utf-8"))
    provider = yaml.safe_load((place / "provisioning/dashboards/quantumflow.yml").read_text(encoding="utf-8"))
    board = json.loads((place / "dashboards/quantumflow.json").read_text(encoding="utf-8"))
    uid = source["datasources"][0]["uid"]
    assert source["datasources"][0]["url"] == "http://127.0.0.1:9190"
    assert provider["providers"][0]["options"]["path"] == str(place / "dashboards")
    assert {target["datasource"]["uid"] for panel in board["panels"] for target in panel["targets"]} == {uid}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
