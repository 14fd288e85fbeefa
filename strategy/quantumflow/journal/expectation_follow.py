"""The journal read on from where expectation.json stood: each event once, however often it is asked."""

from quantumflow.journal.expectation_file import FILE_VERSION, ExpectationFile
from quantumflow.journal.expectations import EXPECTATION_KINDS, Expectations
from quantumflow.journal.reader import PAGE_MAX, JournalReader

__all__ = ["follow_journal"]


def follow_journal(journal: JournalReader, known: ExpectationFile | None) -> ExpectationFile:
    """As of the journal's newest event, from where `known` stood if it is of this journal; pages of PAGE_MAX events."""
    head = journal.head()
    if known is None or journal.hash_of(known.seq) != known.hash:
        known = None
    memory, after = (Expectations(), 0) if known is None else (known.memory, known.seq)
    if head is None:
        return ExpectationFile(FILE_VERSION, 0, "", 0, (), memory)
    while page := journal.events(after, PAGE_MAX, EXPECTATION_KINDS):
        for event in page:
            if event["seq"] <= head.seq:
                memory.take(event)
        after = page[-1]["seq"]
        if after >= head.seq:
            break
    return ExpectationFile(FILE_VERSION, head.seq, head.hash, head.event_ns, memory.live(), memory)
