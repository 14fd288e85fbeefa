"""A refusal in words on standard error, or as one JSON object, and the exit status it has."""

import json
import sys

from quantumflow.errors import ConfigRefused, JournalError, QuantumFlowError
from quantumflow.exits import ExitCode

__all__ = ["exit_code", "tell_refusal"]

_BY_NAME = {
    "data_dir_in_use": ExitCode.IN_USE,
    "port_in_use": ExitCode.IN_USE,
    "journal_locked": ExitCode.IN_USE,
    "job_running": ExitCode.IN_USE,
    "backup_running": ExitCode.IN_USE,
    "backup_damaged": ExitCode.FAILED,
    "risk_log_damaged": ExitCode.FAILED,
    "journal_not_copied": ExitCode.FAILED,
    "backup_no_room": ExitCode.FAILED,
    "not_a_backup": ExitCode.NOT_FOUND,
    "no_data_dir": ExitCode.NOT_FOUND,
    "no_journal": ExitCode.NOT_FOUND,
    "no_such_job": ExitCode.NOT_FOUND,
    "appliance_unreachable": ExitCode.FAILED,
    "appliance_refused": ExitCode.FAILED,
    "appliance_malformed": ExitCode.FAILED,
    "other_journal": ExitCode.FAILED,
    "no_such_fill": ExitCode.NOT_FOUND,
    "no_such_order": ExitCode.NOT_FOUND,
    "no_such_signal": ExitCode.NOT_FOUND,
    "no_such_session": ExitCode.NOT_FOUND,
    "no_such_recording": ExitCode.NOT_FOUND,
    "no_such_strategy": ExitCode.NOT_FOUND,
    "no_such_data": ExitCode.NOT_FOUND,
    "subject_raised": ExitCode.FAILED,
    "no_such_dataset": ExitCode.NOT_FOUND,
    "no_such_ledger": ExitCode.NOT_FOUND,
    "ledger_damaged": ExitCode.FAILED,
    "configurations_missing": ExitCode.FAILED,
    "workers_die": ExitCode.FAILED,
    "workers_stall": ExitCode.FAILED,
    "ray_unreachable": ExitCode.FAILED,
    "archive_unreachable": ExitCode.FAILED,
    "not_running": ExitCode.NOT_FOUND,
    "no_answer": ExitCode.FAILED,
    "kill_failed": ExitCode.FAILED,
    "too_many_commands": ExitCode.FAILED,
}


def exit_code(error: QuantumFlowError) -> ExitCode:
    """The status of a command that ended with `error`."""
    if error.name in _BY_NAME:
        return _BY_NAME[error.name]
    return ExitCode.FAILED if isinstance(error, JournalError) else ExitCode.USAGE


def tell_refusal(error: QuantumFlowError, as_json: bool) -> ExitCode:
    """Says it: JSON on standard output for a program that reads it, words on standard error for a person."""
    if as_json:
        value: dict[str, object] = {"error": error.name, "detail": error.detail}
        if isinstance(error, ConfigRefused):
            value["problems"] = [{"key": p.key, "found": p.found, "remedy": p.remedy} for p in error.problems]
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"quantumflow: {error}\n")
    return exit_code(error)
