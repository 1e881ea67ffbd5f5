"""A line that may be lost, as when a cable is pulled out, and is looked for until it is back."""

import logging
from collections.abc import Callable

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from firmware_sim.devices.links.board_errors import LostBoardError
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.line import Line
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import LineLostError, OctetStream

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.2


class LastingLine:
    """One line, from `open` to `close`.

    Args:
        open_stream: opens the line, now and again after it was lost.
        reconnect: for how many seconds a lost line is looked for.
        trace: records every frame.
        on_event: called in another thread with the payload of each event.

    Attributes:
        name: the line's name.
        reopened: how often a lost line was found again.
        was_lost: whether it was since `take_loss`.
    """

    def __init__(
        self,
        open_stream: Callable[[], OctetStream],
        reconnect: float,
        trace: FrameTrace | None,
        on_event: Callable[[bytes], None],
    ) -> None:
        self._open_stream = open_stream
        self._reconnect = reconnect
        self._trace = trace
        self._on_event = on_event
        self._line: Line | None = None
        self._lost = ""
        self.name = "the board"
        self.reopened = 0
        self.was_lost = False

    @property
    def is_open(self) -> bool:
        """Whether it was opened, and not closed since."""
        return self._line is not None

    @property
    def frames(self) -> Line:
        """What frames go through.

        Raises:
            LinkError: it is not open.
            LostBoardError: it was lost, and did not come back.
        """
        if self._lost:
            raise LostBoardError(self._lost)
        if self._line is None:
            raise LinkError(f"{self.name} is not open")
        return self._line

    def open(self) -> None:
        """Open it; LinkError if there is no such line."""
        stream = self._open_stream()
        self._lost = ""
        self.name = stream.name
        self._line = Line(stream, self._trace, self._on_event)
        self._line.start()

    def close(self) -> None:
        """Give it up."""
        self._lost = ""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def take_loss(self) -> bool:
        """Whether it was lost since this was asked last."""
        was_lost, self.was_lost = self.was_lost, False
        return was_lost

    def reopen(self, lost: LineLostError) -> None:
        """Find a lost line again.

        Raises:
            LostBoardError: it does not come back in time.
        """
        self.close()
        if not self._reconnect:
            raise self._given_up(str(lost)) from lost
        _LOG.warning("%s; waiting for it to come back", lost)
        retrying = Retrying(
            stop=stop_after_delay(self._reconnect),
            wait=wait_fixed(_LOOK_SECONDS),
            retry=retry_if_exception_type(LinkError),
            reraise=True,
        )
        try:
            retrying(self.open)
        except LinkError as error:
            raise self._given_up(f"{lost}; and it did not come back: {error}") from error
        self.was_lost = True
        self.reopened += 1

    def _given_up(self, why: str) -> LostBoardError:
        self._lost = why
        return LostBoardError(why)
