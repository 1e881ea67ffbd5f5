"""Every party of a device under test at once, and new devices that trust them.

A test of one device plays no story: it holds all keys and asks no gate, so that each command
reaches a device that accepts it.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cache

from firmware_sim.bench.commands.compose import Content, Header, compose
from firmware_sim.bench.commands.contact import DeviceContact, contact_of
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.key_ring import PkiKeys, broker_key
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.commands.requests import UpdateRequest, floors_at
from firmware_sim.bench.dut.clock import START, StillClock
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.renewed_root import renewed_root
from firmware_sim.bench.smki.signing_request import DeviceSigningRequest, of_responsible_supplier
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, RootReplacement
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.utrn import TopUpParties, ValueClass, make_utrn
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.meter.top_up import PREPAYMENT_CELL

_SEED = b"power-cut sweep".ljust(32, b"\0")
_ROLE = RemotePartyRole


class AllParties:
    """Everything from one fixed seed: the same command is the same octets on every run.

    Args:
        pki: in place of the one from the fixed seed.

    Attributes:
        clock: that of the devices and of the parties' Originator Counters.
    """

    def __init__(self, at: datetime = START, pki: DrillPki | None = None) -> None:
        self.clock = StillClock(at)
        self._suite = P256Suite()
        self._pki = pki or _pki()
        self._verified = SignatureCache()
        self._counters = OriginatorCounters(self.clock)
        self._keys = PkiKeys(self._pki, START, "a test of one device holds every key")

    def flash(self, device_type: DeviceType, policy: Policy) -> NorFlash:
        """The flash of a device as it leaves the factory."""
        entity = self.entity(device_type)
        return manufacture(self._pki, device_type, entity, seed=_SEED, policy=policy)

    def entity(self, device_type: DeviceType) -> EntityId:
        """The Entity Identifier of that device."""
        return device_entity_id(device_type, 0)

    def device(self, flash: NorFlash, policy: Policy) -> Device:
        """A device, powered on over a flash."""
        surroundings = Surroundings(self.clock, policy, self._suite, self._verified)
        return surroundings.powered(flash)

    def read(
        self, device: Device | DeviceContact, asking: TrustAnchorCellId, code: MessageCode
    ) -> Message:
        """A reading of credentials, protected as the asking cell demands."""
        content = Content.reading(asking, (_ROLE.SUPPLIER, _ROLE.RECOVERY), code)
        return self._composed(content, self._contact(device), self._counters.next())

    def own_credentials(
        self, device: Device | DeviceContact, code: MessageCode, payload: bytes
    ) -> Message:
        """A command about the device's own keys and certificates."""
        role = certificate_authority(device.device_type, Policy()).role
        contact = self._contact(device)
        return self._composed(Content(code, payload, role), contact, self._counters.next())

    def certificate_for(self, device: Device, usage: KeyUsage) -> bytes:
        """The certificate, in DER, for the key that a device has generated and not yet in use."""
        supplier = entity_id_of(RemotePartyRole.SUPPLIER)
        request = DeviceSigningRequest(
            of_responsible_supplier(device.device_type, "supplier", supplier),
            device.entity_id,
            usage,
            device.machine.state.pending_keys[usage].public_key,
            device.device_type,
            SmiStatus.COMMISSIONED,
        )
        return self._pki.certify_device(request, serial=1)

    def use(self, device: Device | DeviceContact, content: Content, counter: int) -> Message:
        """A use of the device's keys, by the party that the content names."""
        return self._composed(content, self._contact(device), counter)

    def next_counter(self) -> int:
        """The Originator Counter of the next command."""
        return self._counters.next()

    def originator(self, role: RemotePartyRole) -> EntityId:
        """The Entity Identifier of a role's party."""
        return self._keys.originator(role)

    def utrn(self, device: Device, counter: int, pence: int = 1250) -> bytes:
        """The digits of a UTRN for a device, by the prepayment key that it holds."""
        cell = device.machine.state.cells[PREPAYMENT_CELL]
        key = self._keys.matching(cell.public_key)
        if key is None:
            raise AssertionError(f"no key of {PREPAYMENT_CELL} is known")
        secret = self._suite.agree(key, self._contact(device).agreement_key)
        parties = TopUpParties(cell.unique_id, device.entity_id, secret)
        return str(make_utrn(parties, counter, ValueClass.PENCE, pence, self._suite)).encode()

    def update(
        self,
        device: Device | DeviceContact,
        mode: ReplacementMode,
        cells: Collection[TrustAnchorCellId],
        *,
        execution: datetime | None = None,
        generation: int = 2,
        floor: int = 1,
        code: MessageCode | None = None,
    ) -> Message:
        """CS02b: these cells go to the second generation of credentials, or back to the first.

        It asks for a low floor, unless told otherwise, for its own role and for every role whose
        cells it names.

        Args:
            code: in place of the mode's; that of another mode makes the command unfit.
        """
        rule = REPLACEMENT_RULES[mode]
        root = 2 if ROOT_CELL in cells else 1
        linked = root == 2 and rule.root is RootReplacement.NORMAL
        request = UpdateRequest(
            mode,
            tuple(self._replacement(cell, generation, root) for cell in cells),
            path=self._path(root, linked=linked),
            floors=floors_at(floor, authorising=rule.authorising_role, cells=cells),
            execution=execution,
            code=code,
        )
        return self._update(device, request)

    def renew_contingency_key(self, device: Device, mode: ReplacementMode) -> Message:
        """CS02b: the root keeps its key and gets the second generation's wrapped one."""
        root = renewed_root(self._pki, self._suite)
        return self._update(
            device, UpdateRequest(mode, (Replacement(root, ROOT_CELL),), path=(root,))
        )

    def forged(self, message: Message) -> Message:
        """The same message with a signature that is none."""
        return replace(message, signature=bytes(63) + b"\x01")

    def _update(self, device: Device | DeviceContact, request: UpdateRequest) -> Message:
        contact, counter = self._contact(device), self._counters.next()
        symmetric_key = self._keys.symmetric() if request.is_contingency else None
        content = Content.update(request, contact.device_type, counter, symmetric_key)
        return self._composed(content, contact, counter)

    def _replacement(self, cell: TrustAnchorCellId, generation: int, root: int) -> Replacement:
        under = 2 if cell == ROOT_CELL else root
        return Replacement(self._pki.cell_certificate(cell, generation, under).octets, cell)

    def _path(self, root: int, *, linked: bool) -> tuple[bytes, ...]:
        link = (self._pki.root_link().octets,) if linked else ()
        return (self._pki.issuing(root).octets, *link)

    def _composed(self, content: Content, contact: DeviceContact, counter: int) -> Message:
        header = Header(self._keys.originator(content.sender), contact.entity_id, counter)
        signer = broker = None
        if content.is_signed:
            signer = KeySigner(self._keys.signing(content.sender), self._suite)
        if content.is_maced:
            broker = broker_key(self._pki, self._suite)
        return compose(
            content, header, signer=signer, broker=broker, agreement_key=contact.agreement_key
        )

    def contact(
        self, device_type: DeviceType, cells: Collection[TrustAnchorCellId]
    ) -> DeviceContact:
        """What parties know of that device, which has these cells."""
        return contact_of(self._pki, device_type, self.entity(device_type), cells)

    def _contact(self, device: Device | DeviceContact) -> DeviceContact:
        if isinstance(device, DeviceContact):
            return device
        cells = device.machine.state.cells
        return contact_of(self._pki, device.device_type, device.entity_id, cells)


@cache
def _pki() -> DrillPki:
    return DrillPki.generate(_SEED)
