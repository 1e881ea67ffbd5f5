"""The engine in a process of its own: a crash of it is a result, and not the end of the bench."""

import multiprocessing
import os
import socket
from collections.abc import Iterable, Sequence
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import Any, Final, Self

from firmware_sim.hw.engine.device import CheckedImage, EngineAnswer, RawRecord
from firmware_sim.hw.engine.errors import EngineCrashError, EngineError
from firmware_sim.hw.engine.library import EngineInfo, mend_of
from firmware_sim.hw.engine.serving import EngineCall, EngineQuestion, serve

_END_SECONDS = 10
_TIME_VALUE = Struct("@ll")
"""Seconds and microseconds, as a socket's options have them."""

_GUARD: Final = (
    "what its own lines say above; a script that plays on the engine needs "
    "if __name__ == '__main__': before what it does"
)

ANSWER_SECONDS = 120
"""After so long without an answer the engine hangs: a device takes milliseconds."""

_KEPT_IMAGES: Final = 64
"""Of so many devices an image is kept that came with an answer; older ones are asked for anew."""

_NO_DEVICE: Final = 0


class EngineDeviceProxy:
    """An `EngineDevice` in the engine's process; every call is answered from there.

    A call that has no answer goes there with the next one, which raises its error: `load`,
    `provision`, `show_time`, `cut`, and the making of the device.

    Args:
        number: its own, in that process.
        made: makes it.
    """

    def __init__(self, process: "EngineProcess", number: int, made: EngineCall) -> None:
        self._process = process
        self._number = number
        self._before = [made]

    def load(self, image: bytes) -> None:
        """As of `EngineDevice`, and so are all others."""
        self._before.append(EngineCall("load", (image,)))

    def checked_image(self) -> CheckedImage:
        found: CheckedImage | None = None
        if all(call.what == "show_time" for call in self._before):
            found = self._process.image_after(self._number)
        if found is None:
            found = self._ask("checked_image")
            self._process.keep_image(self._number, found)
        return found

    def provision(self, device_type: int, entity: bytes, records: Iterable[RawRecord]) -> None:
        self._before.append(EngineCall("provision", (device_type, entity, tuple(records))))

    def power_on(self) -> int:
        result, image = self._ask("power_on")
        self._process.keep_image(self._number, image)
        return int(result)

    def show_time(self, seconds: int, reliability: int) -> None:
        self._before.append(EngineCall("show_time", (seconds, reliability)))

    def receive(self, octets: bytes) -> EngineAnswer:
        return self.received(self._process.ask(self.handing_over(octets)))

    def handing_over(self, octets: bytes) -> EngineQuestion:
        """`receive` as a question, to be put with others; `received` takes its answer."""
        return self._question("receive", octets)

    def received(self, answer: tuple[EngineAnswer, CheckedImage]) -> EngineAnswer:
        """What came of a message; nothing else was asked of the device since."""
        answers, image = answer
        self._process.keep_image(self._number, image)
        return answers

    def enter(self, digits: bytes) -> EngineAnswer:
        answers: EngineAnswer = self._ask("enter", digits)
        return answers

    def tick(self) -> EngineAnswer:
        answers: EngineAnswer = self._ask("tick")
        return answers

    def cut(self, operation: int, flavour: int = 0, mask: int = 0) -> None:
        self._before.append(EngineCall("cut", (operation, flavour, mask)))

    def digest(self) -> bytes:
        octets: bytes = self._ask("digest")
        return octets

    def wear(self) -> tuple[int, ...]:
        return self.checked_image().erases

    def operations(self) -> int:
        return int(self._ask("operations"))

    def _ask(self, what: str, *arguments: Any) -> Any:
        return self._process.ask(self._question(what, *arguments))

    def _question(self, what: str, *arguments: Any) -> EngineQuestion:
        calls = (*self._before, EngineCall(what, arguments))
        self._before.clear()
        return EngineQuestion(self._number, calls)


class EngineProcess:
    """The process, for as long as its context lasts.

    It works on one message of questions at a time: `send` and `answers` take turns, and whoever
    asks in between waits for the answers first, which are then there for `answers`.

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
        self._begun = RawValue("I")
        arguments = (theirs, str(path), self._begun)
        self._process = context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self._path = path
        self._devices = _NO_DEVICE
        self._images: dict[int, CheckedImage] = {}
        self._sent: Sequence[EngineQuestion] = ()
        self._early: list[Any] | None = None
        self._crashed: EngineCrashError | None = None

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
            if error.exit_code is not None and error.exit_code >= 0:
                problem = f"the engine's process did not start: it ended by {error.cause}"
                raise EngineError(problem, _GUARD) from error
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
        found: EngineInfo = self.ask(EngineQuestion(_NO_DEVICE, (EngineCall("info"),)))
        return found

    def open(self, geometry: str, file: Path | None = None) -> EngineDeviceProxy:
        """A new device, off; see `EngineDevice`."""
        self._devices += 1
        return EngineDeviceProxy(self, self._devices, EngineCall("open", (geometry, file)))

    def keep_image(self, device: int, image: CheckedImage) -> None:
        """Of a device, as it is until something is asked of it that may change it."""
        self._images[device] = image
        if len(self._images) > _KEPT_IMAGES:
            del self._images[next(iter(self._images))]

    def image_after(self, device: int) -> CheckedImage | None:
        """What `keep_image` kept; None if anything was asked of the device since."""
        return self._images.get(device)

    def ask(self, question: EngineQuestion) -> Any:
        """Put one question; its answer, or what it raised.

        Raises:
            EngineCrashError: the process has ended, or does not answer and was ended.
        """
        if self._sent and self._early is None:
            self._early = self._answers()
        waiting, early, self._early = self._sent, self._early, None
        self.send([question])
        [answer] = self.answers()
        self._sent, self._early = waiting, early
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, questions: Sequence[EngineQuestion]) -> None:
        """Put questions, and do not wait for their answers: `answers` gives them.

        Raises:
            EngineCrashError: the process has ended.
        """
        for question in questions:
            self._images.pop(question.device, None)
        self._sent, self._begun.value = questions, 0
        try:
            self._line.send(questions)
        except OSError as error:
            raise self._crash() from error

    def answers(self) -> list[Any]:
        """Of the questions that were sent last, in their order: an answer, or what was raised.

        Raises:
            EngineCrashError: none will come; it names the question that was being worked on.
        """
        early, self._early = self._early, None
        answers = self._answers() if early is None else early
        self._sent = ()
        return answers

    def _answers(self) -> list[Any]:
        try:
            answers: list[Any] = self._line.recv()
        except (EOFError, OSError) as error:
            if not isinstance(error, BlockingIOError):
                raise self._crash() from error
            self._process.kill()
            raise self._crash(f", {self._seconds} s without an answer") from error
        return answers

    def _crash(self, how: str = "") -> EngineCrashError:
        """What the engine did not survive; who asks it something later hears the same."""
        if self._crashed is None:
            self._process.join(_END_SECONDS)
            question = self._sent[self._begun.value]
            code, doing = self._process.exitcode, f"{question}{how}"
            self._crashed = EngineCrashError(code, doing, question.message)
        return self._crashed
