"""What the operations of a sweep are made with: a PKI, every party's keys, new devices.

A sweep plays no story. It holds all keys itself and asks no gate, to put each command in front
of a device that will accept it.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import ClassVar

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import DeviceContact, Identity, KeySigner
from firmware_sim.bench.commands.requests import UpdateRequest, floors_at
from firmware_sim.bench.drills.clock import DrillClock
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.experiments.sweep.renewed_root import renewed_root
from firmware_sim.bench.parties.acb import AccessControlBroker
from firmware_sim.bench.parties.party import Party
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import UNDEFINED_EXPIRY, CertificateKind
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
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
from firmware_sim.machine.flash.nor import NorFlash

START = datetime(2026, 3, 2, 9, tzinfo=UTC)

_SEED = b"power-cut sweep".ljust(32, b"\0")
_ROLE = RemotePartyRole


class _Holder(Party):
    """Whoever holds the key that a mode asks for."""

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset(ReplacementMode)

    symmetric: bytes = b""

    def _symmetric_key(self) -> bytes:
        return self.symmetric


class Workshop:
    """Everything from one fixed seed: the same operation is the same octets on every run.

    Args:
        pki: another one than the sweep's own.

    Attributes:
        clock: that of the devices and of the parties' Originator Counters.
    """

    def __init__(self, at: datetime = START, pki: DrillPki | None = None) -> None:
        self.clock = DrillClock(at)
        self._suite = P256Suite()
        self._pki = pki or _pki()
        self._verified = SignatureCache()
        self._counters = OriginatorCounters(self.clock)
        self._copies: dict[CustodyKey, bytes] = {}

    def flash(self, device_type: DeviceType, policy: Policy) -> NorFlash:
        """The flash of a device as it leaves the factory."""
        entity = self.entity(device_type)
        return manufacture(self._pki, device_type, entity, seed=_SEED, policy=policy)

    def entity(self, device_type: DeviceType) -> EntityId:
        """Who that device is."""
        return device_entity_id(device_type, 0)

    def device(self, flash: NorFlash, policy: Policy) -> Device:
        """A device, powered on over a flash."""
        return Device(
            flash, clock=self.clock, suite=self._suite, policy=policy, verified=self._verified
        )

    def read(
        self, device: Device | DeviceContact, asking: TrustAnchorCellId, code: MessageCode
    ) -> Message:
        """A reading of credentials, protected as the asking cell demands."""
        roles = (_ROLE.SUPPLIER, _ROLE.RECOVERY)
        contact = self._contact(device)
        command = self._command(
            contact, asking.role, code, CredentialsQuery(asking, roles).encode()
        )
        if asking.key_usage is KeyUsage.KEY_AGREEMENT:
            return self._broker().add_mac(command, contact.agreement_key)
        return self._signed(command, asking.role)

    def own_credentials(
        self, device: Device | DeviceContact, code: MessageCode, payload: bytes
    ) -> Message:
        """A command about the device's own keys and certificates."""
        contact = self._contact(device)
        role = certificate_authority(device.device_type, Policy()).role
        command = self._signed(self._command(contact, role, code, payload), role)
        return self._broker().add_mac(command, contact.agreement_key)

    def certificate_for(self, device: Device, usage: KeyUsage) -> bytes:
        """The certificate, in DER, for the key that a device has generated and not yet in use."""
        issuer = self._pki.authority(CertificateKind.ISSUING_DCA)
        parameters = Parameters()
        request = CertificateRequest(
            serial=1,
            issuer=issuer.certificate.subject,
            subject=Name.build(()),
            not_before=parameters.not_before,
            not_after=UNDEFINED_EXPIRY,
            public_key=device.machine.state.pending_keys[usage].public_key,
            key_usages=frozenset({usage.value}),
            policies=(parameters.device_policy,),
            authority_key_identifier=issuer.certificate.key_identifier,
            device_entity_id=device.entity_id,
            hardware_type=parameters.hardware_type,
        )
        return build_certificate(request, issuer.private_key or b"", self._suite)

    def update(
        self,
        device: Device | DeviceContact,
        mode: ReplacementMode,
        cells: Collection[TrustAnchorCellId],
        *,
        execution: datetime | None = None,
        generation: int = 2,
        floor: int = 1,
    ) -> Message:
        """CS02b: these cells go to the second generation of credentials, or back to the first.

        It asks for a low floor, unless told otherwise, for its own role and for every role whose
        cells it names.
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
        )
        return self._party(rule.authorising_role).update_credentials(self._contact(device), request)

    def renew_contingency_key(self, device: Device, mode: ReplacementMode) -> Message:
        """CS02b: the root keeps its key and gets the second generation's wrapped one."""
        root = renewed_root(self._pki, self._suite)
        request = UpdateRequest(mode, (Replacement(root, ROOT_CELL),), path=(root,))
        role = REPLACEMENT_RULES[mode].authorising_role
        return self._party(role).update_credentials(self._contact(device), request)

    def forged(self, message: Message) -> Message:
        """The same message with a signature that is none."""
        return replace(message, signature=bytes(63) + b"\x01")

    def _replacement(self, cell: TrustAnchorCellId, generation: int, root: int) -> Replacement:
        under = 2 if cell == ROOT_CELL else root
        return Replacement(self._pki.cell_certificate(cell, generation, under).octets, cell)

    def _path(self, root: int, *, linked: bool) -> tuple[bytes, ...]:
        link = (self._pki.root_link().octets,) if linked else ()
        return (self._pki.issuing(root).octets, *link)

    def _command(
        self, contact: DeviceContact, role: _ROLE, code: MessageCode, payload: bytes
    ) -> Message:
        counter = self._counters.next()
        return Message(
            CraFlag.COMMAND, counter, self._entity(role), contact.entity_id, code, payload
        )

    def _signed(self, message: Message, role: _ROLE) -> Message:
        signature = KeySigner(self._key(role), self._suite).sign(message.signed_octets())
        return replace(message, signature=signature)

    def _party(self, role: _ROLE) -> Party:
        if role is _ROLE.ACCESS_CONTROL_BROKER:
            return self._broker()
        holder = _Holder(
            Identity(role, self._entity(role)),
            KeySigner(self._key(role), self._suite),
            self._counters,
            self._suite,
            self._broker(),
        )
        holder.symmetric = self._custody_copy(CustodyKey.SYMMETRIC)
        return holder

    def _broker(self) -> AccessControlBroker:
        held = self._pki.party(_ROLE.ACCESS_CONTROL_BROKER)
        return AccessControlBroker(
            Identity(held.role, held.entity_id),
            KeySigner(held.private_key(KeyUsage.DIGITAL_SIGNATURE), self._suite),
            held.private_key(KeyUsage.KEY_AGREEMENT),
            self._counters,
            self._suite,
        )

    def _entity(self, role: _ROLE) -> EntityId:
        pki = self._pki
        return pki.contingency_entity_id if role is _ROLE.ROOT else pki.party(role).entity_id

    def _key(self, role: _ROLE) -> bytes:
        if role is _ROLE.ROOT:
            return self._custody_copy(CustodyKey.CONTINGENCY)
        if role is _ROLE.RECOVERY:
            return self._custody_copy(CustodyKey.RECOVERY)
        return self._pki.party(role).private_key(KeyUsage.DIGITAL_SIGNATURE)

    def _custody_copy(self, key: CustodyKey) -> bytes:
        if key not in self._copies:
            why = "a workshop holds every key"
            self._copies[key] = self._pki.custody.compromise(key, START, why)
        return self._copies[key]

    def _contact(self, device: Device | DeviceContact) -> DeviceContact:
        if isinstance(device, DeviceContact):
            return device
        signing, agreement = (
            parse_certificate(self._pki.issue_device(device.entity_id, usage)[1]).public_key
            for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
        )
        cells = frozenset(device.machine.state.cells)
        return DeviceContact(device.entity_id, device.device_type, cells, signing, agreement)


@cache
def _pki() -> DrillPki:
    return DrillPki.generate(_SEED)
