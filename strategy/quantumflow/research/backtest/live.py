"""Where the trader of a recorded session joined it, so that a backtest begins with the same frame."""

import json
from contextlib import closing
from pathlib import Path

from quantumflow.appliance.captures import MANIFEST
from quantumflow.errors import ResearchRefused
from quantumflow.journal.schema import connect_reader
from quantumflow.research.backtest.tape import Join

__all__ = ["join_of"]

_APART = ("skipped", "feed_lost", "command")
"""What a recording does not hold: with any of these in it, only `quantumflow verify` repeats the session."""


def join_of(directory: Path, recording: Path) -> Join:
    """The place of the one `joined` event. Raises ResearchRefused if there is none, or more came than the frames."""
    session = json.loads((recording / MANIFEST).read_text(encoding="utf-8"))["session"]
    journal = directory / "journal.db"
    if not journal.is_file():
        raise ResearchRefused("not_data", f"{journal} does not exist: --like-live takes a data directory")
    with closing(connect_reader(journal)) as connection:
        rows = connection.execute(
            "SELECT e.kind, e.payload FROM events e JOIN sessions s ON s.session = e.session"
            " WHERE s.market_session = ? ORDER BY e.seq",
            (session,),
        )
        kinds = [(kind, payload) for kind, payload in rows if kind == "joined" or kind in _APART]
    joined = [json.loads(payload) for kind, payload in kinds if kind == "joined"]
    if len(joined) != 1 or len(kinds) != 1:
        told = ", ".join(sorted({kind for kind, _ in kinds})) or "nothing"
        raise ResearchRefused(
            "not_repeatable",
            f"session {session} has {len(joined)} joins and {told} in {journal}; use `quantumflow verify`",
        )
    return Join(joined[0]["next_seq"], joined[0]["hello_ns"])
