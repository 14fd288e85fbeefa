"""uvicorn's two protocols, bounded where it leaves them open: heads that do not come, clients that take nothing."""

import asyncio
import socket
from asyncio.transports import BaseTransport

import h11
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["HEAD_SECONDS_MAX", "TAKE_SECONDS_MAX", "HttpProtocol", "SocketProtocol"]

HEAD_SECONDS_MAX = 10.0
"""From the first byte of a request's head to its last."""
TAKE_SECONDS_MAX = 20.0
"""How long a client's full buffer may stay full."""
SOCKET_BUFFER_BYTES = 131_072
"""Of the kernel, for what is sent to one client: more would hide for long that it is slow."""


class HttpProtocol(H11Protocol):
    """Ends a connection whose head does not come whole in time."""

    _head_timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        waits = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if not waits:
            self._forget()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS_MAX, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class SocketProtocol(WebSocketsSansIOProtocol):
    """Ends a connection whose client takes nothing for too long; what it did not take is not kept anywhere else."""

    _take_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        own = transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # it was refused, which uvicorn would log as an error

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._take_timer is None:
            self._take_timer = self.loop.call_later(TAKE_SECONDS_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        self._forget()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        if self._take_timer is not None:
            self._take_timer.cancel()
            self._take_timer = None
