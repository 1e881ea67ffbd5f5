"""A session with an MQTT broker that outlives its connections: reconnects, and sends again.

Nothing waits without an end: a publication `patience` seconds, a reconnection
`reconnect_seconds`; after that the session has failed and says why.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
    wait_fixed,
    wait_random,
)

from firmware_sim.devices.links.inbox import Inbox
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_connection import (
    BrokerConnection,
    ClientIdentity,
    ConnectionLostError,
    MqttConnection,
    Opener,
    Publication,
    ReceivedPublication,
)
from firmware_sim.devices.links.mqtt_options import MqttOptions

_LOG = logging.getLogger(__name__)

_CAPACITY = 1024
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
# Longer than the longest pause: two programs that take one connection from each other in turn
# keep it for one pause of the other.
_SETTLED_SECONDS = 2 * _LONGEST_WAIT
_QUICK_LOSSES = 8
"""Connections in a row that the broker may accept and end at once before the link fails."""
_PAUSE_BEFORE_SENDING_AGAIN = 0.05
_CANCELLED_AGAIN_SECONDS = 0.5


class _EndedSoonError(ConnectionLostError):
    """The broker let us in, and the connection was gone before the subscriptions stood."""


class MqttSession:
    """What both ends of an MQTT link share.

    The broker keeps subscriptions and queued messages of the session while its connection
    is away.

    Args:
        filters: topics to subscribe to.
        greeting: published after every connection, once the subscriptions stand.
        farewell: published before a proper end.
        lasting: keep the session at the broker between runs; otherwise it is cleared at the
            beginning (what a run that was killed left there must not reach us) and at the end.
        opener: makes the connections.
    """

    def __init__(
        self,
        options: MqttOptions,
        identity: ClientIdentity,
        filters: Sequence[str],
        *,
        greeting: Publication | None = None,
        farewell: Publication | None = None,
        lasting: bool = False,
        opener: Opener = MqttConnection.open,
    ) -> None:
        self.options = options
        self.inbox: Inbox[ReceivedPublication] = Inbox(_CAPACITY)
        self._identity = identity
        self._filters = filters
        self._greeting = greeting
        self._farewell = farewell
        self._lasting = lasting
        self._open = opener
        self._failure: LinkError | None = None
        self._quick_losses = 0
        self._connected = asyncio.Event()
        self._connection: BrokerConnection
        self._keeper: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        try:
            if not self._lasting:
                await self._clear()
            self._connection = await self._first_connection()
        except ConnectionLostError as error:
            raise LinkError(f"cannot reach an MQTT broker at {self.options}: {error}") from error
        self._connected.set()
        self._keeper = asyncio.create_task(self._keep())
        self._keeper.add_done_callback(self._end)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while not self._keeper.done():
            # Once is not enough: `asyncio.wait_for` of Python 3.11, by which the library connects,
            # swallows a cancellation that comes with the answer.
            self._keeper.cancel()
            await asyncio.wait({self._keeper}, timeout=_CANCELLED_AGAIN_SECONDS)
        with suppress(ConnectionLostError):
            if self._is_up and self._farewell is not None:
                await self._connection.publish(self._farewell)
        await self._connection.close()
        self.inbox.close()
        if self._is_up and not self._lasting:
            with suppress(ConnectionLostError, LinkError):
                await self._clear()

    def hang_up(self) -> None:
        """End without a word, also in the middle of a proper end."""
        self._keeper.cancel()
        self._connection.hang_up()
        self.inbox.close()

    @property
    def _is_up(self) -> bool:
        return self._connected.is_set() and self._failure is None

    async def publish(self, publication: Publication, patience: float | None = None) -> None:
        """Publish at least once; returns when the broker has taken it over.

        Raises:
            LinkError: it did not, within `patience` seconds (None: as the options say).
        """
        seconds = self.options.patience if patience is None else patience
        attempts = AsyncRetrying(
            retry=retry_if_exception_type(ConnectionLostError),
            wait=wait_fixed(_PAUSE_BEFORE_SENDING_AGAIN),
            reraise=True,
        )
        try:
            async with asyncio.timeout(seconds):
                await attempts(self._publish, publication)
        except TimeoutError:
            raise self._not_taken(publication.topic, seconds) from None

    async def taken_over(
        self, taken: asyncio.Future[None], topic: str, patience: float | None = None
    ) -> None:
        """Wait for what tells that a message was taken over, and was published by other means.

        Raises:
            LinkError: as `publish`; or what was set in `taken`.
        """
        seconds = self.options.patience if patience is None else patience
        waiting: set[asyncio.Future[None]] = {taken, self._keeper}
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not taken.done():
            taken.cancel()
            self.check()
            raise self._not_taken(topic, seconds)
        taken.result()

    def check(self) -> None:
        """Raise what made the session fail, if it has failed."""
        if self._failure is not None:
            raise self._failure

    def _not_taken(self, topic: str, seconds: float) -> LinkError:
        return LinkError(
            f"the broker at {self.options} has not taken a message on {topic} in {seconds:g} s"
        )

    async def _publish(self, publication: Publication) -> None:
        await self._connected.wait()
        self.check()
        await self._connection.publish(publication)

    async def _first_connection(self) -> BrokerConnection:
        """Connect; again, if the broker let us in before it ended the connection."""
        while True:
            try:
                return await self._connect()
            except _EndedSoonError:
                await self._pause_after_quick_loss()

    async def _connect(self) -> BrokerConnection:
        connection = await self._open(self.options, self._identity)
        try:
            await connection.subscribe(self._filters)
            if self._greeting is not None:
                await connection.publish(self._greeting)
        except ConnectionLostError as error:
            await connection.close()
            raise _EndedSoonError(*error.args) from error
        except (LinkError, asyncio.CancelledError):
            await connection.close()
            raise
        return connection

    async def _clear(self) -> None:
        identity = ClientIdentity(self._identity.identifier)
        connection = await self._open(self.options, identity, clean=True)
        await connection.close()

    async def _keep(self) -> None:
        """Relay what comes, over one connection after the other."""
        loop = asyncio.get_running_loop()
        while True:
            since = loop.time()
            try:
                await self._connection.relay(self.inbox)
            except ConnectionLostError:
                _LOG.warning("lost the broker at %s: reconnecting", self.options)
                self._connected.clear()
                await self._connection.close()
                if loop.time() - since < _SETTLED_SECONDS:
                    await self._pause_after_quick_loss()
                else:
                    self._quick_losses = 0
                self._connection = await self._reconnect()
                self._connected.set()
                _LOG.warning("reconnected to the broker at %s", self.options)

    async def _pause_after_quick_loss(self) -> None:
        """Wait before the next attempt: not after the first loss, then longer each time.

        Raises:
            LinkError: the broker lets us in and ends the connection, again and again.
        """
        self._quick_losses += 1
        if self._quick_losses >= _QUICK_LOSSES:
            raise LinkError(
                f"the broker at {self.options} ended our connection {self._quick_losses} times, "
                f"each soon after it began: does another program run as "
                f"{self._identity.identifier!r}? A broker lets one in under each name."
            )
        if self._quick_losses > 1:
            await asyncio.sleep(min(_FIRST_WAIT * 2 ** (self._quick_losses - 2), _LONGEST_WAIT))

    def _end(self, keeper: asyncio.Task[None]) -> None:
        """Tell everybody who waits why the session has failed."""
        if keeper.cancelled():
            return
        error = keeper.exception()
        self._failure = error if isinstance(error, LinkError) else LinkError(f"link: {error!r}")
        self._connected.set()
        self.inbox.close(self._failure)

    async def _reconnect(self) -> BrokerConnection:
        attempts = AsyncRetrying(
            retry=retry_if_exception_type(ConnectionLostError),
            wait=wait_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT)
            + wait_random(0, _FIRST_WAIT),
            stop=stop_after_delay(self.options.reconnect_seconds),
            before_sleep=_log_attempt,
            reraise=True,
        )
        try:
            return await attempts(self._connect)
        except ConnectionLostError as error:
            raise LinkError(
                f"the broker at {self.options} stayed away for "
                f"{self.options.reconnect_seconds:g} s: {error}"
            ) from error


def _log_attempt(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    pause = state.next_action.sleep if state.next_action else 0.0
    _LOG.info("attempt %d: %s; next in %.1f s", state.attempt_number, error, pause)
