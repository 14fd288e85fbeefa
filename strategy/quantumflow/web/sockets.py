"""The WebSockets of WEBSOCKET.md: each follows a topic or the journal's tail until its client goes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import apsw
from fastapi import FastAPI, WebSocket
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect

from quantumflow.errors import JournalError
from quantumflow.journal.records import KINDS
from quantumflow.web.asked import NUMBER_MAX
from quantumflow.web.journal_tail import JournalTail
from quantumflow.web.market_teller import MarketTeller
from quantumflow.web.models import account, standing, trades
from quantumflow.web.sources import WebSources
from quantumflow.web.state_teller import ALL, StateTeller
from quantumflow.web.topics import Topic, as_text
from quantumflow.web.who import SUBPROTOCOL

__all__ = ["CLIENT_SPOKE", "SOURCE_LOST", "Sockets"]

Asked = TypeVar("Asked", bound=BaseModel)

CLIENT_SPOKE = 4400
SOURCE_LOST = 4503

_SHOWN: dict[str, type[BaseModel]] = {
    "account": account.Account,
    "bot": account.Bot,
    "fill": trades.Fill,
    "order": trades.Order,
    "position": account.Position,
    "signal": trades.Signal,
    "status": standing.Status,
}


def _encode(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row as the API shows it."""
    return _SHOWN[kind].model_validate(row).model_dump(mode="json")


class _After(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: int | None = Field(default=None, ge=0, le=NUMBER_MAX)


class _Events(_After):
    kinds: tuple[str, ...] = Field(default=(), max_length=len(KINDS))

    @field_validator("kinds", mode="before")
    @classmethod
    def _split(cls, text: str) -> list[str]:
        found = [part for part in text.split(",") if part]
        unknown = [part for part in found if part not in KINDS]
        if unknown:
            raise ValueError(f"unknown kind {unknown[0][:40]!r}")
        return found


class Sockets:
    """What is behind the sockets of one application; all of it is idle while there are none."""

    def __init__(self, sources: WebSources, now_ns: Callable[[], int]) -> None:
        self.market = MarketTeller(sources.market, now_ns)
        self.tail = JournalTail(sources.journal)
        self.states = StateTeller(sources, self.tail, now_ns, _encode)
        self.open = 0
        """Sockets that are open."""
        self.sent = 0
        """Messages sent to clients."""

    async def close(self) -> None:
        for part in (self.market, self.tail, self.states):
            await part.close()

    def add(self, app: FastAPI) -> None:
        """The four routes."""
        app.add_api_websocket_route("/ws/market/{symbol}", self._of_market)
        app.add_api_websocket_route("/ws/bot/{bot}/status", self._of_bot)
        app.add_api_websocket_route("/ws/portfolio/{portfolio}", self._of_portfolio)
        app.add_api_websocket_route("/ws/events", self._of_events)

    async def _of_market(self, socket: WebSocket, symbol: str) -> None:
        asked = _asked(socket, _After)
        board = await self.market.reader.wanted()
        if symbol not in board.shown:
            raise HTTPException(404 if board.shown else 503, "no_such_instrument" if board.shown else "no_market")
        topic = self.market.topic(symbol)
        resumed = asked.after is not None and topic.can_resume(asked.after)
        with _counted(topic), _counted_looker(self.market):
            await self._tell(socket, self.market.hello(symbol, resumed), topic.follow(asked.after))

    async def _of_bot(self, socket: WebSocket, bot: str) -> None:
        await self._of_state(socket, ("bot", bot), {"bot": bot})

    async def _of_portfolio(self, socket: WebSocket, portfolio: str) -> None:
        await self._of_state(socket, ("portfolio", portfolio), {"portfolio": portfolio})

    async def _of_state(self, socket: WebSocket, key: tuple[str, str], said: dict[str, Any]) -> None:
        """The state is told whole, so nothing is missed whatever the client read before."""
        asked = _asked(socket, _After)
        topic = None if key == ("bot", ALL) else await self.states.topic(key)
        if topic is None:
            raise HTTPException(404, "no_such_bot")
        with _counted(topic), _counted(self.tail):
            await self.tail.start()
            self.states.look()
            hello = {"type": "hello", "version": 1, **said, "resumed": asked.after is not None}
            await self._tell(socket, as_text(hello), topic.follow(None))

    async def _of_events(self, socket: WebSocket) -> None:
        asked = _asked(socket, _Events)
        with _counted(self.tail):
            await self.tail.start()
            resumed = asked.after is not None and asked.after <= self.tail.seq
            seq = asked.after if asked.after is not None and resumed else self.tail.seq
            hello = {"type": "hello", "version": 1, "seq": seq, "resumed": resumed}
            await self._tell(socket, as_text(hello), self.tail.follow(seq, asked.kinds))

    async def _tell(self, socket: WebSocket, hello: str, texts: AsyncIterator[str]) -> None:
        """Accepts, says hello, then every text, until the client goes or speaks."""
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", ()) else None)
        self.open += 1
        sending = asyncio.create_task(self._send(socket, hello, texts))
        hearing = asyncio.create_task(socket.receive())
        try:
            done, _ = await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
            if sending in done and sending.exception() is not None:
                with contextlib.suppress(RuntimeError):
                    await socket.close(SOURCE_LOST, _reason(sending.exception()))
            elif hearing in done and hearing.result()["type"] == "websocket.receive":
                await _stop(sending)
                await socket.close(CLIENT_SPOKE, "this socket takes no messages")
        finally:
            self.open -= 1
            for task in (sending, hearing):
                await _stop(task)

    async def _send(self, socket: WebSocket, hello: str, texts: AsyncIterator[str]) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            await socket.send_text(hello)
            self.sent += 1
            async for text in texts:
                await socket.send_text(text)
                self.sent += 1


async def _stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


def _reason(error: BaseException | None) -> str:
    if isinstance(error, HTTPException):
        return str(error.detail)
    return "journal_unreadable" if isinstance(error, JournalError | apsw.Error) else "internal"


@contextmanager
def _counted(followed: Topic | JournalTail) -> Iterator[None]:
    followed.followers += 1
    try:
        yield
    finally:
        followed.followers -= 1


@contextmanager
def _counted_looker(teller: MarketTeller) -> Iterator[None]:
    teller.reader.lookers += 1
    try:
        yield
    finally:
        teller.reader.lookers -= 1


def _asked(socket: WebSocket, kind: type[Asked]) -> Asked:
    """Raises HTTPException, which before the upgrade is an answer as everywhere."""
    try:
        return kind.model_validate(dict(socket.query_params))
    except ValidationError:
        raise HTTPException(400, "bad_request") from None
