"""Uses of a device's keys for the twins' stream: readings, top-ups, changes of supply, activations.

Most could be accepted. Some ask for what the device has not, for what is another use's, or bring a
token that is spent, of another counter or by another key.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.key_ring import PkiKeys
from firmware_sim.bench.commands.uses import top_up
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.dlms_access import AccessItem, AccessKind, request_for
from firmware_sim.gbcs.dlms_protection import MAX_OBJECTS, Titles, protected_call
from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.message import Supplementary
from firmware_sim.gbcs.payloads.activation import ActivationCommand
from firmware_sim.gbcs.roles import (
    CellUsage,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS01A, CS01B, GCS09, GCS39, GCS61
from firmware_sim.gbcs.uses import (
    DATA_PROTECTION,
    USES,
    Language,
    ObjectName,
    Use,
)
from firmware_sim.gbcs.utrn import COUNTER_STEP, TopUpParties, ValueClass, make_utrn
from firmware_sim.gbcs.zcl import (
    CLUSTER_TO_CLIENT,
    CLUSTER_TO_SERVER,
    GLOBAL_TO_SERVER,
    READ_ATTRIBUTES,
    ZclFrame,
    build_frames,
)

_PREPAYMENT = TrustAnchorCellId(
    RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP
)
_UNKNOWN_KEY = bytes(31) + b"\x01"
_EVERY_OBJECT = tuple(name for use in USES.values() for name in use.objects)
_COMMANDS = {GCS39: (CLUSTER_TO_SERVER, 18), GCS61: (CLUSTER_TO_SERVER, 9)} | {
    GCS09: (CLUSTER_TO_CLIENT, 17)
}
_TOP_UPS = (CS01A, CS01B)
_STATE_AT = 16
"""In the content of a change of supply."""


class UseCommand(NamedTuple):
    """One command, before it is addressed.

    Attributes:
        counter: the Originator Counter that it is made for.
        supplementary: for whom the Access Control Broker asks; mostly nobody.
    """

    content: Content
    counter: int
    supplementary: Supplementary | None = None


class UseCommands:
    """Draws uses for one device.

    Args:
        device: to which every step of the trial has happened.
        next_counter: of the parties' commands; those of top-ups are multiples of 2**32.
    """

    def __init__(
        self, random: Random, keys: PkiKeys, device: Device, next_counter: Callable[[], int]
    ) -> None:
        self._random = random
        self._keys = keys
        self._device = device
        self._next_counter = next_counter
        self._suite = P256Suite()
        self._top_up = 0
        self._spent: list[bytes] = []

    @property
    def codes(self) -> tuple[MessageCode, ...]:
        """The uses that the device executes."""
        kind = self._device.device_type
        return tuple(code for code in USES if executes(kind, code))

    def command(self) -> UseCommand | None:
        """Any use that the device executes; None if it executes none, or has no party for it."""
        roles = {cell.role for cell in self._device.machine.state.cells}
        codes = [code for code in self.codes if roles.intersection(USES[code].askers)]
        if not codes:
            return None
        top_ups = [code for code in codes if code in _TOP_UPS]
        if top_ups and self._random.random() < 0.5:  # what can be wrong with them is most
            return self._topping_up()
        use = USES[self._random.choice(codes)]
        sender = self._random.choice([role for role in use.askers if role in roles])
        if use.code in _TOP_UPS:
            return self._topping_up()
        counter = self._next_counter()
        payload = self._payload(use, sender, counter)
        content = Content(use.code, payload, sender, is_signed=use.signed)
        return UseCommand(content, counter, self._user(sender))

    def token(self) -> bytes:
        """What a customer may type in: digits of a token, good or not."""
        if self._spent and self._random.random() < 0.4:
            return self._random.choice(self._spent)
        digits = self._digits(self._top_up_counter())
        choice = self._random.random()
        if choice < 0.1:
            return digits[: self._random.randrange(20)] + self._random.choice((b"", b"x", b"\xff"))
        return digits

    def _payload(self, use: Use, sender: RemotePartyRole, counter: int) -> bytes:
        match use.language:
            case Language.DLMS:
                return request_for(counter, self._items(use, sender, counter)).encode()
            case Language.ZCL:
                return build_frames((self._frame(use),))
            case _:
                return self._activation(counter)

    def _items(self, use: Use, sender: RemotePartyRole, counter: int) -> list[AccessItem]:
        number = self._random.choice((1, 1, 1, 2, 4))
        if use.encrypted and self._random.random() < 0.25:
            return self._of_much(use, sender, counter)
        if use.encrypted:
            return [self._protected(use, sender, counter) for _ in range(number)]
        return [AccessItem(self._kind(), self._object(use)) for _ in range(number)]

    def _of_much(self, use: Use, sender: RemotePartyRole, counter: int) -> list[AccessItem]:
        """A request whose answer is about as long as it may be, or longer."""
        titles = Titles(counter, self._entity(sender), self._device.entity_id)
        call = protected_call(use.objects[:1] * MAX_OBJECTS, titles)
        item = AccessItem(AccessKind.ACTION, DATA_PROTECTION, call)
        return [item] * self._random.choice((29, 30, 32))

    def _kind(self) -> AccessKind:
        if self._random.random() < 0.9:
            return AccessKind.GET
        return self._random.choice((AccessKind.SET, AccessKind.ACTION))

    def _protected(self, use: Use, sender: RemotePartyRole, counter: int) -> AccessItem:
        asked = tuple(self._object(use) for _ in range(self._random.choice((1, 1, 2, 8))))
        titles = Titles(counter, self._entity(sender), self._device.entity_id)
        if self._random.random() < 0.05:
            titles = titles._replace(counter=counter ^ 1)
        return AccessItem(AccessKind.ACTION, DATA_PROTECTION, protected_call(asked, titles))

    def _object(self, use: Use) -> ObjectName:
        if self._random.random() < 0.92:
            return self._random.choice(use.objects)
        name = self._random.choice(_EVERY_OBJECT)
        return name._replace(attribute=name.attribute & 0xFF)

    def _frame(self, use: Use) -> ZclFrame:
        [cluster, *_] = [name.interface for name in use.objects]
        if use.code not in _COMMANDS:
            attributes = [self._object(use).attribute for _ in range(self._random.randint(1, 6))]
            content = b"".join(each.to_bytes(2, "little") for each in attributes)
            return ZclFrame(cluster, GLOBAL_TO_SERVER, READ_ATTRIBUTES, content)
        control, octets = _COMMANDS[use.code]
        parameters = bytearray(self._random.randbytes(octets))
        if use.code == GCS39:
            parameters[_STATE_AT] = self._random.choice((0, 1, 2, 2, 3))
        return ZclFrame(cluster, control, use.objects[0].attribute, bytes(parameters))

    def _activation(self, counter: int) -> bytes:
        held = self._device.machine.state.meter.image_hash
        digest = held if self._random.random() < 0.8 else self._random.randbytes(32)
        claimed = counter if self._random.random() < 0.95 else counter + 1
        return ActivationCommand(digest, claimed, self._execution()).encode()

    def _execution(self) -> datetime | None:
        choice = self._random.random()
        if choice < 0.3:
            return None
        if choice < 0.4:
            return NEVER
        now = self._device.machine.context.clock.now().time.replace(microsecond=0)
        return now + timedelta(minutes=self._random.randint(-5, 60))

    def _topping_up(self) -> UseCommand:
        counter = self._top_up_counter()
        digits = self._digits(counter)
        if self._random.random() < 0.15:
            digits = self._random.choice((*self._spent, b"", b"1" * 20, digits[:19] + b"x"))
        elif self._random.random() < 0.15:
            counter = self._top_up_counter()
        source = self._random.choice((0,) * 9 + (2,))
        kind = self._device.device_type
        return UseCommand(top_up(kind, counter, digits, source), counter)

    def _top_up_counter(self) -> int:
        """Mostly a new one, sometimes one that was used before or was passed over."""
        if self._top_up and self._random.random() < 0.2:
            return self._random.randint(1, self._top_up) * COUNTER_STEP
        self._top_up += self._random.choice((1, 1, 1, 2, 300, 1500))
        return self._top_up * COUNTER_STEP

    def _digits(self, counter: int) -> bytes:
        cells = self._device.machine.state.cells
        if _PREPAYMENT not in cells:
            return b"1" * 20
        cell = cells[_PREPAYMENT]
        key = self._keys.matching(cell.public_key) or _UNKNOWN_KEY
        if self._random.random() < 0.1:
            key = _UNKNOWN_KEY
        own = self._device.machine.state.keys[KeyUsage.KEY_AGREEMENT].public_key
        parties = TopUpParties(cell.unique_id, self._device.entity_id, self._suite.agree(key, own))
        value_class = self._random.choice(tuple(ValueClass))
        token = make_utrn(parties, counter, value_class, self._random.randrange(8192), self._suite)
        if self._random.random() < 0.1:
            token = token._replace(value_class=self._random.choice((2, 3)))
        digits = str(token).encode()
        self._spent.append(digits)
        return digits

    def _user(self, sender: RemotePartyRole) -> Supplementary | None:
        if sender is not RemotePartyRole.ACCESS_CONTROL_BROKER or self._random.random() < 0.4:
            return None
        users = (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR)
        party = self._entity(self._random.choice(users))
        return Supplementary(party, self._random.choice((None, 1, 2**40)))

    def _entity(self, role: RemotePartyRole) -> EntityId:
        cells = self._device.machine.state.cells
        return next((held.unique_id for name, held in cells.items() if name.role is role), _NOBODY)


_NOBODY = EntityId(bytes(8))
