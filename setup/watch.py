"""Prometheus beside a running appliance, and Grafana where it is installed: `make watch`.

Both listen on loopback, keep their data below .build/watch, and end with this program. Prometheus is Debian's package;
Grafana is not in Debian: where `grafana` or `grafana-server` is found in PATH it is started with setup/grafana's
provisioning, else a line says so.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".build" / "watch"
PROGRAMS = ("market_data", "trader", "upkeep", "telegram")
"""Those that tell on a port of their own."""
STOP_SECONDS_MAX = 10.0
GRAFANA = ("grafana", "grafana-server")


def main() -> int:
    """0 after Ctrl-C, 2 if it cannot be started, else the status with which Prometheus ended."""
    parser = argparse.ArgumentParser(
        prog="watch.py",
        description=__doc__,
        epilog='Example: make watch ARGS="--data-dir data/sim"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data-dir", type=Path, help="the appliance's; by default the one below ./data that ran last")
    parser.add_argument("--port", type=int, default=9190, help="Prometheus' port on loopback; Grafana takes the next")
    parser.add_argument("--write", action="store_true", help="write the configuration below .build/watch and end")
    asked = parser.parse_args()
    try:
        directory = asked.data_dir or _last_data_dir()
        prepare(directory, PLACE, asked.port)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"watch: {error}; start an appliance with `make run`, or name its --data-dir\n")
        return 2
    if asked.write:
        return 0
    if shutil.which("prometheus") is None:
        sys.stderr.write("watch: there is no prometheus: apt-get install prometheus\n")
        return 2
    return _run(asked.port)


def prepare(directory: Path, place: Path, port: int) -> None:
    """The configuration in `place`: the project's own files, where the programs listen, and the read token (0600)."""
    run = directory / "run"
    for folder in (place / "targets", place / "dashboards"):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copyfile(ROOT / "setup" / "prometheus" / name, place / name)
    shutil.copyfile(ROOT / "setup" / "grafana" / "quantumflow.json", place / "dashboards" / "quantumflow.json")
    for kind in ("datasources", "dashboards"):
        provision = place / "provisioning" / kind
        provision.mkdir(parents=True, exist_ok=True)
        text = (ROOT / "setup" / "grafana" / "provisioning" / kind / "quantumflow.yml").read_text(encoding="utf-8")
        text = text.replace("127.0.0.1:9190", f"127.0.0.1:{port}").replace("DASHBOARDS", str(place / "dashboards"))
        (provision / "quantumflow.yml").write_text(text, encoding="utf-8")
    web = json.loads((run / "web.json").read_text(encoding="utf-8"))
    own = web["host"] if web["host"] in ("127.0.0.1", "localhost") else "127.0.0.1"
    _write_target(place, "web", f"{own}:{web['port']}")
    for program in PROGRAMS:
        _write_target(place, program, _listens(run / f"{program}.json"))
    token = os.environ.get("QF_WEB__TOKEN", "") or Path(web["token_file"]).read_text(encoding="utf-8")
    read = token.split()
    if not read:
        raise ValueError(f"{web['token_file']}: there is no token in it")
    secret = place / "token"
    secret.touch(mode=0o600)
    secret.chmod(0o600)
    secret.write_text(read[0], encoding="utf-8")


def _listens(file: Path) -> str | None:
    """Where the program of this configuration tells its figures; None if it does not run or does not tell."""
    if not file.exists():
        return None
    found: str | None = json.loads(file.read_text(encoding="utf-8")).get("metrics_listen")
    return found


def _write_target(place: Path, program: str, address: str | None) -> None:
    targets = [] if address is None else [{"targets": [urlsplit(f"//{address}").netloc]}]
    (place / "targets" / f"{program}.json").write_text(json.dumps(targets) + "\n", encoding="utf-8")


def _last_data_dir() -> Path:
    marks = sorted(Path("data").glob("*/run/web.json"), key=lambda mark: mark.stat().st_mtime_ns)
    if not marks:
        raise ValueError("nothing ran here yet")
    return marks[-1].parents[1]


def _run(port: int) -> int:
    """Until Ctrl-C, SIGTERM or the end of Prometheus."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started: list[subprocess.Popen[bytes]] = []
    grafana = next((found for name in GRAFANA if (found := shutil.which(name))), None)
    try:
        started.append(_prometheus(port))
        _say(f"Prometheus at http://127.0.0.1:{port}, with the alerts of setup/prometheus/alerts.yml; Ctrl-C ends it")
        if grafana is None:
            _say("Grafana is not installed (Debian has no package of it); its dashboard is in setup/grafana")
        else:
            started.append(_grafana(grafana, port + 1))
            _say(f"Grafana at http://127.0.0.1:{port + 1}")
        return started[0].wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(started)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _prometheus(port: int) -> "subprocess.Popen[bytes]":
    arguments = [
        "prometheus",
        f"--config.file={PLACE / 'prometheus.yml'}",
        f"--storage.tsdb.path={PLACE / 'prometheus'}",
        "--storage.tsdb.retention.time=30d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    return subprocess.Popen(arguments)  # noqa: S603 (our own words)


def _grafana(program: str, port: int) -> "subprocess.Popen[bytes]":
    """With a data folder of its own; nobody has to log in on this machine to look."""
    settings = {
        "GF_PATHS_DATA": str(PLACE / "grafana"),
        "GF_PATHS_PROVISIONING": str(PLACE / "provisioning"),
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    }
    home = "/usr/share/grafana"
    words = [program, "server"] if Path(program).name == "grafana" else [program]
    return subprocess.Popen([*words, "--homepath", home], env={**os.environ, **settings})  # noqa: S603 (found in PATH)


def _stop(started: "list[subprocess.Popen[bytes]]") -> None:
    for process in started:
        process.terminate()
    give_up = time.monotonic() + STOP_SECONDS_MAX
    for process in started:
        try:
            process.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
