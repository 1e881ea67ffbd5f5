"""What the device benchmark works on: a fleet of meters, and one command of each mode for each."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from firmware_sim.bench.commands.compose import Content, Header, compose
from firmware_sim.bench.commands.key_ring import PkiKeys
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.commands.requests import Floors, UpdateRequest
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES, Profile
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash

NAME = b"device benchmark"
"""From which the PKI comes."""

SEED = NAME.ljust(32, b"\0")
"""From which the meters' own randomness comes."""

AT = datetime(2026, 1, 1, tzinfo=UTC)
"""What the meters' clocks show."""

_COUNTER = 1000
_RECOVERY = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_CONTINGENCY = ReplacementMode.ANY_BY_CONTINGENCY


@dataclass(frozen=True, slots=True)
class Workload:
    """Electricity meters as they leave the factory, and their commands by mode.

    Attributes:
        pki: where the meters' credentials come from.
        known: what their manufacture remembers.
        recovery_key: 65-octet point that verifies the mode 8 commands.
        scalar: a private key to measure raw signatures with.
    """

    pki: DrillPki
    known: SignatureCache
    snapshots: tuple[FlashSnapshot, ...]
    commands: dict[ReplacementMode, tuple[bytes, ...]]
    recovery_key: bytes
    scalar: bytes = field(repr=False)

    @property
    def devices(self) -> int:
        """How many meters."""
        return len(self.snapshots)

    @classmethod
    def prepare(cls, devices: int) -> "Workload":
        """Provision the meters and build two commands for each."""
        pki = DrillPki.generate(NAME)
        profile = PROFILES[DeviceType.ESME]
        entities = [_entity(index) for index in range(devices)]
        known = SignatureCache()
        snapshots = tuple(_manufactured(pki, entity, known).snapshot() for entity in entities)
        commands = {
            mode: tuple(_command(pki, profile, mode, entity) for entity in entities)
            for mode in (_RECOVERY, _CONTINGENCY)
        }
        recovery = _keys(pki).signing(RemotePartyRole.RECOVERY)
        return cls(pki, known, snapshots, commands, P256Suite().public_key(recovery), recovery)

    @property
    def entities(self) -> list[EntityId]:
        """Of the meters, in order."""
        return [_entity(index) for index in range(self.devices)]

    def signing_key(self, index: int) -> bytes:
        """65-octet point that verifies what a meter signs."""
        octets = self.pki.device_certificate(_entity(index), KeyUsage.DIGITAL_SIGNATURE)
        return parse_certificate(octets).public_key

    def provision(self, index: int) -> NorFlash:
        """Manufacture a meter anew, with its own keys and certificates: the same each time."""
        return _manufactured(self.pki, _entity(index), self.known)

    def device(self, index: int, suite: CryptoSuite, cache: SignatureCache | None) -> Device:
        """A meter, freshly powered on as it left the factory."""
        flash = NorFlash(PROFILES[DeviceType.ESME].geometry)
        flash.restore(self.snapshots[index])
        return Surroundings(StillClock(AT), suite=suite, verified=cache).powered(flash)


def _entity(index: int) -> EntityId:
    return EntityId((index + 1).to_bytes(8, "big"))


def _manufactured(pki: DrillPki, entity: EntityId, known: SignatureCache) -> NorFlash:
    return manufacture(pki, DeviceType.ESME, entity, seed=SEED, policy=Policy(), known=known)


def _command(pki: DrillPki, profile: Profile, mode: ReplacementMode, entity: EntityId) -> bytes:
    by_contingency = mode is _CONTINGENCY
    under = 2 if by_contingency else 1
    cells = [cell for cell in profile.cells if by_contingency or cell != ROOT_CELL]
    request = UpdateRequest(
        mode,
        tuple(Replacement(_certificate(pki, cell, under), cell) for cell in cells),
        (pki.issuing(under, under=under).octets,),
        Floors(0),
    )
    keys = _keys(pki)
    symmetric_key = keys.symmetric() if by_contingency else None
    content = Content.update(request, profile.device_type, _COUNTER, symmetric_key)
    header = Header(keys.originator(content.sender), entity, _COUNTER)
    signer = KeySigner(keys.signing(content.sender), P256Suite())
    return compose(content, header, signer=signer).build()


def _certificate(pki: DrillPki, cell: TrustAnchorCellId, under: int) -> bytes:
    if cell == ROOT_CELL:
        return pki.root(2).octets
    return pki.cell_certificate(cell, 2, under=under).octets


def _keys(pki: DrillPki) -> PkiKeys:
    return PkiKeys(pki, AT, "benchmark")
