"""Who may enter: requests to this very address, with the token, from the page itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every response: no inline script, no other site, nothing kept, and the token is told to nobody."""


def new_token() -> str:
    """A token nobody can guess, 32 characters that need no escape in an address."""
    return secrets.token_urlsafe(24)


class Door:
    """Lets a request in only if its Host, its Origin and its token are right; all others get a 403.

    The name in ``Host`` is checked because another site can let its own name point to this machine (DNS rebinding).
    A request that changes something needs an ``Origin``; browsers always send one.

    Args:
        app: what is behind the door; it sees paths without the token.
        token: first part of every path.
        hosts: values of ``Host`` that are this server, such as ``127.0.0.1:8000``.
    """

    def __init__(self, app: ASGIApp, *, token: str, hosts: Iterable[str]) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = frozenset(host.encode() for host in hosts)
        self._origins = frozenset(b"http://" + host for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        sent = _with_headers(send)
        if scope["type"] != "http":
            return  # nothing here speaks another protocol; the server closes the connection
        problem = self._problem(scope)
        if problem:
            await PlainTextResponse(problem + "\n", 403)(scope, receive, sent)
            return
        path = "/" + scope["path"].split("/", 2)[2]
        await self._app(
            {**scope, "path": path, "raw_path": path.encode("utf-8", "replace"), "root_path": ""},
            receive,
            sent,
        )

    def _problem(self, scope: Scope) -> str | None:
        """Why a request may not enter, or None."""
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return "this server answers under its own address only; use the one that was printed"
        origins = _values(scope, b"origin")
        if any(origin not in self._origins for origin in origins):
            return "requests from other sites are refused"
        if scope["method"] not in {"GET", "HEAD"} and len(origins) != 1:
            return "a request that changes something needs the Origin header of the page"
        parts = scope["path"].split("/", 2)
        given = parts[1].encode("utf-8", "replace") if len(parts) == 3 else b""
        if not secrets.compare_digest(given, self._token):
            return "the token of the address is missing or wrong; use the address that was printed"
        return None


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]


def _with_headers(send: Send) -> Send:
    added: list[tuple[bytes, bytes]] = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: list[Any] = list(message.get("headers", []))
            message = {**message, "headers": [*headers, *added]}
        await send(message)

    return sent
