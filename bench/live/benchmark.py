"""What the live page costs: CPU time of its server while a run is written as fast as it goes."""

import json
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.live.feed import Feed
from firmware_sim.bench.live.server import Decode
from firmware_sim.bench.live.serving import Place, served, take_place

MOST_UPDATES: Final = 10
"""A second; a browser is told no more often."""

_PATIENCE: Final = 600.0
"""Seconds for the run to say anything; the server itself says something every 15."""


class LiveCost(NamedTuple):
    """Of one run with one reader.

    Attributes:
        seconds: from the first row that the reader was told to the last.
        cpu_seconds: of the server's process meanwhile, on one core.
        rows: of the record, that it took in; the first look has those before.
        updates: events that changed the page.
        most_updates: in any one second.
        octets: of the whole stream.
    """

    seconds: float
    cpu_seconds: float
    rows: int
    updates: int
    most_updates: int
    octets: int

    @property
    def share(self) -> float:
        """Of one core."""
        return self.cpu_seconds / self.seconds


def measure_live(words: Sequence[str], decode: Decode) -> LiveCost:
    """Play a run in a process, serve it from another, and read its events in this one.

    Args:
        words: of the command that plays the run; its folder is added as ``--out``.
        decode: as the page's server is given it.

    Raises:
        BenchError: the run did not come to its end.
    """
    with TemporaryDirectory() as place:
        folder = Path(place) / "run"
        with _server_of(folder, decode) as (server, port), _run(words, folder) as run:
            return _read(server, port, run)


class _Event(NamedTuple):
    kind: str
    data: str


class _Seen:
    """What a reader has got of the stream so far."""

    def __init__(self) -> None:
        self.octets = 0
        self.place = -1
        self.times: list[float] = []

    def events(self, answer: HTTPResponse, run: "subprocess.Popen[bytes]") -> Iterator[_Event]:
        """Each event, and of an update the number of its last row; none of a run without a row."""
        kind = ""
        for line in answer:
            if run.poll() is not None and not self.times:
                return
            self.octets += len(line)
            name, _, value = line.decode().rstrip().partition(": ")
            if name == "id":
                self.place = int(value.rpartition("#")[2])
            elif name == "event":
                kind = value
            elif name == "data":
                if kind == "update":
                    self.times.append(time.monotonic())
                yield _Event(kind, value)


def _read(server: Connection, port: int, run: "subprocess.Popen[bytes]") -> LiveCost:
    seen = _Seen()
    with closing(HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)) as connection:
        connection.request("GET", "/events")
        cpu, status = None, "running"
        for kind, data in seen.events(connection.getresponse(), run):
            if kind == "update" and cpu is None:
                cpu = _cpu_of(server)
            elif kind == "status":
                status = str(json.loads(data))
            if cpu is not None and status == "over":
                used = _cpu_of(server) - cpu
                seconds = time.monotonic() - seen.times[0]
                most = max(Counter(int(at - seen.times[0]) for at in seen.times).values())
                return LiveCost(seconds, used, seen.place + 1, len(seen.times), most, seen.octets)
            if status in {"cut off", "interrupted"}:
                break
    raise BenchError("the run that was measured did not end", "play it by itself to see why")


def _cpu_of(server: Connection) -> float:
    server.send(None)
    return float(server.recv())


@contextmanager
def _run(words: Sequence[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "firmware_sim", *words, "--out", str(folder)]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=nowhere, stderr=nowhere) as run:  # noqa: S603 - our own
        try:
            yield run
        finally:
            run.terminate()


@contextmanager
def _server_of(folder: Path, decode: Decode) -> Iterator[tuple[Connection, int]]:
    """A server in a process of its own, and its port; it tells its CPU time when it is asked."""
    place = take_place("127.0.0.1", 0)
    context = multiprocessing.get_context()
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(folder, decode, place, theirs, ours))
    process.start()
    theirs.close()
    try:
        yield ours, place.listening.getsockname()[1]
    finally:
        ours.close()
        process.join()
        place.listening.close()


def _serve(folder: Path, decode: Decode, place: Place, line: Connection, other: Connection) -> None:
    other.close()  # this copy would keep the line open when the other process is gone
    feed = Feed(folder, waits=True)
    with served(feed, decode, place), suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            line.recv()
            line.send(time.process_time())
