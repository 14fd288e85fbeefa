"""The sections of the programs that look after an appliance: upkeep, its alarms, Telegram."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from quantumflow.config.section import Section

__all__ = ["NEVER", "AlarmsConfig", "TelegramConfig", "UpkeepConfig"]

NEVER = "never"
_BOT_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")
URL = r"^https?://[^/\s?#]+[^\s#]*$"


def _bot_token(secret: SecretStr) -> SecretStr:
    if _BOT_TOKEN.fullmatch(secret.get_secret_value()) is None:
        raise ValueError("a bot's token is digits, a colon, and at least 20 letters")
    return secret


BotToken = Annotated[SecretStr, AfterValidator(_bot_token)]
At = Annotated[str, Field(pattern=rf"^({NEVER}|(\*|[01][0-9]|2[0-3]):[0-5][0-9])$")]
"""When a job is due, UTC: `*:17` each hour, `03:41` each day."""
ChatId = Annotated[int, Field(ge=-(2**52), le=2**52)]
UserId = Annotated[int, Field(ge=1, le=2**52)]


class UpkeepConfig(Section):
    """Jobs and the heartbeat."""

    backup_at: At
    verify_at: At
    report_at: At
    drift_at: At
    job_seconds_max: int = Field(ge=10, le=86_400)
    job_attempts_max: int = Field(ge=1, le=10)
    job_retry_seconds: int = Field(ge=1, le=86_400)
    outputs_kept: int = Field(ge=1, le=10_000)
    heartbeat_url: str | None = Field(default=None, pattern=URL, max_length=500)
    heartbeat_seconds: int = Field(ge=60, le=86_400)


class AlarmsConfig(Section):
    """Where each alarm begins."""

    no_live_book_seconds: int = Field(ge=10, le=86_400)
    silent_seconds: int = Field(ge=10, le=86_400)
    journal_still_seconds: int = Field(ge=60, le=86_400)
    disk_free_bytes_min: int = Field(ge=0, le=10**15)
    inodes_free_min: int = Field(ge=0, le=10**12)
    wal_bytes_max: int = Field(ge=1_000_000, le=10**12)
    clock_jump_ms: int = Field(ge=500, le=3_600_000)
    backup_missing_seconds: int = Field(ge=60, le=31_622_400)
    verify_missing_seconds: int = Field(ge=60, le=31_622_400)
    report_missing_seconds: int = Field(ge=60, le=31_622_400)
    drift_missing_seconds: int = Field(ge=60, le=31_622_400)


class TelegramConfig(Section):
    """Messages and commands. The token comes from the environment or a file of its own, never from this one."""

    enabled: bool
    token: BotToken | None = None
    token_file: str | None = Field(default=None, min_length=1, max_length=4096)
    chats: tuple[ChatId, ...] = Field(max_length=8)
    users: tuple[UserId, ...] = Field(max_length=32)
    base_url: str = Field(pattern=r"^https?://[^/\s?#]+(/[^\s?#]*)?$", max_length=200)
    coalesce_ms: int = Field(ge=0, le=600_000)
