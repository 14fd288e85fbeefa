"""Lines → messages: HTML-escaped, none longer than Telegram takes, each with a key that a repetition shares. Pure.

The key names the last event of the journal that the message tells of, and the first digits of its hash: what was told
is an anchor of the journal in another place.
"""

import html
from collections.abc import Sequence

__all__ = ["CAPTION_CHARS_MAX", "MESSAGE_CHARS_MAX", "bold", "escape", "heading", "messages", "plain"]

MESSAGE_CHARS_MAX = 4096
"""Telegram counts after its entities are parsed; counted here with them, which is never less."""
CAPTION_CHARS_MAX = 1024
LINE_CHARS_MAX = 1_000
"""Of one line before escaping; `"` apart, escaping makes five characters of one at most: 5 × 700 fits a message."""
_LINE_ESCAPED_MAX = 3_500


def escape(text: object) -> str:
    """Any text as HTML that shows it, on one line and bounded."""
    one_line = " ".join(str(text).split())
    cut = one_line if len(one_line) <= LINE_CHARS_MAX else f"{one_line[:LINE_CHARS_MAX]}…"
    escaped = html.escape(cut, quote=False)
    while len(escaped) > _LINE_ESCAPED_MAX:
        cut = f"{cut[: len(cut) * 3 // 4]}…"
        escaped = html.escape(cut, quote=False)
    return escaped


def bold(text: object) -> str:
    """`escape`, in bold."""
    return f"<b>{escape(text)}</b>"


def heading(venue: str, simulated: bool) -> str:
    """The first line of every message. What is simulated says so."""
    return f"<b>SIMULATED</b> · {escape(venue)}" if simulated else f"paper · {escape(venue)}"


def messages(head: str, lines: Sequence[str], key: str) -> list[str]:
    """`lines` are HTML, each complete in itself; as few messages as they fit into, in order."""
    room = MESSAGE_CHARS_MAX - len(head) - len(key) - 40
    bodies: list[list[str]] = [[]]
    size = 0
    for line in lines:
        if bodies[-1] and size + len(line) + 1 > room:
            bodies.append([])
            size = 0
        bodies[-1].append(line)
        size += len(line) + 1
    total = len(bodies)
    of = [f" {k}/{total}" if total > 1 else "" for k in range(1, total + 1)]
    return ["\n".join([head, *body, f"<i>{escape(key)}{part}</i>"]) for body, part in zip(bodies, of, strict=True)]


def plain(message: str) -> str:
    """The same without HTML, for a server that does not take ours."""
    for tag in ("<b>", "</b>", "<i>", "</i>", "<code>", "</code>"):
        message = message.replace(tag, "")
    return html.unescape(message)[:MESSAGE_CHARS_MAX]
