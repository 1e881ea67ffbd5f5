"""The device that a device under test becomes, with every party that it trusts.

Nothing here plays a story or asks a gate: the bench holds every key, so that it can send what is
right in all but one point.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from firmware_sim.bench.commands.compose import Content, Header, addressed
from firmware_sim.bench.commands.contact import contact_of
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.key_ring import PkiKeys, broker_key
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner, protected
from firmware_sim.bench.commands.requests import Floors, UpdateRequest
from firmware_sim.bench.commands.responses import check_mac, response_to
from firmware_sim.bench.dut.blueprint import Blueprint, blueprint_of_new
from firmware_sim.bench.dut.clock import START, StillClock
from firmware_sim.bench.dut.device_under_test import Ability, DeviceUnderTest
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.experiments.board_check.commanding import COMMANDING
from firmware_sim.bench.experiments.board_check.device_reading import DeviceReading, reading_of
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    DeviceType,
    TrustAnchorCellId,
)
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import open_image

SUITE = P256Suite()

_SEED = b"check of a board".ljust(32, b"\0")
_NO_FLOORS = Floors()


class WrongError(Exception):
    """What the device did wrong, in words."""


class Falsehood(NamedTuple):
    """What is not right about a command; None for each point that is.

    Attributes:
        signer: 32-octet scalar that signs it.
        mac: 32-octet scalar that makes its MAC.
        originator, target: whom its header names.
    """

    signer: bytes | None = None
    mac: bytes | None = None
    originator: EntityId | None = None
    target: EntityId | None = None


_TRUE = Falsehood()


@cache
def pki() -> DrillPki:
    """The PKI that the device trusts: the same one in every check."""
    return DrillPki.generate(_SEED)


@cache
def _blueprint(device_type: DeviceType) -> Blueprint:
    entity = device_entity_id(device_type, 0)
    flash = manufacture(pki(), device_type, entity, seed=_SEED, policy=Policy())
    return blueprint_of_new(flash)


class CheckedDevice:
    """A new device of a type on a device under test, which holds nothing else afterwards.

    Args:
        device: it can be provisioned.

    Attributes:
        cut: takes its power away at a flash operation, counted from 0; None if that cannot be
            done.
        blueprint: what it became.
    """

    def __init__(
        self,
        device: DeviceUnderTest,
        device_type: DeviceType = DeviceType.ESME,
        cut: Callable[[int], None] | None = None,
    ) -> None:
        self.cut = cut
        self.commanding = COMMANDING[device_type]
        self.contact = contact_of(pki(), device_type, device_entity_id(device_type, 0))
        self.keys = PkiKeys(pki(), START, "the check of a board holds every key")
        self._clock = StillClock()
        self._counters = OriginatorCounters(self._clock)
        self._device = device
        self._known: DeviceReading | None = None
        self.blueprint = _blueprint(device_type)
        self._device.begin(self.blueprint)
        self._set_clock()

    def reset(self) -> None:
        """Take its power away and give it back."""
        self._known = None
        self._device.reset()
        self._set_clock()

    def update(
        self,
        mode: ReplacementMode,
        replacements: tuple[Replacement, ...],
        *,
        path: tuple[bytes, ...] | None = None,
        floors: Floors = _NO_FLOORS,
        generation: int = 1,
        false: Falsehood = _TRUE,
    ) -> Message:
        """CS02b.

        Args:
            path: None for the Issuing OCA Certificate of the first generation.
            generation: of the keys that it is signed and MACed with.
        """
        between = (pki().issuing().octets,) if path is None else path
        request = UpdateRequest(mode, replacements, between, floors)
        counter = self._counters.next()
        symmetric = self.keys.symmetric(generation) if request.is_contingency else None
        content = Content.update(request, self.contact.device_type, counter, symmetric)
        return self._composed(content, counter, generation, false)

    def read(
        self,
        asking: TrustAnchorCellId = ACB_KEY_AGREEMENT,
        generation: int = 1,
        false: Falsehood = _TRUE,
    ) -> Message:
        """CS02a about every role."""
        content = Content.reading(asking, self.contact.roles)
        return self._composed(content, self._counters.next(), generation, false)

    def next_counter(self) -> int:
        """An Originator Counter that no command had."""
        return self._counters.next()

    def use(self, content: Content, counter: int) -> Message:
        """Any other command, in the name of its sender's party of the first generation."""
        return self._composed(content, counter, 1, _TRUE)

    def key_of(self, cell: TrustAnchorCellId, generation: int = 1) -> bytes:
        """The private key to the certificate of a cell: 32 octets.

        Raises:
            PkiError: the PKI does not have it.
        """
        point = pki().cell_certificate(cell, generation, 1).public_key
        key = self.keys.matching(point)
        if key is None:
            raise PkiError(f"the PKI has no private key of {cell}")
        return key

    def enter(self, digits: str) -> Effects | None:
        """Type in a token; None if nothing can be typed in."""
        if Ability.ENTER not in self._device.abilities:
            return None
        return self._device.enter(digits.encode())

    def balance(self) -> int | None:
        """Thousandths of a penny, by the flash image; None if that cannot be read."""
        if Ability.IMAGE not in self._device.abilities:
            return None
        _, store = open_image(self._device.image())
        return DeviceState.load(store).meter.balance

    def send(self, command: Message) -> Effects:
        """Hand a command over."""
        self._known = None
        return self._device.receive(command.build())

    def held(self, generation: int = 1) -> DeviceReading:
        """What it holds, by an answer that has its MAC; it is not asked twice in a row.

        Args:
            generation: of the Broker's keys that it knows.

        Raises:
            WrongError: it does not answer, or not as itself.
        """
        if self._known is None:
            self._known = self._asked(generation)
        return self._known

    def _asked(self, generation: int) -> DeviceReading:
        command = self.read(generation=generation)
        answer = response_in(self.send(command))
        if answer is None:
            which = "" if generation == 1 else "new "
            raise WrongError(f"it does not answer the Access Control Broker's {which}key")
        try:
            response = response_to(command, answer)
            secret = self.broker(generation).secret_with(self.contact.agreement_key)
            check_mac(response, self.contact, secret, SUITE)
            return reading_of(CredentialsReport.decode(response.payload))
        except RemoteError as error:
            raise WrongError(
                f"what it tells of its cells is not to be believed: {error}"
            ) from error

    def broker(self, generation: int = 1) -> AgreementKey:
        """What makes the Access Control Broker's MACs."""
        return broker_key(pki(), SUITE, generation)

    def _composed(
        self, content: Content, counter: int, generation: int, false: Falsehood
    ) -> Message:
        originator = false.originator or self.keys.originator(content.sender)
        header = Header(originator, false.target or self.contact.entity_id, counter)
        signer = false.signer or self.keys.signing(content.sender, generation)
        broker = AgreementKey(false.mac, SUITE) if false.mac else self.broker(generation)
        return protected(
            addressed(content, header),
            signer=KeySigner(signer, SUITE) if content.is_signed else None,
            broker=broker if content.is_maced else None,
            agreement_key=self.contact.agreement_key,
        )

    def _set_clock(self) -> None:
        if Ability.CLOCK in self._device.abilities:
            self._device.set_clock(self._clock.now())


def replacement(cell: TrustAnchorCellId, generation: int = 2, under: int = 1) -> Replacement:
    """A cell's own certificate of a generation, issued under a generation of root."""
    return Replacement(pki().cell_certificate(cell, generation, under).octets, cell)


def identifiers(cell: TrustAnchorCellId, generation: int = 2) -> bytes:
    """What the device reports of a cell that holds its own party's certificate."""
    certificate = pki().cell_certificate(cell, generation)
    return (certificate.subject_unique_id or bytes(8)) + certificate.key_identifier


def response_in(effects: Effects) -> bytes | None:
    """The response among what came; None if there is none."""
    return next(iter(_messages(effects, CraFlag.RESPONSE)), None)


def alerts_in(effects: Effects) -> list[bytes]:
    """The alerts among what came."""
    return _messages(effects, CraFlag.ALERT)


def _messages(effects: Effects, flag: CraFlag) -> list[bytes]:
    return [octets for octets in effects.messages if parse_message(octets).cra is flag]
