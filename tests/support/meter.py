"""Provisioned devices with fixed keys, a clock that a test turns, and their state to compare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES, Provenance, profile_of
from firmware_sim.devices.provision import Credentials, OwnKey, provision
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor, SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceKey,
    LogEvent,
    LogTally,
    PendingChunk,
    PendingCommand,
    Record,
    Root,
)
from firmware_sim.machine.image.use_records import Activation, MeterState, TopUp
from firmware_sim.machine.ports import ClockReading, ClockReliability
from tests.support.device_pki import device_certificate
from tests.support.pki import FIRST, SUITE, Generation, key

START = 1000
"""Every role's counter, as provisioned."""

OWN_START = 7_000
"""The first Originator Counter of the device's own."""

DAY = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    time: datetime = DAY
    reliability: ClockReliability = ClockReliability.RELIABLE

    def now(self) -> ClockReading:
        return ClockReading(self.time, self.reliability)


@dataclass
class Meter:
    """A device with what a test needs to talk to it.

    Attributes:
        renewed: points of its own keys that took the place of those it was provisioned with.
    """

    device: Device
    clock: Clock
    generation: Generation = field(default=FIRST)
    renewed: dict[KeyUsage, bytes] = field(default_factory=dict)

    @property
    def entity_id(self) -> EntityId:
        return self.device.entity_id

    @property
    def signing_point(self) -> bytes:
        return self._point(KeyUsage.DIGITAL_SIGNATURE)

    @property
    def agreement_point(self) -> bytes:
        return self._point(KeyUsage.KEY_AGREEMENT)

    def _point(self, usage: KeyUsage) -> bytes:
        return self.renewed.get(usage) or SUITE.public_key(own_key(self.device.device_type, usage))

    def counter(self, role: RemotePartyRole) -> int:
        return self.device.machine.state.counter(role)


class Durable(NamedTuple):
    """What a refused command must leave alone."""

    cells: dict[TrustAnchorCellId, Cell]
    root: Root
    counters: dict[RemotePartyRole, Counters]
    log: dict[int, LogEvent]
    pending: dict[int, PendingCommand]
    keys: dict[KeyUsage, DeviceKey]
    waiting_keys: dict[KeyUsage, DeviceKey]
    certificates: dict[KeyUsage, bytes]
    meter: MeterState
    top_ups: dict[int, TopUp]
    activation: Activation | None


def durable(device: Device) -> Durable:
    """Credentials, own keys, counters, events, what waits, credit: from the flash image alone."""
    copy = Device(NorFlash.load(device.image(), device.flash.geometry), clock=Clock(), suite=SUITE)
    state = copy.machine.state
    return Durable(
        state.cells,
        state.root,
        state.counters,
        state.log,
        state.pending,
        state.keys,
        state.pending_keys,
        state.certificates,
        state.meter,
        state.top_ups,
        state.activation,
    )


def entity_of(device_type: DeviceType) -> EntityId:
    return EntityId(bytes.fromhex("0246530000010000")[:7] + bytes((device_type,)))


def own_key(device_type: DeviceType, usage: KeyUsage) -> bytes:
    return key(f"device {device_type.name} {usage.name}")


def meter(
    device_type: DeviceType = DeviceType.ESME,
    *,
    policy: Policy | None = None,
    geometry: Geometry | None = None,
    clock: Clock | None = None,
    generation: Generation = FIRST,
    verified: SignatureCache | None = None,
    faults: Iterable[Fault] = (),
) -> Meter:
    """A device as it comes from the factory; cheap, because the first image is kept."""
    chosen = policy or Policy()
    held = frozenset(profile_of(device_type, chosen).cells)
    template, snapshot = _provisioned(device_type, held, geometry, generation)
    flash = NorFlash(template)
    flash.restore(snapshot)
    clock = clock or Clock()
    device = Device(
        flash, clock=clock, suite=SUITE, policy=chosen, verified=verified, faults=faults
    )
    return Meter(device, clock, generation)


def custom(
    device_type: DeviceType = DeviceType.ESME,
    *,
    root: bytes | Anchor | None = None,
    cells: Mapping[TrustAnchorCellId, bytes] | None = None,
    policy: Policy | None = None,
) -> Meter:
    """A device provisioned with another root, or other certificates in some cells."""
    chosen = policy or Policy()
    profile = profile_of(device_type, chosen)
    held = {cell: FIRST.leaf(cell).certificate for cell in profile.cells if cell != ROOT_CELL}
    factory = credentials(
        device_type, held | dict(cells or {}), root=root or FIRST.root().certificate
    )
    flash = provision(profile, entity_of(device_type), factory)
    clock = Clock()
    return Meter(Device(flash, clock=clock, suite=SUITE, policy=chosen), clock)


def credentials(
    device_type: DeviceType,
    cells: Mapping[TrustAnchorCellId, bytes],
    *,
    root: bytes | Anchor,
) -> Credentials:
    """Credentials with the device's fixed keys and every counter at START."""
    return Credentials(
        root=root,
        cells=cells,
        own={
            usage: _own_credential(device_type, usage)
            for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
        },
        seed=key(f"seed {device_type.name}"),
        counters=dict.fromkeys(RemotePartyRole, START),
        next_counter=OWN_START,
    )


def _own_credential(device_type: DeviceType, usage: KeyUsage) -> OwnKey:
    private_key = own_key(device_type, usage)
    point = SUITE.public_key(private_key)
    return OwnKey(private_key, point, device_certificate(point, usage, entity_of(device_type)))


@lru_cache(64)
def _provisioned(
    device_type: DeviceType,
    held: frozenset[TrustAnchorCellId],
    geometry: Geometry | None,
    generation: Generation,
) -> tuple[Geometry, FlashSnapshot]:
    profile = replace(PROFILES[device_type], cells=dict.fromkeys(held, Provenance.INFERRED))
    cells = {cell: generation.leaf(cell).certificate for cell in profile.cells if cell != ROOT_CELL}
    flash = provision(
        profile,
        entity_of(device_type),
        credentials(device_type, cells, root=generation.root().certificate),
        geometry=geometry,
    )
    return flash.geometry, flash.snapshot()


def fill(device: Device) -> None:
    """Take up the room in a device's flash, until not even one more tally fits.

    Octets of a command that does not wait take most of it, tallies of no reason the rest. No log
    entry fits then either, but what is there already can still be replaced.
    """
    _fill_with(device, (PendingChunk(15, number, bytes(500)) for number in range(256)))
    _fill_with(
        device, (LogTally(reason, False, 1, 0, 0, bytes(8)) for reason in range(0x7000, 0x7FFF))
    )


def _fill_with(device: Device, records: Iterable[Record]) -> None:
    store = device.machine.state.store
    for record in records:
        transaction = store.transaction()
        transaction.put(*encode(record))
        if not store.fits(transaction):
            return
        transaction.commit()
