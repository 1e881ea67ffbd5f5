"""A small reference set of our own: parties, a device, its keys, and one CS02a pair.

Expected answers are written out by hand; only certificates come from the builder.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import key_identifier_of
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.gbcs import independent

SUITE = P256Suite()
BROKER = EntityId.parse("0246530000000004")
SUPPLIER = EntityId.parse("0246530000000002")
OPERATOR = EntityId.parse("0246530000000003")
DEVICE = EntityId.parse("0246530000000a00")
OTHER_DEVICE = EntityId.parse("0246530000000a01")
POLICY = "1.2.3.4"
AGREE, SIGN = KeyUsage.KEY_AGREEMENT, KeyUsage.DIGITAL_SIGNATURE


def scalar(name: str) -> bytes:
    return sha256(name.encode()).digest()


def certificate(
    entity: EntityId, usage: KeyUsage, private_key: bytes, role: RemotePartyRole | None = None
) -> bytes:
    """A party's certificate, or without a role a device's."""
    is_device = role is None
    return build_certificate(
        CertificateRequest(
            serial=1,
            issuer=Name.of_authority("Z1", RemotePartyRole.ISSUING_AUTHORITY),
            subject=Name.build([]) if role is None else Name.of_party(role, entity),
            not_before=datetime(2020, 1, 1, tzinfo=UTC),
            not_after=datetime(2040, 1, 1, tzinfo=UTC),
            public_key=SUITE.public_key(private_key),
            key_usages=frozenset({usage.value}),
            policies=(POLICY,),
            authority_key_identifier=bytes(8),
            device_entity_id=entity if is_device else None,
            hardware_type="1.2.3.5" if is_device else "",
        ),
        scalar("Z1"),
        SUITE,
    )


@dataclass
class Owner:
    """One key pair in the key file."""

    entity: EntityId
    usage: KeyUsage
    role: RemotePartyRole | None = None
    published: bool = True
    top_up: bool = False
    label: str = ""
    private_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.private_key = scalar(f"{self.entity} {self.usage} {self.top_up}")

    @property
    def certificate(self) -> bytes:
        return certificate(self.entity, self.usage, self.private_key, self.role)

    @property
    def key_identifier(self) -> bytes:
        return key_identifier_of(SUITE.public_key(self.private_key))

    def entry(self) -> dict[str, Any]:
        usage = "pp-ka" if self.top_up else self.usage.short.lower()
        entry = {
            "entity": self.label or str(self.entity),
            "usage": usage,
            "certificate": self.certificate.hex(),
        }
        return {**entry, "private_scalar": self.private_key.hex()} if self.published else entry


BROKER_KA = Owner(BROKER, AGREE, RemotePartyRole.ACCESS_CONTROL_BROKER)
SUPPLIER_DS = Owner(SUPPLIER, SIGN, RemotePartyRole.SUPPLIER)
SUPPLIER_KA = Owner(SUPPLIER, AGREE, RemotePartyRole.SUPPLIER)
SUPPLIER_PP = Owner(SUPPLIER, AGREE, RemotePartyRole.SUPPLIER, top_up=True)
DEVICE_KA = Owner(DEVICE, AGREE, published=False)
DEVICE_DS = Owner(DEVICE, SIGN, published=False)
OTHER_DEVICE_KA = Owner(OTHER_DEVICE, AGREE, published=False)
OPERATOR_DS = Owner(OPERATOR, SIGN, RemotePartyRole.NETWORK_OPERATOR)
_PARTIES = (BROKER_KA, SUPPLIER_DS, SUPPLIER_KA, SUPPLIER_PP, OPERATOR_DS)
OWNERS = (*_PARTIES, DEVICE_KA, DEVICE_DS, OTHER_DEVICE_KA)

SECRET = independent.agree(BROKER_KA.private_key, SUITE.public_key(DEVICE_KA.private_key))

ROOT = {
    "name": "OU=00, CN=ZA",
    "kind": "Root OCA",
    "key_identifier": key_identifier_of(SUITE.public_key(scalar("ZA"))).hex(),
    "public_point": SUITE.public_key(scalar("ZA")).hex(),
}

QUERY = bytes.fromhex("300e 3007 020104 03020308 3003 020102")
"""The broker, by its key agreement cell, asks for the supplier."""


def report(*owners: Owner, counter: int = 0) -> bytes:
    """The answer to `QUERY` of a device that holds these supplier keys, in the cells' order."""
    cells = b""
    for owner in owners:
        usage = bytes.fromhex("03020780" if owner.usage is SIGN else "03020308")
        top_up = bytes.fromhex("020101") if owner.top_up else b""
        ids = b"\x04\x08" + owner.entity + b"\x04\x08" + owner.key_identifier
        cells += _tlv(0x30, usage + top_up + ids)
    fields = bytes.fromhex(f"020102 0a0100 0201{counter:02x}") + _tlv(0x30, cells)
    return _tlv(0x30, _tlv(0x30, fields))


def _tlv(tag: int, body: bytes) -> bytes:
    length = bytes((len(body),)) if len(body) < 128 else bytes((0x81, len(body)))
    return bytes((tag,)) + length + body


def query_command(counter: int = 5) -> Message:
    bare = Message(CraFlag.COMMAND, counter, BROKER, DEVICE, MessageCode(8), QUERY)
    return with_mac(bare, SECRET, SUITE)


def query_response(payload: bytes, counter: int = 5) -> Message:
    bare = Message(CraFlag.RESPONSE, counter, DEVICE, BROKER, MessageCode(8), payload)
    return with_mac(bare, SECRET, SUITE)


def signed(message: Message, owner: Owner) -> Message:
    return with_signature(message, owner.private_key, SUITE)


class HasEntry(Protocol):
    """What can stand in a key file."""

    def entry(self) -> dict[str, Any]:
        """Its entry."""


class OwnSet:
    """A reference set in a folder."""

    def __init__(
        self,
        root: Path,
        owners: Iterable[HasEntry] = OWNERS,
        root_issuer: Mapping[str, str] = ROOT,
    ) -> None:
        self.root = root
        self.messages = root / "messages"
        self.messages.mkdir()
        (root / "keystore.json").write_text(json.dumps([owner.entry() for owner in owners]))
        (root / "issuers.json").write_text(json.dumps([root_issuer]))

    def add(self, name: str, content: Message | str) -> Path:
        """Write ``folder/NAME`` with a message, or with a text in place of one."""
        path = self.messages / f"{name}_GBCS.HEX"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else content.build().hex().upper())
        return path

    def add_pair(self) -> None:
        """A query and its answer, as a device that holds three supplier keys gives it."""
        self.add("1_CS02a/CS02a_1_SUCCESS_COMMAND", query_command())
        payload = report(SUPPLIER_DS, SUPPLIER_KA, SUPPLIER_PP)
        self.add("1_CS02a/CS02a_1_SUCCESS_RESPONSE", query_response(payload))
