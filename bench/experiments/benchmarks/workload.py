"""What the device benchmark works on: a fleet of meters, and one command of each mode for each."""

from dataclasses import dataclass
from datetime import UTC, datetime

from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES, Profile
from firmware_sim.devices.provision import Credentials, OwnKey, provision
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.protection import with_signature
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash
from firmware_sim.machine.ports import ClockReading, ClockReliability

_SEED = b"device benchmark"
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_COUNTER = 1000
_RECOVERY = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_CONTINGENCY = ReplacementMode.ANY_BY_CONTINGENCY
_RECOVERY_CELL = TrustAnchorCellId(RemotePartyRole.RECOVERY, KeyUsage.DIGITAL_SIGNATURE)


class _FixedClock:
    def now(self) -> ClockReading:
        return ClockReading(_AT, ClockReliability.RELIABLE)


@dataclass(frozen=True, slots=True)
class Workload:
    """Electricity meters as they leave the factory, and their commands by mode.

    Attributes:
        recovery_key: 65-octet point that verifies the mode 8 commands.
        scalar: a private key to measure raw signatures with.
    """

    snapshots: tuple[FlashSnapshot, ...]
    commands: dict[ReplacementMode, tuple[bytes, ...]]
    recovery_key: bytes
    scalar: bytes

    @property
    def devices(self) -> int:
        """How many meters."""
        return len(self.snapshots)

    @classmethod
    def prepare(cls, devices: int) -> "Workload":
        """Provision the meters and build two commands for each."""
        pki = DrillPki.generate(_SEED)
        profile = PROFILES[DeviceType.ESME]
        entities = [EntityId(index.to_bytes(8, "big")) for index in range(1, devices + 1)]
        snapshots = tuple(_provisioned(pki, profile, entity) for entity in entities)
        keys = {
            _RECOVERY: pki.custody.compromise(CustodyKey.RECOVERY, _AT, "benchmark"),
            _CONTINGENCY: pki.custody.compromise(CustodyKey.CONTINGENCY, _AT, "benchmark"),
        }
        commands = {
            mode: tuple(_command(pki, profile, mode, key, entity) for entity in entities)
            for mode, key in keys.items()
        }
        recovery_key = P256Suite().public_key(keys[_RECOVERY])
        return cls(snapshots, commands, recovery_key, keys[_RECOVERY])

    def device(self, index: int, suite: CryptoSuite, cache: SignatureCache | None) -> Device:
        """A meter, freshly powered on as it left the factory."""
        flash = NorFlash(PROFILES[DeviceType.ESME].geometry)
        flash.restore(self.snapshots[index])
        return Device(flash, clock=_FixedClock(), suite=suite, verified=cache)


def _provisioned(pki: DrillPki, profile: Profile, entity: EntityId) -> FlashSnapshot:
    suite = P256Suite()
    own = {}
    for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
        private_key, certificate = pki.issue_device(entity, usage)
        own[usage] = OwnKey(private_key, suite.public_key(private_key), certificate)
    cells = {cell: pki.cell_certificate(cell).octets for cell in profile.cells if cell != ROOT_CELL}
    credentials = Credentials(
        root=pki.root().octets, cells=cells, own=own, seed=_SEED.ljust(32, b"\0")
    )
    return provision(profile, entity, credentials).snapshot()


def _command(
    pki: DrillPki, profile: Profile, mode: ReplacementMode, key: bytes, entity: EntityId
) -> bytes:
    by_contingency = mode is _CONTINGENCY
    under = 2 if by_contingency else 1
    cells = [cell for cell in profile.cells if by_contingency or cell != ROOT_CELL]
    control = Control(
        mode=mode,
        counter=_COUNTER,
        authorising_cell=ROOT_CELL if by_contingency else _RECOVERY_CELL,
        floor=0,
        symmetric_key=_symmetric_key(pki) if by_contingency else None,
    )
    replacements = tuple(Replacement(_certificate(pki, cell, under), cell) for cell in cells)
    path = (pki.issuing(under, under=under).octets,)
    payload = UpdateCommand(control, replacements, path).encode()
    originator = (
        pki.contingency_entity_id
        if by_contingency
        else pki.party(RemotePartyRole.RECOVERY).entity_id
    )
    code = REPLACEMENT_RULES[mode].code
    message = Message(CraFlag.COMMAND, _COUNTER, originator, entity, code, payload)
    return with_signature(message, key, P256Suite()).build()


def _certificate(pki: DrillPki, cell: TrustAnchorCellId, under: int) -> bytes:
    if cell == ROOT_CELL:
        return pki.root(2).octets
    return pki.cell_certificate(cell, 2, under=under).octets


def _symmetric_key(pki: DrillPki) -> bytes:
    return pki.custody.compromise(CustodyKey.SYMMETRIC, _AT, "benchmark")
