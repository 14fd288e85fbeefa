"""Whatever the server answers: nothing raises, nobody gets an answer who may not, and what follows is heard."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import Bot
from telegram.request import BaseRequest, RequestData

from quantumflow.redaction import Redactor
from quantumflow.telegram import call
from quantumflow.telegram.call import Api
from quantumflow.telegram.commands import Asked, NotHeard, read_update
from quantumflow.telegram.listen import Listener
from quantumflow.telegram.updates import read_updates
from telegram_bot.stage import OWNER

TOKEN = "1:a-token-only-for-these-tests"  # noqa: S105 (no secret)
NOW = 1_800_000_000
HELP = {
    "update_id": 2**40,
    "message": {
        "message_id": 1,
        "date": NOW,
        "chat": {"id": OWNER, "type": "private"},
        "from": {"id": OWNER, "is_bot": False, "first_name": "x"},
        "text": "/help",
    },
}

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**400, 10**401) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _spoiled(value: Any, spoil: dict[str, Any], path: str = "") -> Any:
    """The value with some of its fields replaced, by their paths."""
    if path in spoil:
        return spoil[path]
    if isinstance(value, dict):
        return {name: _spoiled(field, spoil, f"{path}.{name}") for name, field in value.items()}
    return value


PATHS = [
    *("", ".update_id", ".message", ".message.date", ".message.chat", ".message.chat.id", ".message.chat.type"),
    *(".message.from", ".message.from.id", ".message.from.is_bot", ".message.text"),
]
UPDATES = st.builds(_spoiled, st.just(HELP), st.dictionaries(st.sampled_from(PATHS), ANYTHING, max_size=3))
ANSWERS = st.lists(UPDATES, max_size=4) | ANYTHING
BODIES = st.one_of(
    st.builds(lambda result: json.dumps({"ok": True, "result": result}).encode(), ANSWERS),
    st.builds(
        lambda after: json.dumps({"ok": False, "error_code": 429, "parameters": {"retry_after": after}}).encode(),
        ANYTHING,
    ),
    st.builds(lambda whole: json.dumps(whole).encode(), ANYTHING),
    st.just(b"[" * 100_000),
    st.binary(max_size=20),
)


@given(ANSWERS)
def test_every_update_is_read_or_passed_over_and_confirmed(answer: Any) -> None:
    try:
        received = read_updates(answer)
    except ValueError:
        numbers = [one.get("update_id") for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []
        assert not any(type(number) is int and abs(number) < 2**62 for number in numbers)
        return
    assert len(received.updates) + received.misshapen == len(answer)
    for update in received.updates:
        assert received.next_offset is not None
        assert update.update_id < received.next_offset
        asked = read_update(update, (OWNER,), (), None, float(NOW))
        assert isinstance(asked, Asked | NotHeard)
        assert isinstance(asked, NotHeard) or asked.user == OWNER


class Server(BaseRequest):
    """Answers of this script, one a call; then the command that must be heard."""

    def __init__(self, script: list[tuple[int, bytes]]) -> None:
        self.script = script

    read_timeout = 5.0

    async def initialize(self) -> None:
        """Nothing is opened."""

    async def shutdown(self) -> None:
        """Nothing is open."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        if self.script:
            return self.script.pop(0)
        return 200, json.dumps({"ok": True, "result": [HELP]}).encode()


# The library's own remark on the type of retry_after, of which call.py takes both.
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from([200, 200, 400, 401, 409, 429, 502]), BODIES), max_size=4))
def test_whatever_a_server_answers_the_next_command_is_heard(script: list[tuple[int, bytes]]) -> None:
    answered: list[str] = []

    async def heard() -> None:
        stopping = asyncio.Event()

        async def tell(chat: int, text: str) -> bool:
            answered.append(text)
            assert chat == OWNER
            if not server.script:
                stopping.set()
            return True

        server = Server(script)
        bot = Bot(TOKEN, request=server, get_updates_request=server)
        api = Api(Redactor([TOKEN]), stopping)
        api._pause = _at_once  # type: ignore[method-assign]  # back-off is another test's
        who = SimpleNamespace(users=(OWNER,), chats=(), venue="sim", simulated=True)
        answers = SimpleNamespace(answer=lambda asked: ["heard"])
        listener = Listener(bot, api, SimpleNamespace(text=tell), who, answers, SimpleNamespace(), None)  # type: ignore[arg-type]  # what it uses of them
        await asyncio.wait_for(listener.run(stopping), 60)

    asyncio.run(heard())
    assert answered


async def _at_once(seconds: float) -> None:
    assert seconds <= max(call.RETRY_AFTER_SECONDS_MAX, call.BACKOFF_SECONDS_MAX)
    await asyncio.sleep(0)
