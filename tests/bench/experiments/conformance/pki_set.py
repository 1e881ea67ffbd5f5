"""A reference set of a whole PKI's parties and of devices, with pairs of every kind.

Payloads are written by asn1tools from the values that the specification gives; only the
protections, which other tests check, are made with our own code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.result import ReplayResult
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import ReplacementOutcome
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.roles import ROOT_CELL, CellUsage, KeyUsage, TrustAnchorCellId
from tests.bench.experiments.conformance.own_set import OwnSet
from tests.gbcs import independent, second_opinion
from tests.support.device_pki import device_certificate
from tests.support.pki import FIRST, SECOND_UNDER_FIRST, SUITE, Generation, Leaf, cell, entity, key

ESME = EntityId.parse("0246530000000a00")
CHF = EntityId.parse("0246530000000a02")
GPF = EntityId.parse("0246530000000a03")
STAMP = bytes.fromhex("07df 0101 ff 00000000 8000 ff")
"""2015-01-01 with the clock status FF, as reference responses have it."""

_PARTY_CELLS = [
    "recovery.DS",
    "supplier.DS",
    "supplier.KA",
    "supplier.KA.PP",
    "networkOperator.DS",
    "networkOperator.KA",
    "accessControlBroker.DS",
    "accessControlBroker.KA",
    "transitionalCoS.DS",
    "wanProvider.DS",
    "loadController.DS",
    "loadController.KA",
]
_LABELS = {KeyUsage.DIGITAL_SIGNATURE: "ds", KeyUsage.KEY_AGREEMENT: "ka"}


class Holder(NamedTuple):
    """A party's certificate for what it was made for, wherever it is held."""

    cell: TrustAnchorCellId
    generation: Generation = FIRST

    @classmethod
    def of(cls, name: str, generation: Generation = FIRST) -> "Holder":
        return cls(cell(name), generation)

    @property
    def leaf(self) -> Leaf:
        return self.generation.leaf(self.cell)

    @property
    def entity(self) -> EntityId:
        return entity(self.cell.role)

    @property
    def unique_id(self) -> bytes:
        """What an outcome calls the holder; a root certificate has no such identifier."""
        return bytes(8) if self.cell == ROOT_CELL else self.entity

    def entry(self) -> dict[str, Any]:
        is_top_up = self.cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP
        return {
            "entity": str(self.entity),
            "usage": "pp-ka" if is_top_up else _LABELS[self.cell.key_usage],
            "certificate": self.leaf.certificate.hex(),
            "private_scalar": self.leaf.key.hex(),
        }


@dataclass(frozen=True)
class DeviceOwner:
    """A device's key: only its certificate is published."""

    entity: EntityId
    usage: KeyUsage

    @property
    def private_key(self) -> bytes:
        return key(f"{self.entity} {self.usage.name}")

    @property
    def point(self) -> bytes:
        return SUITE.public_key(self.private_key)

    @property
    def certificate(self) -> bytes:
        return device_certificate(self.point, self.usage, self.entity)

    def entry(self) -> dict[str, Any]:
        usage = _LABELS[self.usage]
        return {
            "entity": str(self.entity),
            "usage": usage,
            "certificate": self.certificate.hex(),
        }


def root_issuer() -> dict[str, str]:
    anchor = FIRST.anchor()
    return {
        "name": "OU=00, CN=Test Root 1",
        "kind": "Root OCA",
        "key_identifier": anchor.key_identifier.hex(),
        "public_point": anchor.public_key.hex(),
    }


class PkiSet(OwnSet):
    """Every party of the first generation and three devices, whose private keys are not known."""

    def __init__(self, root: Path) -> None:
        parties = [Holder.of(name) for name in _PARTY_CELLS]
        devices = [DeviceOwner(device, usage) for device in (ESME, CHF, GPF) for usage in _LABELS]
        super().__init__(root, [*parties, *devices], root_issuer())


def from_party(
    party: Holder, device: EntityId, code: MessageCode, payload: bytes, counter: int
) -> Message:
    """A Command, signed by the party, with the Broker's MAC."""
    bare = Message(CraFlag.COMMAND, counter, party.entity, device, code, payload)
    return with_broker_mac(with_signature(bare, party.leaf.key, SUITE))


def with_broker_mac(message: Message) -> Message:
    broker = Holder.of("accessControlBroker.KA").leaf
    device = DeviceOwner(message.target, KeyUsage.KEY_AGREEMENT)
    return with_mac(message, independent.agree(broker.key, device.point), SUITE)


def to_party(command: Message, payload: bytes, *, stamped: bool = False) -> Message:
    """The signed response to a Command."""
    bare = Message(
        CraFlag.RESPONSE,
        command.counter,
        command.target,
        command.originator,
        command.code,
        payload,
        date_time=STAMP if stamped else b"",
    )
    return by_device(bare)


def by_device(bare: Message) -> Message:
    device = DeviceOwner(bare.originator, KeyUsage.DIGITAL_SIGNATURE)
    return with_signature(bare, device.private_key, SUITE)


def next_generation(*names: str) -> dict[str, Holder]:
    """New certificates for cells, from an authority under the root that the devices hold."""
    return {name: Holder.of(name, SECOND_UNDER_FIRST) for name in names}


def outcomes(
    held: Mapping[str, Holder],
    new: Mapping[str, Holder],
    failed: Mapping[str, StatusCode] | None = None,
) -> tuple[ReplacementOutcome, ...]:
    """What the specification says of cells that held one certificate and were given another."""
    failures = failed or {}
    found = []
    for name, holder in new.items():
        old, now = held[name], held[name] if name in failures else holder
        found.append(
            ReplacementOutcome(
                cell(name),
                failures.get(name, StatusCode.SUCCESS),
                old.unique_id,
                old.leaf.key_identifier,
                now.unique_id,
                now.leaf.key_identifier,
            )
        )
    return tuple(found)


def altered(message: Message) -> Message:
    """The same message with another last octet of its payload."""
    last = message.payload[-1] ^ 1
    return by_device(replace(message, payload=message.payload[:-1] + bytes((last,))))


def encoded(payload: object) -> bytes:
    """A payload in DER by asn1tools."""
    return second_opinion.encoded(type(payload), second_opinion.values_of(payload))


def replayed(pki_set: PkiSet, **messages: Message) -> ReplayResult:
    for kind, message in messages.items():
        pki_set.add(f"pair/x_{kind.upper()}", message)
    result = run_conformance(locate(pki_set.root), strict=False, policy=Policy(), progress=Silent())
    assert result.wrong == []
    assert result.unpaired == []
    return result.replay


def wrong_states_of(replay: ReplayResult) -> set[str]:
    assert [*replay.differ, *replay.unsupported] == []
    (found,) = replay.wrong_states.values()
    return set(found)
