"""What each exit status of `quantumflow` means; the same for every command."""

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """Shown by `quantumflow --help`."""

    OK = 0
    """Done; `up`: ended as asked (Ctrl-C, --for, the recording's end), and the two sets of books agree."""
    FAILED = 1
    """A program of the appliance failed, or did not answer; what is known of it was shown."""
    USAGE = 2
    """A flag, a file or the configuration is wrong; nothing was started."""
    IN_USE = 3
    """The data directory or a port belongs to another running program."""
    MISMATCH = 4
    """The books of the trader and of core_risk do not agree."""
    UNHEALTHY = 5
    """`doctor` found something that must be repaired first."""
    NOT_FOUND = 6
    """There is no such fill, order, signal, data directory or journal, or no running trader to take a command."""
    RESTART = 7
    """The trader: the market session changed under it; it is to be started again."""
    DIFFERS = 8
    """`verify`: an event differs; which, and in which program, was shown."""
    UNVERIFIABLE = 9
    """`verify`: something that is needed is missing or damaged; nothing that could be compared differs."""
