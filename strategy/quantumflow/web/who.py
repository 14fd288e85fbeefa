"""Who asks: which token came, from which address, by which host name, from which page. Pure, in constant time."""

import hmac
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from starlette.types import Scope

__all__ = ["ANY_HOST", "PROXIES", "SUBPROTOCOL", "TOKEN_CHARS_MIN", "Hosts", "Tokens", "address_of", "headers_of"]

TOKEN_CHARS_MIN = 32
TOKENS_MAX = 2
"""Of each kind: the one in use, and the one before it while it is exchanged."""
SUBPROTOCOL = "quantumflow.v1"
_TOKEN_PROTOCOL = b"quantumflow.token."
_BEARER = b"Bearer "

PROXIES = {"none": None, "fly": (b"fly-client-ip", ipaddress.ip_network("172.16.0.0/12"))}
"""The header in which a proxy names the client, and from where alone it is believed: Fly's proxy reaches a machine from
this network, other machines of the same organisation from fdaa::/16, and on 0.0.0.0 they do not reach it at all."""

Headers = Iterable[tuple[bytes, bytes]]
Kind = Literal["read", "control"]


class Tokens:
    """The read tokens and the control tokens; a control token may read too. Raises ValueError for one that is weak."""

    def __init__(self, read: Sequence[str], control: Sequence[str] = ()) -> None:
        for one in (*read, *control):
            if len(one) < TOKEN_CHARS_MIN:
                raise ValueError(f"a web token has {len(one)} characters; it needs {TOKEN_CHARS_MIN}")
        if set(read) & set(control):
            raise ValueError("the read token and the control token are the same")
        if not 1 <= len(read) <= TOKENS_MAX or len(control) > TOKENS_MAX:
            raise ValueError(f"there are 1 to {TOKENS_MAX} read tokens and at most as many control tokens")
        self._read = tuple(one.encode("utf-8") for one in read)
        self._control = tuple(one.encode("utf-8") for one in control)

    def of_request(self, headers: Headers) -> Kind | None:
        """Which token the one Authorization header carries."""
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1 or not given[0].startswith(_BEARER):
            return None
        return self._kind(given[0][len(_BEARER) :])

    def of_socket(self, headers: Sequence[tuple[bytes, bytes]]) -> Kind | None:
        """The same, or the token in the one subprotocol that has one: browsers can set no header."""
        offered = [part.strip() for name, value in headers if name == _PROTOCOL for part in value.split(b",")]
        tokens = [part[len(_TOKEN_PROTOCOL) :] for part in offered if part.startswith(_TOKEN_PROTOCOL)]
        if not tokens:
            return self.of_request(headers)
        return self._kind(tokens[0]) if len(tokens) == 1 and SUBPROTOCOL.encode() in offered else None

    def _kind(self, given: bytes) -> Kind | None:
        """Every token is compared, whichever fits."""
        reads = [hmac.compare_digest(given, one) for one in self._read]
        controls = [hmac.compare_digest(given, one) for one in self._control]
        return "control" if any(controls) else "read" if any(reads) else None


_PROTOCOL = b"sec-websocket-protocol"


@dataclass(frozen=True, slots=True)
class Hosts:
    """By which host names this appliance may be asked for (None: any), and pages of which other origins may ask it."""

    names: frozenset[str] | None
    origins: frozenset[str] = frozenset()

    def knows(self, headers: Headers) -> bool:
        """Whether the one Host header names this appliance: a page elsewhere whose name leads here does not."""
        host = _only(headers, b"host")
        return host is not None and (self.names is None or _name_of(host) in self.names)

    def allows_page(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Whether there is no Origin, or it is the address that is asked, or one that was named."""
        if not any(name == b"origin" for name, _ in headers):
            return True
        origin, host = _only(headers, b"origin"), _only(headers, b"host")
        if origin is None or host is None:
            return False
        return origin in self.origins or origin in (f"http://{host}", f"https://{host}")


ANY_HOST = Hosts(None)


def headers_of(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """A socket's headers without the token, for what looks at them later."""
    return [(name, value) for name, value in headers if name not in (_PROTOCOL, b"authorization")]


def address_of(scope: Scope, proxy: str) -> str:
    """The client that the proxy names, if it is the proxy that says so; else the other end. `proxy`: of PROXIES."""
    client: tuple[str, int] | None = scope.get("client")
    peer = client[0] if client else "unknown"
    known = PROXIES[proxy]
    if known is None:
        return peer
    header, network = known
    named = [value for name, value in scope["headers"] if name == header]
    try:
        if len(named) == 1 and ipaddress.ip_address(peer) in network:
            return str(ipaddress.ip_address(named[0].decode("ascii")))
    except ValueError:
        pass
    return peer


def _only(headers: Headers, wanted: bytes) -> str | None:
    found = [value for name, value in headers if name == wanted]
    return found[0].decode("latin-1").lower() if len(found) == 1 else None


def _name_of(host: str) -> str | None:
    """The name without its port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
