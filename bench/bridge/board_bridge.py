"""A board in an MQTT drill: its device stands at a broker, as a simulated one does."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from time import monotonic
from typing import Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_fixed

from firmware_sim.bench.dut.board.device import BoardDevice, let_clock_run
from firmware_sim.bench.dut.mqtt.device_host import Handled
from firmware_sim.bench.dut.together import until_one_ends
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import BoardResetError, DeclinedError, DeviceFaultError
from firmware_sim.devices.links.board_protocol import BootRecord, StoreResult
from firmware_sim.devices.links.bounds import address
from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.mqtt import MqttDeviceLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.refusal_notice import RefusalNotice
from firmware_sim.devices.links.serial import SerialLink
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import Clock

_LOG = logging.getLogger(__name__)

MAX_STARTS = 3
"""So often one command may make a board start anew."""

_PAUSE_SECONDS = 0.5

Prepare = Callable[[Board], None]
"""Makes a board ready when it is first there; blocking. What it raises ends the bridge."""


class BoardAwayError(Exception):
    """The board is not there for the moment: why."""


class Watcher(Protocol):
    """Sees what a bridge does."""

    def online(self, boot: BootRecord) -> None:
        """The board's device is at the broker."""

    def offline(self, why: str) -> None:
        """It is not any more, and may come back."""

    def handled(self, handled: Handled) -> None:
        """Called after each message, before what the device answers is sent."""


