"""A Docker engine as the tests use it: one image, containers that are removed, every wait with an end."""

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

__all__ = ["Container", "docker", "no_engine", "wait_until"]

CLIENT = os.environ.get("DOCKER", "docker")
ANSWER_SECONDS_MAX = 15.0
COMMAND_SECONDS_MAX = 120.0


def no_engine() -> str | None:
    """Why there is no usable engine; None if there is one."""
    try:
        asked = subprocess.run([CLIENT, "info"], capture_output=True, text=True, timeout=ANSWER_SECONDS_MAX)
    except FileNotFoundError:
        return f"there is no command {CLIENT}"
    except subprocess.TimeoutExpired:
        return "the Docker engine does not answer"
    if asked.returncode != 0:
        return f"{CLIENT} finds no engine: start one, or set DOCKER_HOST"
    return None


def docker(*arguments: str, fails: bool = False, seconds: float = COMMAND_SECONDS_MAX) -> str:
    """What a command says on both its outputs; it must succeed, or fail if that is what is expected."""
    done = subprocess.run(
        [CLIENT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds
    )
    assert (done.returncode != 0) == fails, f"{arguments}: {done.stdout[-3000:]}"
    return done.stdout


def wait_until(holds: Callable[[], object], seconds: float, what: Callable[[], str]) -> float:
    """The seconds it took; fails with `what()` when the time is over."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what()}"
        time.sleep(0.5)
    return time.monotonic() - began


class Container:
    """One appliance in a container as docs/DEPLOY.md runs it: read-only, half a gigabyte, its data in a volume."""

    def __init__(self, image: str, volume: str, token: str, **environment: str) -> None:
        self._token = token
        settings = {"QF_VENUE__NAME": "sim", "QF_WEB__TOKEN": token, **environment}
        self.id = docker(
            *("run", "-d", "--read-only", "--tmpfs", "/tmp", "--memory", "512m", "--memory-swap", "512m"),  # noqa: S108
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "-p", "127.0.0.1::8080"),
            *("-v", f"{volume}:/data"),
            *(part for name, value in settings.items() for part in ("-e", f"{name}={value}")),
            image,
        ).strip()[-64:]

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status 0 while nobody answers."""
        port = docker("port", self.id, "8080/tcp").splitlines()[0].rpartition(":")[2]
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {self._token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (loopback)
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")
        except (OSError, ValueError):
            return 0, {}

    def ready(self) -> bool:
        assert self.running(), self.log()
        return self.get("/readyz")[0] == 200

    def fills(self) -> int:
        """So many as the page says, once it says anything."""
        wait_until(lambda: "fills" in self.get("/api/v1/status")[1], ANSWER_SECONDS_MAX * 4, self.log)
        return int(self.get("/api/v1/status")[1].get("fills") or 0)

    def until_ready(self, seconds: float) -> float:
        return wait_until(self.ready, seconds, lambda: f"{self.get('/readyz')}\n{self.log()}")

    def until_fills(self, more_than: int, seconds: float) -> float:
        return wait_until(
            lambda: self.fills() > more_than, seconds, lambda: f"{self.get('/api/v1/status')}\n{self.log()}"
        )

    def inside(self, *command: str, user: str = "10001", fails: bool = False) -> str:
        return docker("exec", "-u", user, self.id, *command, fails=fails)

    def python(self, source: str, user: str = "10001") -> str:
        return self.inside("python", "-S", "-c", source, user=user).strip()

    def state(self) -> dict[str, Any]:
        [inspected] = json.loads(docker("inspect", self.id))
        state: dict[str, Any] = inspected["State"]
        return state

    def running(self) -> bool:
        return bool(self.state()["Running"])

    def log(self) -> str:
        return docker("logs", self.id)[-4000:]

    def kill_inside(self, program: str) -> None:
        """SIGKILL to the process whose configuration is run/PROGRAM.json; nothing if it is not there just now."""
        self.python(
            "import os,glob\n"
            "own=os.getpid()\n"
            "for p in glob.glob('/proc/[0-9]*/cmdline'):\n"
            "    pid=int(p.split('/')[2])\n"
            f"    if pid!=own and 'run/{program}.json'.encode() in open(p,'rb').read(): os.kill(pid, 9)"
        )

    def remove(self) -> None:
        with contextlib.suppress(AssertionError):
            docker("rm", "-f", self.id)
