"""A server for one run: its port is taken first, so that a port in use is told before anything."""

import ipaddress
import multiprocessing
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

import uvicorn

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.live.feed import Feed
from firmware_sim.bench.live.server import Decode, Watched, live_app

PORT: Final = 8650
"""The usual one; 0 takes one that is free."""

_LAST_SECONDS: Final = 3


class Place(NamedTuple):
    """Where a server listens.

    Attributes:
        name: as the user gave it, e.g. ``127.0.0.1``.
        token: made for this server.
    """

    name: str
    listening: socket.socket
    token: str

    @property
    def is_open(self) -> bool:
        """Whether only this computer reaches it: then nobody is asked for the token."""
        address = self.listening.getsockname()[0]
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback

    @property
    def url(self) -> str:
        """What a browser is given."""
        host = f"[{self.name}]" if ":" in self.name else self.name
        base = f"http://{host}:{self.listening.getsockname()[1]}/"
        return base if self.is_open else f"{base}?token={self.token}"


def take_place(name: str, port: int) -> Place:
    """Listen.

    Raises:
        UsageError: the name cannot be resolved.
        BenchError: the port is taken, or may not be.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"there is no host {name!r}", "give --host an address") from error
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(64)
    except OSError as error:
        listening.close()
        problem = f"cannot listen at {name} port {port}: {error.strerror}"
        raise BenchError(problem, "choose another port; 0 takes a free one") from error
    return Place(name, listening, secrets.token_urlsafe(24))


def serve(feed: Feed, decode: Decode, place: Place) -> None:
    """Serve until Ctrl-C."""
    _server(feed, decode, place).run(sockets=[place.listening])


@contextmanager
def served(feed: Feed, decode: Decode, place: Place) -> Iterator[None]:
    """Serve beside what is done inside, in a thread of its own; at the end, tell the last rows."""
    server = _server(feed, decode, place)
    options = {"sockets": [place.listening]}
    thread = threading.Thread(target=server.run, kwargs=options, name="live", daemon=True)
    thread.start()
    try:
        yield
    finally:
        feed.close()
        server.should_exit = True
        thread.join(_LAST_SECONDS)


@contextmanager
def served_apart(folder: Path, decode: Decode, place: Place) -> Iterator[None]:
    """The same in a process of its own, for a run that starts processes, and is about to begin.

    The process hears no signal of the terminal: it tells the last rows and ends with what is done
    inside, or with the process that does it.
    """
    context = multiprocessing.get_context()
    lifeline, held = context.Pipe(duplex=False)
    arguments = (folder, decode, place, lifeline, held)
    process = context.Process(target=_serve_apart, args=arguments, name="live", daemon=True)
    process.start()
    lifeline.close()
    try:
        yield
    finally:
        held.close()
        process.join(2 * _LAST_SECONDS)
        process.kill()
        process.join()


def _serve_apart(
    folder: Path, decode: Decode, place: Place, lifeline: Connection, held: Connection
) -> None:
    held.close()  # this copy would keep the pipe open when the other process is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with served(Feed(folder, waits=True), decode, place), suppress(EOFError, OSError):
        lifeline.recv_bytes()


def _server(feed: Feed, decode: Decode, place: Place) -> uvicorn.Server:
    watched = Watched(feed, decode, place.token)
    app = live_app(watched, name=place.name, is_open=place.is_open)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", server_header=False,
        timeout_graceful_shutdown=_LAST_SECONDS - 1, ws="none",
    )  # fmt: skip
    return uvicorn.Server(config)
