"""getUpdates' answer, as outside bytes: what is used of each update, or that it has another shape. Pure.

The library's own objects take over fields of any type, and one update that it cannot take apart makes it refuse the
whole answer, again and again: nothing would be heard any more.
"""

from typing import Annotated, Any, NamedTuple

import msgspec

__all__ = ["Message", "Received", "Seen", "read_updates"]

_Id = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class Chat(msgspec.Struct):
    """Where it was written."""

    id: _Id
    type: str


class User(msgspec.Struct):
    """Who wrote it."""

    id: _Id
    is_bot: bool = False


class Message(msgspec.Struct):
    """Of Bot API 7.0, section Message, what is used here; `date` in UTC seconds."""

    date: _Seconds
    chat: Chat
    sender: User | None = msgspec.field(name="from", default=None)
    sender_chat: Chat | None = None
    text: str = ""


class Seen(msgspec.Struct):
    """One update; without a message it is of a kind that was not asked for."""

    update_id: _Id
    message: Message | None = None


class _Numbered(msgspec.Struct):
    update_id: _Id


class Received(NamedTuple):
    """An answer's updates in their order; `next_offset` confirms them all, those of another shape too."""

    updates: tuple[Seen, ...]
    misshapen: int
    next_offset: int | None


def read_updates(answer: Any) -> Received:
    """What a decoded answer holds. Raises ValueError where nothing of it can be confirmed: it is no list, or no update
    of it has a number.
    """
    if not isinstance(answer, list):
        raise ValueError(  # noqa: TRY004 (a wrong content, as below: the caller has one answer to both)
            f"a list of updates was expected, not {type(answer).__name__}"
        )
    updates: list[Seen] = []
    numbers: list[int] = []
    for raw in answer:
        try:
            numbers.append(msgspec.convert(raw, _Numbered).update_id)
            updates.append(msgspec.convert(raw, Seen))
        except msgspec.ValidationError:
            continue
    if answer and not numbers:
        raise ValueError(f"none of {len(answer)} updates has a number")
    return Received(tuple(updates), len(answer) - len(updates), max(numbers) + 1 if numbers else None)
