"""A device under test with its parties: give it commands as they would, and read what it holds."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from firmware_sim.bench.commands.answers import read_leniently
from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import blueprint_of_new
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.power_cuts import (
    EVERY_BIT,
    CutFlavour,
    CutNotReachedError,
    CutsAtOperation,
    OperationCut,
)
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    DeviceType,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import CS02A
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason


class Meter:
    """A new device with generation 1 of every credential of a drill PKI, powered on.

    Its clock stands still at `time`, and is reliable.

    Args:
        device: the device itself; what it held before is erased.

    Attributes:
        contact: what its parties know of it.
        last: what came of the last message.
    """

    def __init__(self, device: DeviceUnderTest, pki: DrillPki, device_type: DeviceType) -> None:
        self._device = device
        self._parties = AllParties(START, pki)
        self.last = Effects()
        flash = self._parties.flash(device_type, Policy())
        self.contact = self._parties.contact(device_type, cells_of_image(flash.image()))
        device.begin(blueprint_of_new(flash))
        self._set_clock()

    @property
    def time(self) -> datetime:
        """The present moment, for the device and its parties."""
        return self._parties.clock.time

    @property
    def refusal(self) -> RefusalReason | None:
        """Why the last message was refused; None if it was carried out."""
        return self.last.refusal and self.last.refusal.reason

    def send(self, message: Message | bytes) -> tuple[bytes, ...]:
        """Hand over a message; every message that the device sent, in order."""
        octets = message.build() if isinstance(message, Message) else message
        self.last = self._device.receive(octets)
        return self.last.messages

    def replacing(
        self,
        mode: ReplacementMode,
        *cells: TrustAnchorCellId | str,
        execution: datetime | None = None,
    ) -> Message:
        """CS02b, protected by those whose keys it needs: these cells go to generation 2.

        Args:
            cells: also by name, e.g. ``"supplier.DS"``.
            execution: in UTC; None for at once.
        """
        return self._parties.update(self.contact, mode, _cells(cells), execution=execution)

    def replace(self, mode: ReplacementMode, *cells: TrustAnchorCellId | str) -> tuple[bytes, ...]:
        """Send what `replacing` makes."""
        return self.send(self.replacing(mode, *cells))

    def reading(self, asking: TrustAnchorCellId | str = ACB_KEY_AGREEMENT) -> Message:
        """CS02a by the owner of a cell."""
        [cell] = _cells((asking,))
        return self._parties.read(self.contact, cell, CS02A)

    def read_back(self) -> CredentialsReport:
        """What the device says that it holds for the supplier and for Recovery.

        Raises:
            AssertionError: it does not answer.
        """
        answers = self.send(self.reading())
        if len(answers) != 1:
            raise AssertionError(f"the device does not answer CS02a: {self.refusal}")
        return CredentialsReport.decode(read_leniently(parse_message(answers[0])).message.payload)

    def forged(self, message: Message) -> Message:
        """The same message with a signature that is none; its MAC stays."""
        return self._parties.forged(message)

    def forged_mac(self, message: Message) -> Message:
        """The same message with a MAC that is wrong in its last bit; its signature stays.

        Raises:
            ValueError: the message has no MAC.
        """
        if message.mac is None:
            raise ValueError("the message has no MAC that could be forged")
        return replace(message, mac=message.mac[:-1] + bytes((message.mac[-1] ^ 1,)))

    def advance(self, minutes: int) -> tuple[bytes, ...]:
        """Put the clock forward, and let the device do what has fallen due; its alerts."""
        self._parties.clock.advance(minutes)
        self._set_clock()
        return self._device.tick().messages

    def power_cycle(self) -> None:
        """Take the power away and give it back."""
        self._device.reset()
        self._set_clock()

    @property
    def flash_operations(self) -> int:
        """Words of 4 octets programmed and blocks erased so far; a restart takes nothing away."""
        return self._cutting().flash_operations()

    @contextmanager
    def power_cut(
        self, operation: int, flavour: CutFlavour = CutFlavour.BEFORE, mask: int = EVERY_BIT
    ) -> Iterator[None]:
        """Let the power fail within the context, which ends there; then it is back.

        Args:
            operation: of the flash, counted from 0 where the context begins: a word of 4 octets
                programmed, or a block erased.
            flavour: what becomes of that operation.
            mask: bits of a torn operation that change.

        Raises:
            CutNotReachedError: the context came to its end first; says how many operations it made.
            BenchError: the device's power cannot be cut so.
        """
        device = self._cutting()
        before = device.flash_operations()
        device.arm_cut(OperationCut(operation, flavour, mask))
        try:
            yield
        except BaseException as error:
            if not device.is_power_cut(error):
                raise
            device.power_back()
            self._set_clock()
            return
        made = device.flash_operations() - before
        device.arm_cut(None)
        raise CutNotReachedError(operation, made)

    def image(self) -> bytes:
        """The whole flash, secrets included."""
        return self._device.image()

    def cells(self) -> dict[str, Cell]:
        """The Trust Anchor Cells by name, read from the flash past the running machine."""
        return {str(name): cell for name, cell in cells_of_image(self.image()).items()}

    def _cutting(self) -> CutsAtOperation:
        if not isinstance(self._device, CutsAtOperation):
            raise BenchError("the power of this device cannot be cut at a flash operation")
        return self._device

    def _set_clock(self) -> None:
        self._device.set_clock(self._parties.clock.now())


def _cells(names: Collection[TrustAnchorCellId | str]) -> tuple[TrustAnchorCellId, ...]:
    return tuple(TrustAnchorCellId.parse(name) if isinstance(name, str) else name for name in names)
