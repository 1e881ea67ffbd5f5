"""Manufacture: write a device's first flash image, with its identity, keys and credentials.

Provisioned certificates are not checked against their profiles; incoming ones are. A root may
be given by its public key alone, for a root certificate that is not public.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from firmware_sim.devices.meter_values import MeterValues
from firmware_sim.devices.profiles import Profile
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor, SignatureCache
from firmware_sim.gbcs.roles import ROOT_CELL, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.credentials.candidates import ROOT_UNIQUE_ID
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode_entry
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceIdentity,
    DeviceKey,
    KeyState,
    OwnCounters,
    Record,
    RecordKey,
    Root,
    Superblock,
)
from firmware_sim.machine.store.journal import LiveRecords
from firmware_sim.machine.store.store import Store

_UNKNOWN_DIGEST = bytes(32)

Encoded = tuple[RecordKey, bytes]
"""A record's key and its whole entry."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key pair of the device itself: 32-octet scalar, 65-octet point, certificate in DER.

    An empty certificate is none: the device holds the key pair only.
    """

    private_key: bytes = field(repr=False)
    public_key: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class WaitingKey:
    """A key pair without a certificate yet: 32-octet scalar, 65-octet point."""

    private_key: bytes = field(repr=False)
    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a device leaves the factory with.

    Attributes:
        root: the Root OCA Certificate, in DER or parsed, or the anchor if only that is known.
        cells: certificate, in DER or parsed, for every other cell that it has.
        own: the device's digitalSignature and keyAgreement keys.
        seed: 32 octets from which the device draws its randomness.
        counters: Originator Counter to start from, by role; 0 for the others.
        next_counter: first of the device's own Originator Counters.
        waiting: key pairs that were made for a request and wait for their certificates.
        values: balance, firmware and registers in place of the profile's.
    """

    root: bytes | Certificate | Anchor
    cells: Mapping[TrustAnchorCellId, bytes | Certificate]
    own: Mapping[KeyUsage, OwnKey]
    seed: bytes = field(repr=False)
    counters: Mapping[RemotePartyRole, int] = field(default_factory=dict)
    next_counter: int = 1
    waiting: Mapping[KeyUsage, WaitingKey] = field(default_factory=dict)
    values: MeterValues | None = None


def provision(
    profile: Profile,
    entity: EntityId,
    credentials: Credentials,
    *,
    geometry: Geometry | None = None,
    known: SignatureCache | None = None,
) -> NorFlash:
    """A flash with the device's first image.

    Args:
        geometry: in place of the profile's.
        known: remembers the encoded records that the devices of a fleet have in common.

    Raises:
        LocalError: a cell of the profile has no certificate, or one is given for another cell.
        RemoteError: a certificate does not parse.
        InsufficientSpace: the flash is too small.
    """
    wanted = set(profile.cells) - {ROOT_CELL}
    if wanted != set(credentials.cells):
        differing = ", ".join(sorted(map(str, wanted ^ set(credentials.cells))))
        raise LocalError(
            f"certificates and cells of {profile.device_type.name} differ: {differing}"
        )
    flash = NorFlash(geometry or profile.geometry)
    superblock = Superblock(flash.geometry, profile.device_type, entity)
    entries: LiveRecords = dict(map(encode_entry, _own_records(profile, entity, credentials)))
    entries |= _common(profile, credentials, known)
    values = credentials.values or profile.values
    if values is not None:
        entries |= values.entries
    Store.format_entries(flash, superblock, entries)
    return flash


def _common(
    profile: Profile, credentials: Credentials, known: SignatureCache | None
) -> tuple[Encoded, ...]:
    """The records that hold nothing of one device alone: certificates' cells, and counters."""

    def find() -> tuple[Encoded, ...]:
        return tuple(map(encode_entry, _common_records(profile, credentials)))

    if known is None:
        return find()
    roles = frozenset(cell.role for cell in profile.cells)
    cells, counters = tuple(credentials.cells.items()), tuple(credentials.counters.items())
    return known.derive((Credentials, roles, credentials.root, cells, counters), find)


def _common_records(profile: Profile, credentials: Credentials) -> Iterator[Record]:
    yield _root(credentials.root)
    for cell, certificate in credentials.cells.items():
        yield _cell(cell, _parsed(certificate))
    for role in {cell.role for cell in profile.cells}:
        yield Counters(role, credentials.counters.get(role, 0))


def _own_records(profile: Profile, entity: EntityId, credentials: Credentials) -> Iterator[Record]:
    yield DeviceIdentity(profile.device_type, entity, credentials.seed)
    yield OwnCounters(credentials.next_counter, 0)
    for usage, key in credentials.own.items():
        yield DeviceKey(usage, key.private_key, key.public_key)
        if key.certificate:
            yield DeviceCertificate(usage, key.certificate)
    for usage, pair in credentials.waiting.items():
        yield DeviceKey(usage, pair.private_key, pair.public_key, KeyState.PENDING)


def _parsed(certificate: bytes | Certificate) -> Certificate:
    if isinstance(certificate, Certificate):
        return certificate
    return parse_certificate(certificate)


def _root(root: bytes | Certificate | Anchor) -> Root:
    if isinstance(root, Anchor):
        cell = Cell(
            ROOT_CELL, ROOT_UNIQUE_ID, root.key_identifier, root.public_key, _UNKNOWN_DIGEST
        )
        return Root(cell, root.subject.octets)
    certificate = _parsed(root)
    cell = Cell(
        ROOT_CELL,
        ROOT_UNIQUE_ID,
        certificate.key_identifier,
        certificate.public_key,
        sha256(certificate.octets).digest(),
    )
    return Root(cell, certificate.subject.octets, certificate.wrapped_contingency_key or b"")


def _cell(cell: TrustAnchorCellId, certificate: Certificate) -> Cell:
    unique_id = certificate.subject_unique_id
    if unique_id is None:
        raise LocalError(f"the certificate for {cell} has no subject unique identifier")
    digest = sha256(certificate.octets).digest()
    return Cell(cell, unique_id, certificate.key_identifier, certificate.public_key, digest)
