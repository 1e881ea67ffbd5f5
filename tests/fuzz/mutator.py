"""Changes that get past the first checks: the payload as a tree, then protected anew.

Octets changed at random die of a wrong length, or of a wrong signature. Here whole values are
changed, certificates are signed again by the authority, and the message by its originator, so
that an input reaches what lies behind authentication.
"""

from dataclasses import replace
from functools import lru_cache
from random import Random

from firmware_sim.bench.experiments.twin.tree import (
    Change,
    change_somewhere,
    read_tree,
    sign_certificates,
)
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E, CS02F
from tests.fuzz.target import DEVICES, as_input, fresh, split
from tests.support.commands import ACB
from tests.support.meter import START, entity_of
from tests.support.pki import CONTINGENCY_PARTY, FIRST, SECOND, SECOND_UNDER_FIRST, SUITE, entity

_PARTIES = {
    entity(role): role
    for role in (
        RemotePartyRole.RECOVERY,
        RemotePartyRole.SUPPLIER,
        RemotePartyRole.NETWORK_OPERATOR,
        RemotePartyRole.ACCESS_CONTROL_BROKER,
        RemotePartyRole.TRANSITIONAL_COS,
        RemotePartyRole.WAN_PROVIDER,
    )
}
_CODES = (CS02A, CS02C, CS02D, CS02E, CS02F, *RULES_BY_CODE)
_COUNTERS = (0, START, START + 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
_ISSUERS = (SECOND_UNDER_FIRST.issuing().key, SECOND.issuing().key, FIRST.root().key)


def mutate(data: bytes, max_octets: int, seed: int, change: Change) -> bytes:
    """Another input: a third are changed as octets, the others as messages."""
    random = Random(seed)
    octets = change(data, max_octets)
    if random.random() < 1 / 3 or not data:
        return octets
    device_type, original = split(data)
    try:
        message = parse_message(original)
        built = _changed(message, device_type, random, change).build()
    except GbcsError:
        return octets
    return as_input(device_type, built)[:max_octets]


def protected(message: Message, device_type: DeviceType) -> Message:
    """The message with its fields of protection filled anew by those whose they are."""
    if message.signature:
        message = with_signature(message, _signing_key(message.originator), SUITE)
    return message if message.mac is None else with_mac(message, _secret(device_type), SUITE)


def _changed(message: Message, device_type: DeviceType, random: Random, change: Change) -> Message:
    if random.random() < 0.8:
        message = replace(message, payload=_payload(message.payload, random, change))
    if random.random() < 0.3:
        message = _header(message, random)
    if random.random() < 0.9:
        message = replace(message, target=entity_of(device_type))
        message = protected(message, device_type)
    return message


def _header(message: Message, random: Random) -> Message:
    changes = (
        {"counter": random.choice(_COUNTERS)},
        {"code": random.choice(_CODES)},
        {"originator": random.choice((*_PARTIES, CONTINGENCY_PARTY))},
        {"cra": random.choice(tuple(CraFlag))},
        {"date_time": random.choice((b"", bytes(12)))},
        {"signature": random.choice((b"", bytes(64))), "mac": random.choice((None, bytes(12)))},
    )
    return replace(message, **random.choice(changes))


def _payload(octets: bytes, random: Random, change: Change) -> bytes:
    tree = read_tree(octets)
    if tree is None:
        return change(octets, 2 * len(octets) + 16)
    for _ in range(random.choice((1, 1, 2, 4))):
        change_somewhere(tree, random, change)
    if random.random() < 0.7:
        sign_certificates(tree, random, _ISSUERS, SUITE)
    return tree.encode()


def _signing_key(originator: EntityId) -> bytes:
    role = _PARTIES.get(originator)
    if role is None:
        return FIRST.contingency_key
    return FIRST.key_of(TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE))


@lru_cache
def _secret(device_type: DeviceType) -> bytes:
    return SUITE.agree(FIRST.key_of(ACB), fresh(device_type).agreement_point)


def readdressed(message: Message) -> list[bytes]:
    """Inputs with the same content for our own devices, as from our own parties."""
    return [
        as_input(device_type, protected(_readdressed(message, device_type), device_type).build())
        for device_type in DEVICES
    ]


def _readdressed(message: Message, device_type: DeviceType) -> Message:
    """As from the party of ours that may send it."""
    rule = RULES_BY_CODE.get(message.code)
    if rule is not None:
        by_root = rule.authorising_role is RemotePartyRole.ROOT
        known = CONTINGENCY_PARTY if by_root else entity(rule.authorising_role)
    elif message.code in (CS02C, CS02D, CS02E):
        known = entity(certificate_authority(device_type, Policy()).role)
    else:
        known = entity(RemotePartyRole.ACCESS_CONTROL_BROKER)
    return replace(message, originator=known, target=entity_of(device_type), counter=START + 1)
