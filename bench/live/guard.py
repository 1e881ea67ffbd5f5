"""Who may ask the server for what: checked before any route is taken.

A page of another site must not reach a server on this computer by a name that it has pointed here
(DNS rebinding), nor send it wishes in the user's name. Over a network, nobody may look on without
the token of this server.
"""

import ipaddress
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "firmware-sim-live"
TOKEN_HEADER: Final = "x-live-token"  # noqa: S105 - the name of a header

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class RequestGuard:
    """Wraps an application.

    Args:
        name: by which the server may be asked, beside its addresses and ``localhost``.
        token: of this server.
        is_open: whether who can reach it may look on without the token; wishes need it always.
    """

    def __init__(self, app: ASGIApp, *, name: str, token: str, is_open: bool) -> None:
        self._app = app
        self._name = name.lower()
        self._token = token
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self._answer(Request(scope)) or self._app
        await answer(scope, receive, send_guarded)

    def _answer(self, request: Request) -> Response | None:
        """What is answered in place of the application; None if it may answer."""
        if not self._is_our_host(request.headers.get("host", "")):
            return PlainTextResponse("this server is not asked by that name\n", 421)
        given = request.query_params.get("token", "")
        if given and request.url.path == "/" and request.method == "GET":
            return self._enter(given)
        if not self._is_open and not self._is_token(self._cookie(request)):
            return PlainTextResponse("give the token: open the address that was printed\n", 403)
        if request.method != "GET" and not self._may_wish(request):
            return PlainTextResponse("wishes come from the page itself\n", 403)
        return None

    def _enter(self, given: str) -> Response:
        if not self._is_token(given):
            return PlainTextResponse("that is not the token of this server\n", 403)
        # The token goes from the address, which is shown and kept, into a cookie.
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, given, httponly=True, samesite="strict")
        return answer

    def _may_wish(self, request: Request) -> bool:
        """Another site's page can send neither our header nor our origin."""
        origin = request.headers.get("origin")
        is_ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
        return is_ours and self._is_token(request.headers.get(TOKEN_HEADER, ""))

    def _is_token(self, given: str) -> bool:
        return compare_digest(given.encode("utf-8", "replace"), self._token.encode())

    def _is_our_host(self, host: str) -> bool:
        """An address cannot be pointed elsewhere; of names, only ours."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in {"localhost", self._name} and name:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    @staticmethod
    def _cookie(request: Request) -> str:
        try:
            found = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return "" if found is None else found.value
