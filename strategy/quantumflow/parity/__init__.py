"""Whether what happened can be repeated: each of the three programs once more over its own log.

rows        the events of one journal session, one after the other, and what a reader of the frames had of them
tape        market_data repeats its recording: the frames, and whether they are those that were published
retold      core_risk decides its log again: every answer that it gave
books       the journal that a repeated session is held against, event by event
answers     the verdicts and marks that were given, from core_risk's log and the journal
frames      what the trader was given, as events, connection by connection
session     one journal session once more, by the trader's own Session
verify      the three together, and which of them differs
results     what came of it, one line a run

Nothing here writes to what it verifies, and nothing is taken for the same that could not be compared.
"""
