"""Whether an order would be refused for a reason of the system; the reasons by name, none means ready."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quantumflow.appliance.status_files import read_status
from quantumflow.overview import Sources, why_not_trading
from quantumflow.unix_http import HttpBroken, UnixHttp
from quantumflow.vocabulary import WhyNotTrading

__all__ = ["AskRisk", "ask_core_risk", "not_ready", "risk_account"]

RISK_SECONDS_MAX = 1.0
_NOT_OF_THE_SYSTEM = frozenset(
    why.name.lower() for why in (WhyNotTrading.PAUSED, WhyNotTrading.CALENDAR_PAUSE, WhyNotTrading.WARMING_UP)
)
"""The operator's wish and the strategy's own patience."""

AskRisk = Callable[[], list[str]]


def not_ready(sources: Sources, ask_risk: AskRisk, now_ns: int) -> list[str]:
    """Every reason, of the trader, of market_data and of core_risk."""
    reasons = []
    trader = read_status(sources.trader_status, now_ns)
    why, _detail = why_not_trading(trader)
    if why is not None and why not in _NOT_OF_THE_SYSTEM:
        reasons.append(f"trader: {why}")
    if trader.running and trader.values.get("reconcile") == "mismatch":
        reasons.append("trader: reconcile_mismatch")
    if not read_status(sources.market_data_status, now_ns).running:
        reasons.append("market_data: not_running")
    return reasons + [f"core_risk: {reason}" for reason in ask_risk()]


def ask_core_risk(socket: Path, token: str) -> AskRisk:
    """How core_risk itself answers; any failure is a reason."""

    def ask() -> list[str]:
        connection = UnixHttp(socket, (("Authorization", f"Bearer {token}"),), time.monotonic)
        try:
            answer = connection.request("GET", "/readyz", b"", RISK_SECONDS_MAX)
            reasons = json.loads(answer.body)["reasons"] if answer.status != 200 else []
            return [str(reason) for reason in reasons]
        except TimeoutError:
            return ["timeout"]
        except (OSError, HttpBroken):
            return ["unreachable"]
        except (ValueError, KeyError, TypeError):
            return ["malformed_answer"]
        finally:
            connection.close()

    return ask


def risk_account(socket: Path, token: str) -> Callable[[], dict[str, Any] | None]:
    """core_risk's whole account, from its /v1/state; None if it gives none."""

    def ask() -> dict[str, Any] | None:
        connection = UnixHttp(socket, (("Authorization", f"Bearer {token}"),), time.monotonic)
        try:
            answer = connection.request("GET", "/v1/state", b"", RISK_SECONDS_MAX)
            found = json.loads(answer.body) if answer.status == 200 else None
        except (OSError, HttpBroken, ValueError):
            return None
        finally:
            connection.close()
        return found if isinstance(found, dict) and "cash_e8" in found else None

    return ask
