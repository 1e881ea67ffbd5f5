"""The page of one run, its stream of events, and the wishes that its buttons send."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.wishes import Wish, leave_wish
from firmware_sim.bench.files.foreign_text import visible
from firmware_sim.bench.live.feed import INTERVAL, Feed
from firmware_sim.bench.live.guard import RequestGuard

Decode = Callable[[bytes], str]
"""What a message says, as text for people."""

_STATIC: Final = {"live.js": "text/javascript", "live.css": "text/css"}
_WISHES: Final = {"pause": Wish.PAUSE, "stop": Wish.STOP, "go on": None}
_MOST_OCTETS: Final = 64
_RETRY_MS: Final = 1000
_CAN_WISH: Final = ("running", "pausing", "paused")


@dataclass(frozen=True, slots=True)
class Watched:
    """What a server shows.

    Attributes:
        decode: is given the octets of a message.
        token: of this server.
    """

    feed: Feed
    decode: Decode
    token: str


def live_app(watched: Watched, *, name: str, is_open: bool) -> Starlette:
    """The application; name and is_open are those of `RequestGuard`."""
    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/events", _events),
            Route("/message/{number:int}", _message),
            Route("/wish", _wish, methods=["POST"]),
            Route("/static/{file}", _static),
        ],
        middleware=[Middleware(RequestGuard, name=name, token=watched.token, is_open=is_open)],
    )
    app.state.watched = watched
    return app


def _watched(request: Request) -> Watched:
    watched: Watched = request.app.state.watched
    return watched


async def _page(request: Request) -> Response:
    watched = _watched(request)
    page = _templates().get_template("live.html.j2")
    return HTMLResponse(page.render(token=watched.token, folder=visible(str(watched.feed.folder))))


async def _static(request: Request) -> Response:
    file = request.path_params["file"]
    if file not in _STATIC:
        return PlainTextResponse("there is no such file\n", 404)
    return Response(_text_of(file), media_type=_STATIC[file])


async def _events(request: Request) -> Response:
    feed = _watched(request).feed
    sent = request.headers.get("last-event-id", "")
    return EventSourceResponse(stream(feed, sent), ping=15, send_timeout=30)


async def stream(feed: Feed, last: str = "") -> AsyncIterator[ServerSentEvent]:
    """The events of a run: first what has changed since the last one that a reader has.

    Args:
        last: the id of that event, ``RUN#PLACE``; of another run, or none, all is told.
    """
    place, told, is_last = None, "", False
    yield ServerSentEvent(retry=_RETRY_MS, comment="firmware-sim")
    while not is_last:
        is_last = feed.is_closing and feed.is_whole  # what was written is told once more
        try:
            feed.refresh()
            if place is None:
                place = _place_of(last, feed.state.run)
            text = feed.since(place)
        except BenchError as error:
            yield ServerSentEvent(event="problem", data=json.dumps(visible(str(error))))
            return
        if text:
            place = feed.state.place
            yield ServerSentEvent(event="update", id=f"{feed.state.run}#{place}", data=text)
        status = feed.status()
        if status != told and feed.is_whole:
            told = status
            yield ServerSentEvent(event="status", data=json.dumps(status))
        if not is_last:
            await asyncio.sleep(INTERVAL)


def _place_of(last: str, run: str) -> int:
    """The place that a reader has come to; -1 of the beginning."""
    name, _, place = last.rpartition("#")
    is_place = place.isascii() and place.isdigit() and len(place) < 19
    return int(place) if name == run and is_place else -1


async def _message(request: Request) -> Response:
    watched = _watched(request)
    try:
        octets = watched.feed.octets_of(request.path_params["number"])
    except BenchError:
        return PlainTextResponse("there is no such message\n", 404)
    return PlainTextResponse(visible(watched.decode(octets)))


async def _wish(request: Request) -> Response:
    feed = _watched(request).feed
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_OCTETS:
            return PlainTextResponse("that is no wish\n", 413)
    word = body.decode("utf-8", "replace")
    if word not in _WISHES:
        return PlainTextResponse("that is no wish\n", 400)
    if feed.status() not in _CAN_WISH:
        return PlainTextResponse("no process plays this run\n", 409)
    try:
        leave_wish(feed.folder, _WISHES[word])
    except BenchError as error:
        return PlainTextResponse(f"{visible(str(error))}\n", 500)
    return JSONResponse({"status": feed.status()})


@cache
def _text_of(file: str) -> str:
    return (files("firmware_sim.bench.live") / "static" / file).read_text("utf-8")


@cache
def _templates() -> Environment:
    options: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True}
    return Environment(
        loader=PackageLoader("firmware_sim.bench.live"),
        autoescape=True,
        undefined=StrictUndefined,
        **options,
    )
