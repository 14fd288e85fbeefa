"""upkeep's settings: run/upkeep.json, read strictly. An error names the key."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from quantumflow.errors import SettingsRefused

__all__ = ["JobSettings", "Thresholds", "UpkeepSettings", "read_upkeep_settings"]

Text = Annotated[str, Meta(min_length=1, max_length=4096)]
Seconds = Annotated[int, Meta(ge=1, le=31_622_400)]
Address = Annotated[str, Meta(pattern=r"^127\.0\.0\.1:[0-9]{1,5}$")]
"""Loopback and a port."""
Count = Annotated[int, Meta(ge=0, le=2**62)]


class JobSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One job: the command's arguments and when it is due, `HH:MM` a day or `*:MM` an hour, UTC."""

    command: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=64)]
    at: Annotated[str, Meta(pattern=r"^(\*|[01][0-9]|2[0-3]):[0-5][0-9]$")]
    missing_after_seconds: Seconds


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an alarm begins."""

    no_live_book_seconds: Seconds
    silent_seconds: Seconds
    journal_still_seconds: Seconds
    disk_free_bytes_min: Count
    inodes_free_min: Count
    wal_bytes_max: Annotated[int, Meta(ge=1, le=2**62)]
    clock_jump_ms: Annotated[int, Meta(ge=1, le=3_600_000)]


class UpkeepSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. Paths are absolute; `program` starts the CLI."""

    data_dir: Text
    run_dir: Text
    simulated: bool
    programs: Annotated[tuple[Text, ...], Meta(max_length=16)]
    """Those that must run beside it."""
    program: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=16)]
    jobs: Annotated[dict[str, JobSettings], Meta(max_length=16)]
    job_seconds_max: Seconds
    job_attempts_max: Annotated[int, Meta(ge=1, le=10)]
    job_retry_seconds: Seconds
    outputs_kept: Annotated[int, Meta(ge=1, le=10_000)]
    thresholds: Thresholds
    heartbeat_url: Annotated[str, Meta(pattern=r"^https?://[^/\s?#]+[^\s#]*$", max_length=500)] | None
    heartbeat_seconds: Annotated[int, Meta(ge=60, le=86_400)]
    log_level: Literal["debug", "info", "warning", "error"]
    metrics_listen: Address | None = None


def read_upkeep_settings(file: Path) -> UpkeepSettings:
    """Raises SettingsRefused naming the key."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=UpkeepSettings)
    except OSError as error:
        raise SettingsRefused("settings_unreadable", f"{file}: {error.strerror}; start with `quantumflow up`") from None
    except msgspec.MsgspecError as error:
        raise SettingsRefused("settings_refused", f"{file}: {error}") from None