class BoardBridge:
    """Carries Commands from a broker to a board, and what the board says to the broker.

    While the board is away its device is offline, and Commands wait at the broker. One that the
    board was handed when it went away comes again: a device executes it at most once, by its
    Originator Counter.

    Args:
        board: not open yet.
        prepare: see `Prepare`.
        clock: what the board's clock is set to each time it comes; it runs from there.
        forgets: drop what waits at the broker from before: it was for another device.
        patience: seconds that a board may stay away.
        watch_seconds: how often a board that has nothing to do is asked whether it is there.
    """

    def __init__(
        self,
        board: Board,
        options: MqttOptions,
        watcher: Watcher,
        *,
        prepare: Prepare,
        clock: Clock,
        forgets: bool = False,
        patience: float = 60.0,
        watch_seconds: float = 2.0,
    ) -> None:
        self._board = board
        self._options = options
        self._watcher = watcher
        self._prepare = prepare
        self._clock = clock
        self._forgets = forgets
        self._patience = patience
        self._watch_seconds = watch_seconds
        self._entity: EntityId | None = None
        self._last_present = monotonic()
        self._starts: tuple[bytes, int] = (b"", 0)

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            BenchError: no board, another than before, one that stays away, or starts anew over
                one Command again and again; or the broker is gone.
            DeviceFaultError: the device does not keep to the protocol, or hangs.
        """
        sessions = AsyncRetrying(
            retry=retry_if_exception_type(BoardAwayError),
            stop=self._gives_up,
            wait=wait_fixed(_PAUSE_SECONDS),
            reraise=True,
        )
        try:
            await sessions(self._session)
        except BoardAwayError as error:
            raise BenchError(str(error), "see: firmware-sim board list") from error

    def _gives_up(self, _state: RetryCallState) -> bool:
        was_never_there = self._entity is None
        is_gone = monotonic() - self._last_present > self._patience
        return was_never_there or is_gone or self._starts[1] >= MAX_STARTS

    async def _session(self) -> None:
        """From the board's coming to its going."""
        async with AsyncExitStack() as stack:
            with _board_trouble():
                link = await stack.enter_async_context(SerialLink(self._board))
                entity = await self._made_ready(link)
            with _broker_trouble():
                await self._forget(entity)
                hub = MqttDeviceLink(entity, [entity], self._options)
                await stack.enter_async_context(hub)
            self._watcher.online(link.boot)
            try:
                await self._serve(entity, link, hub)
            except BoardAwayError as away:
                self._watcher.offline(str(away))
                raise
            finally:
                self._last_present = monotonic()

    async def _forget(self, entity: EntityId) -> None:
        if self._forgets:
            async with MqttDeviceLink(entity, [entity], self._options, lasting=False):
                self._forgets = False

    async def _made_ready(self, link: SerialLink) -> EntityId:
        if self._entity is None:
            await link.run(self._prepare)
        boot = link.boot
        if boot.entity is None or boot.store is not StoreResult.OK:
            raise BenchError(
                f"the board at {self._board.port.name} is not provisioned, or its store not sound",
                "firmware-sim board provision, or --drill STORY",
            )
        if self._entity not in (None, boot.entity):
            raise BenchError(f"the board that came back is {boot.entity}, not {self._entity}")
        await link.run(lambda board: let_clock_run(board, self._clock.now()))
        self._entity = boot.entity
        return boot.entity

    async def _serve(self, entity: EntityId, link: SerialLink, hub: MqttDeviceLink) -> None:
        async def receive(_device: EntityId, octets: bytes) -> Sequence[bytes]:
            effects = await self._receive(entity, link, octets)
            if (notice := _notice(entity, effects)) is not None:
                await hub.tell(notice)
            return effects.messages

        with _broker_trouble():
            await until_one_ends(
                hub.serve_slowly(receive), self._pass_events_on(link, hub), self._watch(link)
            )

    async def _receive(self, entity: EntityId, link: SerialLink, octets: bytes) -> Effects:
        if not 0 < len(octets) <= link.boot.max_message:
            _LOG.warning("dropped %d octets: the board takes none such", len(octets))
            return Effects()
        with _board_trouble():
            try:
                effects = await link.run(lambda board: BoardDevice(board).receive(octets))
            except BoardResetError:
                self._starts = (octets, 1 + (self._starts[1] if self._starts[0] == octets else 0))
                raise
        self._watcher.handled(Handled(entity, octets, effects))
        for message in effects.messages:
            self._check_is_ours(entity, message)
        return effects

    def _check_is_ours(self, entity: EntityId, octets: bytes) -> None:
        try:
            address(octets, (entity,))
        except LinkError as error:
            raise DeviceFaultError(f"{self._board.port.name}: {error}") from error

    async def _pass_events_on(self, link: SerialLink, hub: MqttDeviceLink) -> None:
        async for device, channel, octets in link.messages():
            if channel is not Channel.STATUS:
                self._watcher.handled(Handled(device, None, Effects((octets,))))
                await hub.send(octets)

    async def _watch(self, link: SerialLink) -> None:
        """Notice a board that goes away, or starts anew, while it has nothing to do."""
        before = link.boot
        while True:
            await asyncio.sleep(self._watch_seconds)
            with _board_trouble():
                boot = await link.run(Board.hello)
            if (boot.boots, boot.entity) != (before.boots, before.entity):
                raise BoardAwayError(f"the board at {self._board.port.name} started anew")


def _notice(entity: EntityId, effects: Effects) -> RefusalNotice | None:
    """What the board says of a refusal, for benches; None if it cannot be said of which message."""
    refusal = effects.refusal
    if refusal is None or refusal.originator is None:
        return None
    if refusal.counter is None or refusal.code is None:
        return None
    reason = refusal.reason.value
    return RefusalNotice(entity, reason, refusal.originator, refusal.counter, refusal.code)


@contextmanager
def _board_trouble() -> Iterator[None]:
    """Tell what may pass from what does not: a line that is lost may be found again."""
    try:
        yield
    except DeclinedError as error:
        raise BenchError(str(error), "see: firmware-sim board info") from error
    except BoardResetError as error:
        raise BoardAwayError(str(error)) from error
    except DeviceFaultError:
        raise
    except LinkError as error:
        raise BoardAwayError(str(error)) from error


@contextmanager
def _broker_trouble() -> Iterator[None]:
    try:
        yield
    except DeviceFaultError:
        raise
    except LinkError as error:
        raise BenchError(str(error), "see that the broker runs") from error
