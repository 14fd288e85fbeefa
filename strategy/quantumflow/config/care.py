"""The sections of the programs that look after an appliance: upkeep and its alarms."""

from pydantic import Field

from quantumflow.config.section import Section

__all__ = ["AlarmsConfig", "UpkeepConfig"]

URL = r"^https?://[^/\s?#]+[^\s#]*$"


class UpkeepConfig(Section):
    """Jobs and the heartbeat."""

    job_seconds_max: int = Field(ge=10, le=86_400)
    job_attempts_max: int = Field(ge=1, le=10)
    job_retry_seconds: int = Field(ge=1, le=86_400)
    outputs_kept: int = Field(ge=1, le=10_000)
    reports_kept: int = Field(ge=2, le=100_000)
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
