"""A device under test: give it commands as its parties would, and look what it holds."""

from collections.abc import Collection
from datetime import datetime

from firmware_sim.bench.commands.identity import DeviceContact
from firmware_sim.bench.experiments.sweep.workshop import START, Workshop
from firmware_sim.bench.experiments.twin.simulated import contents
from firmware_sim.bench.experiments.twin.trial import TwinTrial
from firmware_sim.bench.experiments.twin.twin import Answer, Twin
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import cells_of_image
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.refusals import RefusalReason

_BROKER = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)


class Meter:
    """A new device with generation 1 of every credential of a drill PKI, powered on.

    Its clock stands still at `time`, and is reliable.

    Args:
        twin: the device itself.

    Attributes:
        contact: what its parties know of it.
        last: what came of the last message.
    """

    def __init__(self, twin: Twin, pki: DrillPki, device_type: DeviceType) -> None:
        self._twin = twin
        self._shop = Workshop(START, pki)
        self.last = Answer(0, ())
        flash = self._shop.flash(device_type, Policy())
        cells = cells_of_image(flash.image())
        trial = TwinTrial(0, device_type, self._shop.entity(device_type), contents(flash), ())
        self.contact = DeviceContact(
            trial.entity,
            device_type,
            frozenset(cells),
            *(
                parse_certificate(pki.issue_device(trial.entity, usage)[1]).public_key
                for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
            ),
        )
        twin.begin(trial)
        self._set_clock()

    @property
    def time(self) -> datetime:
        """The present moment, for the device and its parties."""
        return self._shop.clock.time

    @property
    def refusal(self) -> RefusalReason | None:
        """Why the last message was refused; None if it was carried out."""
        return RefusalReason(self.last.reason) if self.last.reason else None

    def send(self, message: Message | bytes) -> tuple[bytes, ...]:
        """Hand over a message; every message that the device sent, in order."""
        octets = message.build() if isinstance(message, Message) else message
        self.last = self._twin.receive(octets)
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
        return self._shop.update(self.contact, mode, _cells(cells), execution=execution)

    def replace(self, mode: ReplacementMode, *cells: TrustAnchorCellId | str) -> tuple[bytes, ...]:
        """Send what `replacing` makes."""
        return self.send(self.replacing(mode, *cells))

    def reading(self, asking: TrustAnchorCellId | str = _BROKER) -> Message:
        """CS02a by the owner of a cell."""
        [cell] = _cells((asking,))
        return self._shop.read(self.contact, cell, CS02A)

    def read_back(self) -> CredentialsReport:
        """What the device says that it holds for the supplier and for Recovery.

        Raises:
            AssertionError: it does not answer.
        """
        answers = self.send(self.reading())
        if len(answers) != 1:
            raise AssertionError(f"the device does not answer CS02a: {self.refusal}")
        return CredentialsReport.decode(parse_message(answers[0]).payload)

    def forged(self, message: Message) -> Message:
        """The same message with a signature that is none."""
        return self._shop.forged(message)

    def advance(self, minutes: int) -> tuple[bytes, ...]:
        """Put the clock forward, and let the device do what has fallen due; its alerts."""
        self._shop.clock.advance(minutes)
        self._set_clock()
        return self._twin.tick().messages

    def power_cycle(self) -> None:
        """Take the power away and give it back."""
        self._twin.power_cycle()
        self._set_clock()

    def image(self) -> bytes:
        """The whole flash, secrets included."""
        return self._twin.image()

    def cells(self) -> dict[str, Cell]:
        """The Trust Anchor Cells by name, read from the flash past the running machine."""
        return {str(name): cell for name, cell in cells_of_image(self.image()).items()}

    def _set_clock(self) -> None:
        self._twin.set_clock(int(self.time.timestamp()), ClockReliability.RELIABLE)


def _cells(names: Collection[TrustAnchorCellId | str]) -> tuple[TrustAnchorCellId, ...]:
    return tuple(TrustAnchorCellId.parse(name) if isinstance(name, str) else name for name in names)
