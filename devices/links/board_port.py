"""Requests to a board and their answers: retries, lost lines, and whose fault a failure is.

Blocking; one request at a time. The rules are those of hw/PROTOCOL.md, section 4.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import RLock
from time import monotonic
from types import TracebackType
from typing import Self

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
)

from firmware_sim.devices.links.board_errors import (
    BoardResetError,
    DeclinedError,
    SilentBoardError,
)
from firmware_sim.devices.links.board_protocol import (
    BootRecord,
    Capability,
    DeclineReason,
    FrameType,
)
from firmware_sim.devices.links.exchange import (
    Exchange,
    Patience,
    Request,
    StartedError,
    UnansweredError,
)
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.lasting_line import LastingLine
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import LineLostError, OctetStream
from firmware_sim.devices.links.verdicts import boot_of, reset_of, verdict

__all__ = ["BoardPort", "Patience"]

_LAST_GREETINGS = 2


class BoardPort:
    """One board at the end of a line, from `open` to `close` or as a context manager.

    Args:
        open_stream: opens the line, now and again after it was lost.
        trace: records every frame.
        on_event: called in another thread with the payload of each event.
    """

    def __init__(
        self,
        open_stream: Callable[[], OctetStream],
        patience: Patience | None = None,
        trace: FrameTrace | None = None,
        on_event: Callable[[bytes], None] | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self.on_event = on_event
        self._line = LastingLine(open_stream, self._patience.reconnect, trace, self._event)
        self._sequence = 0
        self._asking = RLock()
        self._boot: BootRecord | None = None
        self._is_greeted = False
        self._until = math.inf

    @property
    def name(self) -> str:
        """The line's name."""
        return self._line.name

    @property
    def reopened(self) -> int:
        """How often a lost line was found again."""
        return self._line.reopened

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Bound all requests inside together: none is waited for when so many seconds are over.

        What a request says when it has no answer stays the same.
        """
        self._until = monotonic() + seconds
        try:
            yield
        finally:
            self._until = math.inf

    @property
    def boot(self) -> BootRecord:
        """The last boot record; the port must have been opened."""
        if self._boot is None:
            raise LinkError(f"{self.name} is not open")
        return self._boot

    def open(self) -> BootRecord:
        """Open the line and greet the board, which may be starting.

        Raises:
            LinkError: no such line, or nothing answers in the time a board needs to start.
            DeviceFaultError: it speaks another version of the protocol.
        """
        with self._asking:
            if self._line.is_open:
                raise LinkError(f"{self.name} is open already")
            self._line.open()
            try:
                return self._greet()
            except LinkError:
                self.close()
                raise

    def close(self) -> None:
        """Give the line up."""
        self._line.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def hello(self) -> BootRecord:
        """Ask the board who it is.

        Raises:
            LinkError: no answer.
            DeviceFaultError: it speaks another version of the protocol.
        """
        with self._asking:
            try:
                return self._hello(self._patience.attempts)
            except UnansweredError as error:
                raise SilentBoardError(f"no board answers at {self.name}: {error}") from None

    def request(self, request: FrameType, payload: bytes = b"") -> bytes:
        """The payload of the answer.

        Raises:
            DeclinedError: the board does not carry the request out.
            BoardResetError: it started anew instead, or has done so since the last request.
            DeviceFaultError: it answers HELLO but not this request, or hangs in it.
            LinkError: it answers nothing, the line spoils everything, or is gone.
        """
        with self._asking:
            self._look_for_resets(request)
            self._greet_again(request)
            exchange = self._exchange(request, payload)
            try:
                answer = self._retried(exchange, self._patience.attempts)
            except UnansweredError as error:
                raise self._verdict(exchange, error) from None
            except StartedError as started:
                raise self._reset(started.payload, request) from None
            except DeclinedError as declined:
                if declined.reason is not DeclineReason.NOT_GREETED:
                    raise
                # It started anew, and what it said of that was lost.
                self._check_same_run()
                raise reset_of(self.hello(), request, self.name) from None
            self._check_same_run()
            return answer

    def restart(self) -> BootRecord:
        """Let the board start anew; what it says when it comes up.

        Raises:
            LinkError: it does not come up in time.
        """
        with self._asking:
            try:
                self.request(FrameType.RESET)
            except BoardResetError as reset:
                return reset.boot
            return self._await_boot()

    def _await_boot(self) -> BootRecord:
        deadline = monotonic() + self._patience.start
        while (left := deadline - monotonic()) > 0:
            frame = self._line.frames.next(left)
            if frame is not None and frame.type == FrameType.BOOT:
                return self._started(frame.payload)
        return self.hello()

    def _exchange(self, request: FrameType, payload: bytes) -> Exchange:
        self._sequence = self._sequence % 255 + 1
        announces = self._boot is None or Capability.WORKING in self._boot.capabilities
        sent = Request(request, self._sequence, payload)
        # Whether the board lives is asked behind the limit, too: that is soon known.
        until = math.inf if request is FrameType.HELLO else self._until
        return Exchange(sent, self._patience, announces=announces, until=until)

    def _retried(self, exchange: Exchange, attempts: int) -> bytes:
        last = stop_after_attempt(attempts)
        retrying = Retrying(
            stop=lambda state: last(state) or monotonic() >= self._until,
            retry=retry_if_exception_type(UnansweredError),
            reraise=True,
        )
        return retrying(self._attempt, exchange)

    def _attempt(self, exchange: Exchange) -> bytes:
        try:
            return exchange.attempt(self._line.frames)
        except LineLostError as error:
            self._line.reopen(error)
            raise UnansweredError(str(error)) from error

    def _hello(self, attempts: int) -> BootRecord:
        exchange = self._exchange(FrameType.HELLO, b"")
        try:
            record = self._retried(exchange, attempts)
        except StartedError as started:  # it says as much as an answer, which comes late
            return self._started(started.payload)
        self._boot = boot_of(record, self.name)
        self._is_greeted = True
        return self._boot

    def _greet_again(self, request: FrameType) -> None:
        """A board that has started carries nothing out before HELLO (hw/PROTOCOL.md, 6.3).

        Raises:
            BoardResetError: it started once more meanwhile.
            LinkError: no answer.
        """
        if self._is_greeted:
            return
        boot = self.hello()
        if not self._is_greeted:
            raise reset_of(boot, request, self.name)

    def _started(self, payload: bytes) -> BootRecord:
        self._is_greeted = False
        self._boot = boot_of(payload, self.name)
        return self._boot

    def _verdict(self, exchange: Exchange, error: UnansweredError) -> LinkError:
        try:
            self._hello(_LAST_GREETINGS)
        except (LinkError, UnansweredError):
            return verdict(exchange, error, self.name, answers_hello=False)
        return verdict(exchange, error, self.name, answers_hello=True)

    def _look_for_resets(self, request: FrameType) -> None:
        """Sort out what came since the last answer: a BOOT there is news, the rest is late."""
        while True:
            try:
                frame = self._line.frames.next(0)
            except LineLostError:
                return  # the attempt will see to it
            if frame is None:
                return
            if frame.type == FrameType.BOOT:
                raise self._reset(frame.payload, request)

    def _reset(self, payload: bytes, request: FrameType) -> BoardResetError:
        return reset_of(self._started(payload), request, self.name)

    def _check_same_run(self) -> None:
        """After a lost line was found again: an answer of a board that started anew misleads."""
        if not self._line.take_loss():
            return
        before = self.boot.boots
        if self.hello().boots != before:
            raise LinkError(
                f"{self.name} was unplugged and the board lost power; set its clock and repeat"
            )

    def _greet(self) -> BootRecord:
        retrying = Retrying(
            stop=stop_after_delay(self._patience.start),
            retry=retry_if_exception_type(UnansweredError),
            reraise=True,
        )
        try:
            retrying(self._hello, 1)
        except UnansweredError as error:
            raise SilentBoardError(f"no board answers at {self.name}: {error}") from None
        if not self._is_greeted:  # it was still starting
            with suppress(UnansweredError):
                self._hello(1)
        return self.boot

    def _event(self, payload: bytes) -> None:
        if self.on_event is not None:
            self.on_event(payload)
