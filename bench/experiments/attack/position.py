"""A device with an attacker in front of it: each attempt is made, read from flash, and undone."""

from datetime import datetime, timedelta
from itertools import count

from firmware_sim.bench.commands.compose import Content, Header, addressed
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.experiments.attack.capabilities import Capabilities
from firmware_sim.bench.experiments.attack.crafting import Sender, protected_by
from firmware_sim.bench.experiments.attack.observing import NOTHING, Difference, difference, observe
from firmware_sim.bench.experiments.attack.setup import (
    START,
    SUITE,
    Moment,
    Target,
    agreement_point,
    entity_of,
    verified,
)
from firmware_sim.bench.experiments.attack.stolen_keys import StolenKeys
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import ROOT_CELL, KeyUsage, TrustAnchorCellId
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash

FIRST_COUNTER = 1 << 40
"""Above every counter of a device's history."""

LATER = START + timedelta(days=2)
"""A time by which what an attacker has planted is due."""

DUE = START + timedelta(days=1)


class Position:
    """One device at one moment, as an adversary with certain keys finds it.

    Attributes:
        held: what the device's flash held when attempts started.
        is_refused: what the device did with the last octets.
        attempts, changes: counts.
    """

    is_refused = True

    def __init__(
        self,
        target: Target,
        start: FlashSnapshot,
        flash: NorFlash,
        stolen: StolenKeys,
        first_counter: int = FIRST_COUNTER,
    ) -> None:
        self.target = target
        self.stolen = stolen
        self.clock = Moment()
        flash.restore(start)
        self.device = Device(
            flash, clock=self.clock, suite=SUITE, policy=target.policy, verified=verified()
        )
        entity = entity_of(target)
        self.capabilities = Capabilities.of(stolen, entity, agreement_point(entity))
        self.attempts = self.changes = 0
        self._counters = count(first_counter)
        self.settle()

    def settle(self) -> None:
        """Let everything done so far stand: attempts start from here."""
        self._start = self.device.flash.snapshot()
        self.held = observe(self.device.image())
        self._operations = self.device.flash.operations

    def mark(self) -> FlashSnapshot:
        """Where attempts start, to return to with `go_back`."""
        return self._start

    def go_back(self, start: FlashSnapshot | None = None) -> None:
        """Back to where attempts start, or once started, with a power-on."""
        self.clock.time = START
        self.device.flash.restore(start or self._start)
        self.device.power_on()
        if start is not None:
            self.settle()
        self._operations = self.device.flash.operations

    def strike(self, octets: bytes, *, then: datetime | None = None) -> Difference:
        """Capabilities octets over and see what is different in the flash; nothing is undone.

        Args:
            then: the time at which the device looks what is due; None for not at all.
        """
        self.attempts += 1
        self.is_refused = self.device.receive(octets).refusal is not None
        if then is not None:
            self.clock.time = then
            self.device.tick()
        if self.device.flash.operations == self._operations:
            return NOTHING
        self._operations = self.device.flash.operations
        seen = difference(self.held, observe(self.device.image()))
        self.changes += bool(seen)
        return seen

    def attempt(self, octets: bytes | None, *, then: datetime | None = None) -> Difference:
        """As `strike`, and undone."""
        if octets is None:
            return NOTHING
        before = self._operations
        seen = self.strike(octets, then=then)
        if seen or then is not None:
            self.go_back()
        elif self._operations != before:
            self._start = self.device.flash.snapshot()  # with what was counted of refusals
        return seen

    def update(
        self, request: UpdateRequest, sender: Sender, counter: int | None = None
    ) -> bytes | None:
        """The octets of an update; None if its MAC is not to be had."""
        number = self.next_counter() if counter is None else counter
        _, known = self.capabilities.contingency(self.held)
        symmetric_key = known if request.is_contingency else None
        content = Content.update(request, self.target.device_type, number, symmetric_key)
        header = Header(sender.originator, self.device.entity_id, number)
        return self.protected(addressed(content, header), sender)

    def protected(self, message: Message, sender: Sender) -> bytes | None:
        """The octets of any command; None if its MAC is not to be had."""
        return protected_by(sender, message, self.capabilities, self.held)

    def next_counter(self) -> int:
        """An Originator Counter above all before it."""
        return next(self._counters)

    def cells(self) -> tuple[TrustAnchorCellId, ...]:
        """The cells of the device, the root's first."""
        return tuple(sorted(self.held.cells, key=_order))

    def signing_cells(self) -> tuple[TrustAnchorCellId, ...]:
        """The cells whose keys sign commands."""
        return tuple(cell for cell in self.cells() if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE)


def _order(cell: TrustAnchorCellId) -> tuple[bool, int, int, int]:
    return cell != ROOT_CELL, cell.role, cell.key_usage.value, cell.cell_usage
