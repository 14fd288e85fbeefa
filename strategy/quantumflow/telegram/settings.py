"""The Telegram program's settings: run/telegram.json, read strictly, and the token, which is in no settings."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from quantumflow.errors import SettingsRefused

__all__ = ["TOKEN_VARIABLE", "TelegramSettings", "read_telegram_settings", "telegram_token"]

TOKEN_VARIABLE = "QF_TELEGRAM__TOKEN"  # noqa: S105 (the name of a variable)
TOKEN_BYTES_MAX = 1_000
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")

Text = Annotated[str, Meta(min_length=1, max_length=4096)]
Address = Annotated[str, Meta(pattern=r"^127\.0\.0\.1:[0-9]{1,5}$")]
"""Loopback and a port."""
Id = Annotated[int, Meta(ge=-(2**52), le=2**52)]


class TelegramSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. Paths are absolute."""

    data_dir: Text
    run_dir: Text
    venue: Text
    simulated: bool
    token_file: Text | None
    chats: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=8)]
    users: Annotated[tuple[Id, ...], Meta(max_length=32)]
    base_url: Annotated[str, Meta(pattern=r"^https?://[^/\s?#]+(/[^\s?#]*)?$", max_length=200)]
    coalesce_ms: Annotated[int, Meta(ge=0, le=600_000)]
    log_level: Literal["debug", "info", "warning", "error"]
    metrics_listen: Address | None = None


def read_telegram_settings(file: Path) -> TelegramSettings:
    """Raises SettingsRefused naming the key."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=TelegramSettings)
    except OSError as error:
        raise SettingsRefused("settings_unreadable", f"{file}: {error.strerror}; start with `quantumflow up`") from None
    except msgspec.MsgspecError as error:
        raise SettingsRefused("settings_refused", f"{file}: {error}") from None


def telegram_token(settings: TelegramSettings, environment: Mapping[str, str]) -> str:
    """From the environment, else from the token's own file. Raises SettingsRefused, without the token in its text."""
    token = environment.get(TOKEN_VARIABLE, "").strip()
    if not token:
        if settings.token_file is None:
            raise SettingsRefused("token_needed", f"set {TOKEN_VARIABLE}, or telegram.token_file")
        token = _token_of_file(Path(settings.token_file))
    if _TOKEN.fullmatch(token) is None:
        raise SettingsRefused("token_malformed", "a bot's token is digits, a colon, and at least 20 letters")
    return token


def _token_of_file(file: Path) -> str:
    try:
        if file.stat().st_mode & 0o077:
            raise SettingsRefused("token_open", f"{file} can be read by others: chmod 600 {file}")
        with file.open("rb") as source:
            return source.read(TOKEN_BYTES_MAX).decode("utf-8", "replace").strip()
    except OSError as error:
        raise SettingsRefused("token_unreadable", f"{file}: {error.strerror}; set {TOKEN_VARIABLE} instead") from None
