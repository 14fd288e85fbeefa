"""Asks a deployed appliance whether it trades, and says in words why it does not. It needs Python alone.

    QF_WEB__TOKEN=… python3 setup/smoke.py https://NAME.fly.dev

Exit status: 0 it trades or is ready to · 1 it does not answer · 2 this command was called wrong, or the token is ·
3 geo-blocked (HTTP 451) · 4 not ready for another reason, which is named · 5 another build answers.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

ANSWERS_SECONDS_MAX = 120.0
"""How long a machine may take from its start to its first answer."""
READY_SECONDS_MAX = 240.0
"""From the first answer to a live book, an open risk engine and a trader that has read its journal."""
LOOK_SECONDS = 3.0
REQUEST_SECONDS_MAX = 10.0
TOKEN_CHARS_MIN = 32
ANSWER_BYTES_MAX = 1_000_000

REMEDIES = {
    "not_running": "the trader does not run: `fly logs`, or `docker logs`, has its last words",
    "session_ended": "the trader has ended its session: is the machine being stopped?",
    "journal_failed": "the journal cannot be written: is the volume full? `fly ssh console -C 'df -h /data'`",
    "no_market_data": "market_data is not heard: `fly logs` says why",
    "geo_blocked": "the exchange answers HTTP 451, this place may not use it: move the machine to another region",
    "banned": "the exchange has banned this address for some minutes (HTTP 418 or 429): wait, do not restart",
    "risk_unreachable": "core_risk does not answer: `fly logs` says why",
    "risk_version_mismatch": "programs of two builds: deploy again, with one QF_BUILD",
    "risk_halted": "core_risk has halted trading, and a halt stays: `quantumflow status` has the rule",
    "killed": "the kill switch is set, and stays until an operator resumes: `quantumflow --help`",
    "paused": "an operator has paused it: nothing is wrong",
    "calendar_pause": "the calendar pauses trading: nothing is wrong, `quantumflow status` says until when",
    "book_not_live": "no book is live: the exchange may be away, or resynchronising goes on",
    "warming_up": "the features have not seen enough books yet: nothing is wrong",
    "reconcile_mismatch": "the two sets of books differ, trading has halted: `quantumflow doctor --deep`",
    "unreachable": "core_risk does not answer: `fly logs` says why",
    "timeout": "core_risk answers too late: is the machine too small?",
}
"""What to do, by the name that the appliance gives."""
EXIT_OK, EXIT_SILENT, EXIT_USAGE, EXIT_GEO_BLOCKED, EXIT_NOT_READY, EXIT_OTHER_BUILD = range(6)

Answer = tuple[int, dict[str, Any]]
Get = Callable[[str], Answer | None]


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Waits for an answer, then for readiness; says what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="https://NAME.fly.dev, or http://127.0.0.1:8080")
    parser.add_argument("--build", help="the build that must answer")
    parser.add_argument("--answers-within", type=float, default=ANSWERS_SECONDS_MAX, metavar="SECONDS")
    parser.add_argument("--ready-within", type=float, default=READY_SECONDS_MAX, metavar="SECONDS")
    options = parser.parse_args(arguments)
    token = environment.get("QF_WEB__TOKEN", "")
    if len(token) < TOKEN_CHARS_MIN:
        say(f"QF_WEB__TOKEN is absent or shorter than {TOKEN_CHARS_MIN} characters: give the appliance's read token")
        return EXIT_USAGE
    get = getter(options.address.rstrip("/"), token)
    health = wait(lambda: get("/healthz"), lambda answer: answer[0] == 200, options.answers_within)
    if health is None or health[0] != 200:
        found = "nothing" if health is None else f"HTTP {health[0]}"
        say(f"{options.address}/healthz: {found} within {options.answers_within:.0f} s; `fly logs` has the reason")
        return EXIT_SILENT
    return judge_readiness(get, options.ready_within, options.build)


def judge_readiness(get: Get, seconds: float, build: str | None) -> int:
    """From /readyz and the status, once they are good or the time is over. A 451 is not waited for: it stays."""
    settled = wait(lambda: get("/readyz"), lambda answer: answer[0] != 503 or "geo_blocked" in str(answer[1]), seconds)
    if settled is None:
        say("/readyz: no answer any more")
        return EXIT_SILENT
    code, body = settled
    if code == 401:
        say("the token is refused: QF_WEB__TOKEN here and in the appliance's secrets must be the same")
        return EXIT_USAGE
    _, status = get("/api/v1/status") or (0, {})
    if build is not None and status.get("build") != build:
        say(f"build {status.get('build')} answers, not {build}: the deployment has not taken over")
        return EXIT_OTHER_BUILD
    if code == 200:
        market = "SIMULATED market" if status.get("simulated") else f"venue {status.get('venue')}"
        say(f"ready: {market}, {status.get('fills')} fills so far, equity {status.get('equity')}")
        return EXIT_OK
    reasons = [str(reason) for reason in body.get("reasons", [])] or [f"HTTP {code}"]
    for reason in reasons:
        say(f"not ready: {reason}: {remedy_for(reason)}")
    if status.get("detail"):
        say(f"in its own words: {status['detail']}")
    return EXIT_GEO_BLOCKED if any("geo_blocked" in reason for reason in reasons) else EXIT_NOT_READY


def remedy_for(reason: str) -> str:
    """By the last word of `program: name`."""
    return REMEDIES.get(reason.rpartition(":")[2].strip(), "`fly logs` has the rest")


def wait(ask: Callable[[], Answer | None], good: Callable[[Answer], bool], seconds: float) -> Answer | None:
    """The first good answer within the time, else the last one."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if (answer is not None and good(answer)) or time.monotonic() >= deadline:
            return answer
        time.sleep(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic())))


def getter(address: str, token: str) -> Get:
    """GET with the token; None if nobody answers."""

    def get(path: str) -> Answer | None:
        request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_SECONDS_MAX) as answer:  # noqa: S310 (the operator's)
                return answer.status, body_of(answer.read(ANSWER_BYTES_MAX))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, body_of(error.read(ANSWER_BYTES_MAX))
        except (OSError, ValueError):
            return None

    return get


def body_of(content: bytes) -> dict[str, Any]:
    """A JSON object, else an empty one."""
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def say(line: str) -> None:
    """At once: a person or a log waits for it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
