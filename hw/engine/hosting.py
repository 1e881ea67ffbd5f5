"""The engine in a process of its own: a crash of it is a result, and not the end of the bench."""

import multiprocessing
import os
import signal
import socket
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import Any, Self

from firmware_sim.hw.engine.device import CheckedImage, EngineAnswer, EngineDevice, RawRecord
from firmware_sim.hw.engine.errors import EngineCrashError, EngineError
from firmware_sim.hw.engine.library import EngineInfo, engine_at, mend_of

_END_SECONDS = 10
_TIME_VALUE = Struct("@ll")
"""Seconds and microseconds, as a socket's options have them."""

ANSWER_SECONDS = 120
"""After so long without an answer the engine hangs: a device takes milliseconds."""


class EngineDeviceProxy:
    """An `EngineDevice` in the engine's process; every call is answered from there.

    A time goes there with the next call, which raises its error.

    Args:
        number: its own, in that process.
    """

    def __init__(self, process: "EngineProcess", number: int) -> None:
        self._process = process
        self._number = number
        self._time: tuple[int, int] | None = None

    def load(self, image: bytes) -> None:
        """As of `EngineDevice`, and so are all others."""
        self._ask("load", image)

    def checked_image(self) -> CheckedImage:
        found: CheckedImage = self._process.image_after(self._number) or self._ask("checked_image")
        return found

    def provision(self, device_type: int, entity: bytes, records: Iterable[RawRecord]) -> None:
        self._ask("provision", device_type, entity, tuple(records))

    def power_on(self) -> int:
        return int(self._ask("power_on"))

    def show_time(self, seconds: int, reliability: int) -> None:
        self._time = seconds, reliability

    def receive(self, octets: bytes) -> EngineAnswer:
        answers: EngineAnswer
        answers, image = self._ask("receive", octets)
        self._process.keep_image(self._number, image)
        return answers

    def enter(self, digits: bytes) -> EngineAnswer:
        answers: EngineAnswer = self._ask("enter", digits)
        return answers

    def tick(self) -> EngineAnswer:
        answers: EngineAnswer = self._ask("tick")
        return answers

    def cut(self, operation: int, flavour: int = 0, mask: int = 0) -> None:
        self._ask("cut", operation, flavour, mask)

    def digest(self) -> bytes:
        octets: bytes = self._ask("digest")
        return octets

    def wear(self) -> tuple[int, ...]:
        erases: tuple[int, ...] = self._ask("wear")
        return erases

    def operations(self) -> int:
        return int(self._ask("operations"))

    def _ask(self, what: str, *arguments: Any) -> Any:
        time, self._time = self._time, None
        return self._process.ask(self._number, what, *arguments, time=time)


class EngineProcess:
    """The process, for as long as its context lasts.

    Args:
        path: the engine.

    Raises:
        EngineError: it is not the engine of this package.
        EngineCrashError: it ends while it is loaded; so may every call of its devices.
    """

    def __init__(self, path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self.wait_at_most(ANSWER_SECONDS)
        self._process = context.Process(target=_serve, args=(theirs, str(path)), daemon=True)
        self._process.start()
        theirs.close()
        self._path = path
        self._devices = 0
        self._image: tuple[int, CheckedImage] | None = None

    def __enter__(self) -> Self:
        try:
            self._load()
        except BaseException:
            self._end()
            raise
        return self

    def _load(self) -> None:
        """Where a file ends too soon, loading it is a signal: there, and not here."""
        try:
            self.info()
        except EngineCrashError as error:
            raise EngineError(
                f"{self._path} is damaged: loading it ends by {error.cause}", mend_of(self._path)
            ) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._line.close()
        self._process.join(_END_SECONDS)
        if self._process.is_alive():
            self._process.kill()

    def wait_at_most(self, seconds: float) -> None:
        """For each answer; an engine that has given none by then is ended.

        It is the system's timer, set once: to poll before each answer costs more than the answer.
        """
        self._seconds = seconds
        microseconds = round(seconds * 1e6)
        limit = _TIME_VALUE.pack(*divmod(microseconds, 1_000_000))
        with socket.socket(fileno=os.dup(self._line.fileno())) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)

    def info(self) -> EngineInfo:
        """What the engine says of itself."""
        found: EngineInfo = self.ask(None, "info")
        return found

    def open(self, geometry: str, file: Path | None = None) -> EngineDeviceProxy:
        """A new device, off; see `EngineDevice`."""
        self._devices += 1
        self.ask(self._devices, "open", geometry, file)
        return EngineDeviceProxy(self, self._devices)

    def keep_image(self, device: int, image: CheckedImage) -> None:
        """Of the device that was asked last, as it is after that."""
        self._image = device, image

    def image_after(self, device: int) -> CheckedImage | None:
        """What `keep_image` kept; None if anything was asked since, or of another device."""
        kept = self._image
        return kept[1] if kept is not None and kept[0] == device else None

    def ask(
        self,
        device: int | None,
        what: str,
        *arguments: Any,
        time: tuple[int, int] | None = None,
    ) -> Any:
        """Let the process do something; its answer, or what it raised.

        Args:
            time: for `EngineDevice.show_time`, before it.

        Raises:
            EngineCrashError: it has ended, or does not answer and was ended.
        """
        doing, self._image = what, None
        try:
            self._line.send((device, what, arguments, time))
            answer = self._line.recv()
        except (EOFError, OSError) as error:
            if isinstance(error, BlockingIOError):
                doing = f"{what}, {self._seconds} s without an answer"
                self._process.kill()
            self._process.join(_END_SECONDS)
            octets = arguments[0] if what == "receive" else b""
            raise EngineCrashError(self._process.exitcode, doing, octets) from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(line: Connection, path: str) -> None:
    """Answer until the other end is closed. Ctrl-C is the parent's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    devices: dict[int, EngineDevice] = {}
    with suppress(EOFError, OSError):
        while True:
            number, what, arguments, time = line.recv()
            try:
                if time is not None:
                    devices[number].show_time(*time)
                answer = _done(Path(path), devices, number, what, arguments)
            except Exception as error:  # noqa: BLE001 - the parent decides what it means
                answer = error
            line.send(answer)


def _done(
    path: Path, devices: dict[int, EngineDevice], number: int, what: str, arguments: Any
) -> Any:
    library = engine_at(path)
    if what == "info":
        return library.info
    if what == "open":
        geometry, file = arguments
        devices[number] = EngineDevice(library, geometry, file=file)
        return None
    answer = getattr(devices[number], what)(*arguments)
    # Whoever hands over a message mostly looks at the flash next: a second question costs more.
    return (answer, devices[number].checked_image()) if what == "receive" else answer
