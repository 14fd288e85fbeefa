"""Every error that leaves a part, once, with what the operator does next.

    QuantumFlowError
    ├── ConfigRefused        quantumflow.toml or a QF_ variable is wrong        → correct the keys it names
    ├── ApplianceRefused     `up` or a command cannot do what was asked         → do what the message says
    ├── ResearchRefused      a research command cannot do what was asked        → do what the message says
    ├── BackupRefused        a backup cannot be made, or not be believed        → do what the message says
    ├── SpecialistRefused    a specialist's parameters or their file are wrong  → correct the fields it names
    ├── SettingsRefused      a file of settings is wrong                        → correct the key it names
    ├── CommandRefused       an operator's command cannot be taken              → correct it, and send it again
    ├── DataRefused          market data of files or archives is unusable       → see the file and line it names
    ├── FeedBroken           the market socket said something it must not       → none: the trader connects again
    │   ├── FrameRefused     a frame that PROTOCOL.md does not have
    │   └── SequenceBroken   a hole in the frames that nothing explains
    ├── ParityFailed         a session cannot be verified at all                → do what the message says
    ├── RiskFailed           core_risk did not give a usable answer             → none: refused, and tried again
    └── JournalError         the books cannot be trusted or written             → the trader ends; see the message
        ├── JournalRefused   start-up found the journal wrong                   → do what the message says
        └── JournalFailed    a commit failed: its outcome is unknown            → free the disk; start again

Each carries `name`, one word that is the same in logs, status and documentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from quantumflow.vocabulary import Refusal

__all__ = [
    "ApplianceRefused",
    "BackupRefused",
    "CommandRefused",
    "ConfigRefused",
    "DataRefused",
    "FeedBroken",
    "FrameRefused",
    "JournalError",
    "JournalFailed",
    "JournalRefused",
    "ParityFailed",
    "Problem",
    "QuantumFlowError",
    "ResearchRefused",
    "RiskFailed",
    "SequenceBroken",
    "SettingsRefused",
    "SpecialistRefused",
]


class QuantumFlowError(Exception):
    """An error with a name and a sentence for the operator."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration. `key` is its path in the file; `found` is None if something is missing."""

    key: str
    found: str | None
    remedy: str

    def __str__(self) -> str:
        found = "missing" if self.found is None else f"found {self.found}"
        return f"{self.key}: {found}; {self.remedy}"


class ConfigRefused(QuantumFlowError):
    """The configuration cannot be used and nothing was started. Correct the keys it names."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__("config_refused", f"{source} cannot be used:{lines}")
        self.source = source
        self.problems = tuple(problems)


class ApplianceRefused(QuantumFlowError):
    """A command cannot do what was asked; nothing was started or changed. The message says what to do."""


class ResearchRefused(QuantumFlowError):
    """A research command cannot do what was asked; what it was given is as it was. The message says what to do."""


class BackupRefused(QuantumFlowError):
    """A backup that cannot be made or believed; the account and the other backups are as they were."""


class SettingsRefused(QuantumFlowError):
    """Settings that cannot be used. Correct the key that the message names."""


class SpecialistRefused(QuantumFlowError):
    """Specialists that cannot trade: a field out of bounds, a file that does not prove itself. Each is named."""


class DataRefused(QuantumFlowError):
    """Market data that cannot be used; datasets that were there are as they were. It names the file, line and field."""


class CommandRefused(QuantumFlowError):
    """An operator's command was not taken, and nothing was journaled of it. The message says why."""


class FeedBroken(QuantumFlowError):
    """The market socket broke its protocol. The connection is dropped and made again; no book is trusted meanwhile."""


class FrameRefused(FeedBroken):
    """A frame that PROTOCOL.md does not have; `name` is one of its refusals."""


class SequenceBroken(FeedBroken):
    """A frame that was not the next one, with no Skipped frame to explain it."""


class ParityFailed(QuantumFlowError):
    """A session cannot be verified: something that is needed is missing or cannot be read. The message names it."""


class RiskFailed(QuantumFlowError):
    """core_risk gave no usable answer. What was asked is refused with `refusal`; the next request tries again."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(refusal.name.lower(), detail)
        self.refusal = refusal


class JournalError(QuantumFlowError):
    """The journal cannot be trusted or cannot be written. Nothing trades."""


class JournalRefused(JournalError):
    """Start-up found something wrong and repaired nothing. The message says what to do."""


class JournalFailed(JournalError):
    """A write failed, and whether it is on disk is unknown. The process ends; the next start looks and decides."""
