"""Secrets out of every text that leaves a process: the values that are known, and whatever looks like a bot's token.

The Telegram token is part of each request's address, so it stands in the error texts and debug lines of any HTTP
library; matching its shape holds where nobody thought of the value.
"""

import re
from collections.abc import Iterable

__all__ = ["MASK", "Redactor"]

MASK = "********"
SECRET_CHARS_MIN = 8
"""A shorter value is no secret, and masking it would garble everything."""
_TOKEN = re.compile(r"(?<![0-9])[0-9]{3,20}(?::|%3[aA])[A-Za-z0-9_-]{20,}")


class Redactor:
    """Masks `secrets` and everything of a bot token's shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({s for s in secrets if len(s) >= SECRET_CHARS_MIN}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return _TOKEN.sub(MASK, text)
