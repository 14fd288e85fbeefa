"""Asks an appliance whether it is ready; while it stays unready, one issue is open and one chat has been told.

    APPLIANCE_URL=https://NAME.fly.dev QF_WEB__TOKEN=… GITHUB_TOKEN=… GITHUB_REPOSITORY=… python3 setup/health.py

It needs Python alone. Several looks, HEALTH_LOOK_SECONDS (30) apart, must all fail. TELEGRAM_TOKEN and TELEGRAM_CHAT
are optional. What the appliance says is not trusted: reasons are names, anything else is shown as `unreadable`. The
issue itself remembers the reasons and whether the chat has heard; what could not be told is told by the next run.

Exit status: 0 everybody knows what there is to know · 1 somebody could not be told · 2 called wrong.
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

LOOKS = 4
REQUEST_SECONDS_MAX = 15.0
ANSWER_BYTES_MAX = 4_000_000
REASONS_MAX = 12
LABEL = "appliance-health"
MARK = "<!-- quantumflow health: "
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

_REASON = re.compile(r"[a-z0-9_]{1,40}(: [a-z0-9_]{1,40})?")
_MARKED = re.compile(re.escape(MARK) + r"told=(yes|no) reasons=([a-z_: ,0-9]*) -->")

REMEDIES = {
    "geo_blocked": "the exchange refuses this place (HTTP 451): move the machine to another region",
    "banned": "the exchange has banned this address for a while (HTTP 418 or 429): wait, do not restart",
    "no_market_data": "market_data is not heard: its log says why",
    "book_not_live": "no book is live: the exchange may be away, or it resynchronises",
    "risk_halted": "core_risk has halted trading, and a halt stays: `quantumflow status` names the rule",
    "reconcile_mismatch": "the two sets of books differ: `quantumflow doctor --deep`",
    "journal_failed": "the journal cannot be written: is the volume full?",
    "not_running": "a program does not run: the appliance's log has its last words",
    "token_refused": "the secret QF_WEB__TOKEN is not the appliance's read token",
    "unreachable": "nothing answers at its address: is the machine up?",
}


class Untold(Exception):
    """Somebody could not be told; the text says who and why, without a secret."""


@dataclass(frozen=True)
class Issue:
    """The open issue: its number, the reasons it names, whether the chat has heard them."""

    number: int
    reasons: tuple[str, ...]
    told: bool


@dataclass(frozen=True)
class Plan:
    """What is to be done. `chat`: the text for the chat; `issue`: open, update, close or nothing."""

    chat: str | None
    issue: str | None


def main(environment: Mapping[str, str], sleep: Callable[[float], None] = time.sleep) -> int:
    """Looks, decides, tells."""
    wanted = ("APPLIANCE_URL", "QF_WEB__TOKEN", "GITHUB_TOKEN", "GITHUB_REPOSITORY")
    missing = [name for name in wanted if not environment.get(name)]
    url = environment.get("APPLIANCE_URL", "").rstrip("/")
    if missing or not _is_address(url):
        say(f"health: set {', '.join(missing)}" if missing else "health: APPLIANCE_URL must be https://host")
        return 2
    apart = float(environment.get("HEALTH_LOOK_SECONDS", "30"))
    reasons = look(url, environment["QF_WEB__TOKEN"], lambda: sleep(apart))
    say(f"ready: {'no, ' + ', '.join(reasons) if reasons else 'yes'}")
    try:
        issue = open_issue(environment)
        plan = decide(reasons, issue, url)
        carry_out(plan, reasons, issue, environment)
    except Untold as error:
        say(f"health: {error}")
        return 1
    return 0


def decide(reasons: tuple[str, ...], issue: Issue | None, url: str) -> Plan:
    """Everybody is told once: when it begins, when the reasons change, when it ends. Pure."""
    if not reasons:
        return Plan(None, None) if issue is None else Plan(f"Ready again: {url}", "close")
    text = f"Not ready: {url}\n" + "\n".join(explained(reasons))
    if issue is None:
        return Plan(text, "open")
    if issue.reasons != reasons:
        return Plan(text, "update")
    return Plan(None, None) if issue.told else Plan(text, "update")


def explained(reasons: tuple[str, ...]) -> list[str]:
    """Each reason, and what to do where that is known."""
    lines = []
    for reason in reasons:
        remedy = REMEDIES.get(reason.split(": ")[-1])
        lines.append(f"- {reason}" + (f": {remedy}" if remedy else ""))
    return lines


def carry_out(plan: Plan, reasons: tuple[str, ...], issue: Issue | None, environment: Mapping[str, str]) -> None:
    """The chat first: the issue then remembers whether it heard. Raises Untold after both were tried."""
    failed = []
    if plan.chat is not None:
        try:
            tell_chat(plan.chat, environment)
        except Untold as error:
            failed.append(str(error))
    if plan.issue is not None:
        told = "no" if failed else "yes"
        body = "\n".join(
            [
                f"The appliance at {environment['APPLIANCE_URL'].rstrip('/')} is not ready to trade:",
                "",
                *explained(reasons),
                "",
                "This text is kept up to date; the issue is closed when the appliance is ready again.",
                f"{MARK}told={told} reasons={','.join(reasons)} -->",
            ]
        )
        if plan.issue == "open":
            _github(
                "POST", "/issues", {"title": "The appliance is not ready", "body": body, "labels": [LABEL]}, environment
            )
        elif issue is not None and plan.issue == "update":
            _github("PATCH", f"/issues/{issue.number}", {"body": body}, environment)
        elif issue is not None:
            _github("POST", f"/issues/{issue.number}/comments", {"body": "It is ready again."}, environment)
            _github("PATCH", f"/issues/{issue.number}", {"state": "closed", "state_reason": "completed"}, environment)
        say(f"issue: {plan.issue}")
    if failed:
        raise Untold("; ".join(failed))


def look(url: str, token: str, wait: Callable[[], None]) -> tuple[str, ...]:
    """The reasons of the last look; none as soon as one look finds it ready."""
    reasons: tuple[str, ...] = ()
    for attempt in range(LOOKS):
        if attempt:
            wait()
        reasons = look_once(url, token)
        if not reasons:
            return ()
    return reasons


def look_once(url: str, token: str) -> tuple[str, ...]:
    """What keeps it from being ready, by name and in order."""
    try:
        status, answer = ask("GET", f"{url}/readyz", {"Authorization": f"Bearer {token}"})
    except OSError as error:
        return ("unreachable: timeout",) if isinstance(error, TimeoutError) else ("unreachable",)
    if status == 200:
        return ()
    if status == 401:
        return ("token_refused",)
    if status == 451:
        return ("geo_blocked",)
    given = answer.get("reasons") if isinstance(answer, dict) else None
    if status != 503 or not isinstance(given, list) or not given:
        return (f"status_{status}",)
    names = [reason if isinstance(reason, str) and _REASON.fullmatch(reason) else "unreadable" for reason in given]
    return tuple(sorted(set(names))[:REASONS_MAX])


def open_issue(environment: Mapping[str, str]) -> Issue | None:
    """The oldest open issue with our mark. Raises Untold."""
    found = _github(
        "GET", f"/issues?state=open&labels={LABEL}&per_page=100&sort=created&direction=asc", None, environment
    )
    for row in found if isinstance(found, list) else []:
        marked = _MARKED.search(str(row.get("body") or ""))
        if marked and "pull_request" not in row:
            return Issue(int(row["number"]), tuple(filter(None, marked[2].split(","))), marked[1] == "yes")
    return None


def tell_chat(text: str, environment: Mapping[str, str]) -> None:
    """One message, if a chat is configured. Raises Untold, never with the token in its text."""
    token, chat = environment.get("TELEGRAM_TOKEN", ""), environment.get("TELEGRAM_CHAT", "")
    if not token or not chat:
        return
    base = environment.get("TELEGRAM_API_URL", "https://api.telegram.org").rstrip("/")
    try:
        status, _ = ask(
            "POST", f"{base}/bot{quote(token, safe=':')}/sendMessage", {}, {"chat_id": chat, "text": text[:4_000]}
        )
    except OSError as error:
        raise Untold(f"Telegram: {type(error).__name__}") from None
    if status != 200:
        raise Untold(f"Telegram: status {status}")
    say("chat: told")


def _github(method: str, target: str, body: dict[str, Any] | None, environment: Mapping[str, str]) -> Any:
    base = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    headers = {
        "Authorization": f"Bearer {environment['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    try:
        status, answer = ask(method, f"{base}/repos/{environment['GITHUB_REPOSITORY']}{target}", headers, body)
    except OSError as error:
        raise Untold(f"GitHub: {type(error).__name__}") from None
    if status not in {200, 201}:
        raise Untold(f"GitHub: {method} {target.split('?')[0]}: status {status}")
    return answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the address that was named and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def ask(method: str, url: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Status and JSON answer (None if it is none). Raises OSError."""
    content = None if body is None else json.dumps(body).encode()
    sent = {"User-Agent": "quantumflow-health", **headers, **({"Content-Type": "application/json"} if content else {})}
    request = urllib.request.Request(url, content, sent, method=method)  # noqa: S310 (the address was checked)
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=REQUEST_SECONDS_MAX) as answer:
            status, text = answer.status, answer.read(ANSWER_BYTES_MAX)
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read(ANSWER_BYTES_MAX)
    except urllib.error.URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else OSError(str(error.reason)) from None
    try:
        return status, json.loads(text)
    except (ValueError, RecursionError):
        return status, None


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    plain = not parts.username and parts.path == "" and not parts.query
    return plain and bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in LOOPBACK)


def say(line: str) -> None:
    """For the job's log."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(os.environ))
