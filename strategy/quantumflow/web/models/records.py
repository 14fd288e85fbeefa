"""What is kept beside the journal: verifications, reports, the configuration in force."""

from typing import Any

from pydantic import ConfigDict, Field

from quantumflow.web.models.units import Answer, Ns

__all__ = ["ConfigInForce", "Report", "ReportFile", "Reports", "Verified", "VerifyResults"]


class Verified(Answer):
    """What came of repeating one session, as its line says it: nothing is added or left out."""

    model_config = ConfigDict(extra="allow")

    at_ns: Ns | None = Field(default=None, description="When it was verified.")
    session: int | None = Field(default=None, examples=[3])
    market_session: str | None = Field(default=None, examples=["sim-7-1760000000"])
    day: str | None = Field(default=None, examples=["2026-03-01"])
    running: bool | None = Field(default=None, description="It had not ended.")
    result: str | None = Field(default=None, description="identical, differs or unverifiable.", examples=["identical"])
    programs: dict[str, Any] | None = Field(default=None, description="The same for each program, with digests.")
    seconds: float | None = Field(default=None, examples=[12.5])
    speed: float | None = Field(default=None, description="Times as fast as it was lived.", examples=[310.0])
    difference: dict[str, Any] | None = Field(default=None, description="The first event that differs.")


class VerifyResults(Answer):
    """The last results of `quantumflow verify`, oldest first."""

    items: list[Verified]


class ReportFile(Answer):
    """A file of a day's report: GET /api/v1/reports/{day}/{name}."""

    name: str = Field(examples=["charts/equity.png"])
    bytes: int = Field(examples=[48_211])
    media_type: str = Field(examples=["image/png"])


class Report(Answer):
    """The report of a UTC day."""

    day: str = Field(examples=["2026-03-01"])
    made_ns: Ns
    message: str | None = Field(description="The day in a few lines.", examples=["2026-03-01: +12.40 USDT"])
    files: list[ReportFile]


class Reports(Answer):
    """Days with a report, newest first."""

    items: list[Report]


class ConfigInForce(Answer):
    """Every key as it is in force, the environment included; secrets are masked."""

    venue: str = Field(description="The venue this run chose.", examples=["sim"])
    values: dict[str, Any] = Field(description="Sections of quantumflow.toml.", examples=[{"log": {"level": "info"}}])
