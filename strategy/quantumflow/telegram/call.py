"""One call of the Bot API: bounded in time, repeated with full-jitter back-off, `retry_after` obeyed by all calls.

The library's errors carry the address, and the address the token: what leaves here as text has gone through the
redactor.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import Enum
from itertools import count
from typing import TypeVar

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from quantumflow.log_lines import Log
from quantumflow.redaction import Redactor

__all__ = ["BACKOFF_SECONDS_MAX", "CALL_SECONDS_MAX", "Api", "Failure", "Refused", "back_off"]

CALL_SECONDS_MAX = 30.0
"""Of a call that does not wait for updates, whatever the connection does meanwhile."""
BACKOFF_SECONDS_FIRST = 1.0
BACKOFF_SECONDS_MAX = 300.0
TOKEN_REFUSED_SECONDS = 300.0
RETRY_AFTER_SECONDS_MAX = 3600.0
"""Whatever the server asks for: then it is asked again."""
SPACING_SECONDS = 1.05
"""Between two messages: one a second in a chat is what Telegram takes."""

_NOT_AN_ANSWER = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""JSON, but not what the library takes apart."""

_log = Log("telegram")
T = TypeVar("T")


class Failure(Enum):
    """What became of a call that was not answered well; the same word in log and status."""

    RETRY_AFTER = "retry_after"
    CONFLICT = "conflict"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 (a name)
    NETWORK = "network"


class Refused(Exception):
    """The server will not take this message, however often it is sent. The text is redacted."""


def back_off(failures: int, draw: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds to wait after so many failures in a row: anywhere up to a bound that doubles, so that many do not knock
    together."""
    return draw(0.0, min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_FIRST * 2.0 ** min(failures, 16)))


class Api:
    """Calls share one pause: after a 429 nothing is asked until its time is over."""

    def __init__(self, redact: Redactor, stopping: asyncio.Event) -> None:
        self._redact = redact
        self._stopping = stopping
        self._not_before = 0.0
        self._next_message = 0.0
        self.failures = 0
        """In a row, of calls of any sort."""
        self.problem: str | None = None
        self.answered_ns = 0

    async def once(self, call: Callable[[], Awaitable[T]], seconds: float = CALL_SECONDS_MAX) -> T | Failure:
        """One try. Raises Refused where another would not help."""
        await self._pause(self._not_before - time.monotonic())
        if self._stopping.is_set() and time.monotonic() < self._not_before:
            return Failure.RETRY_AFTER
        try:
            answer = await asyncio.wait_for(call(), seconds)
        except RetryAfter as error:
            wait = min(max(_seconds(error), 0.0), RETRY_AFTER_SECONDS_MAX)
            self._not_before = time.monotonic() + wait
            return self._failed(Failure.RETRY_AFTER, f"asked to wait {wait:.0f} s")
        except Conflict as error:
            return self._failed(Failure.CONFLICT, str(error))
        except (BadRequest, Forbidden, ChatMigrated) as error:
            raise Refused(self._redact(str(error))) from None
        except InvalidToken as error:
            return self._failed(Failure.TOKEN_REFUSED, str(error))
        except (TelegramError, TimeoutError, OSError, *_NOT_AN_ANSWER) as error:
            return self._failed(Failure.NETWORK, f"{type(error).__name__}: {error}")
        self.failures, self.problem, self.answered_ns = 0, None, time.time_ns()
        return answer

    async def until_answered(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Tries again until it is answered; None if the program is told to stop first. Raises Refused."""
        for failures in count(1):
            answer = await self.once(call)
            if not isinstance(answer, Failure):
                return answer
            if self._stopping.is_set():
                break
            await self.wait_after(answer, failures)
        return None

    async def wait_after(self, failure: Failure, failures: int) -> None:
        """The pause that a failure asks for, after so many of the same call."""
        if failure is Failure.TOKEN_REFUSED:
            await self._pause(TOKEN_REFUSED_SECONDS)
        elif failure is not Failure.RETRY_AFTER:
            await self._pause(back_off(failures))

    async def spaced(self) -> None:
        """Until the next message may go."""
        now = time.monotonic()
        at = max(now, self._next_message)
        self._next_message = at + SPACING_SECONDS
        await self._pause(at - now)

    def _failed(self, failure: Failure, text: str) -> Failure:
        self.failures += 1
        self.problem = f"{failure.value}: {self._redact(text)[:300]}"
        _log.warning("a call was not answered well", failure=failure.value, detail=self.problem, in_a_row=self.failures)
        return failure

    async def _pause(self, seconds: float) -> None:
        """Ends early when the program is told to stop."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stopping.wait(), seconds)
            except TimeoutError:
                return


def _seconds(error: RetryAfter) -> float:
    value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
