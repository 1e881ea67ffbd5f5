"""Protected commands for the devices of `tests.support.meter`, any part of which may be wrong."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A
from tests.support.meter import START, Meter
from tests.support.pki import (
    CONTINGENCY_PARTY,
    SECOND,
    SECOND_UNDER_FIRST,
    SUITE,
    Generation,
    cell,
    entity,
)

MODE = ReplacementMode
ROLE = RemotePartyRole

ACB = "accessControlBroker.KA"

_numbers = count(START + 1)


def next_counter() -> int:
    """A counter above every one that was used before."""
    return next(_numbers)


def replacements(
    cells: Iterable[TrustAnchorCellId | str], generation: Generation = SECOND_UNDER_FIRST
) -> tuple[Replacement, ...]:
    """The certificates of a generation for some cells."""
    return tuple(
        Replacement(
            generation.leaf(item).certificate, cell(item) if isinstance(item, str) else item
        )
        for item in cells
    )


def query(
    meter: Meter,
    asking: str = ACB,
    roles: Iterable[RemotePartyRole] = (ROLE.SUPPLIER,),
    **fields: Any,
) -> Message:
    """CS02a, protected as its asking cell demands; `fields` replace parts of the message."""
    asks = cell(asking)
    payload = CredentialsQuery(asks, tuple(roles)).encode()
    message = Message(
        CraFlag.COMMAND, next_counter(), entity(asks.role), meter.entity_id, CS02A, payload
    )
    message = replace(message, **fields)
    if asks == cell(ACB):
        return maced(meter, message)
    return signed(message, meter.generation.key_of(asks))


def update(
    meter: Meter,
    mode: ReplacementMode,
    what: Iterable[Replacement],
    *,
    path: Iterable[bytes] | None = None,
    execution: datetime | None = None,
    signer: bytes | None = None,
    control: dict[str, Any] | None = None,
    **fields: Any,
) -> Message:
    """CS02b, complete and protected; `control` and `fields` replace parts after the defaults."""
    rule = REPLACEMENT_RULES[mode]
    device_type = meter.device.device_type
    by_contingency = mode is MODE.ANY_BY_CONTINGENCY
    is_signed = rule.is_signed(device_type)
    counter = fields.get("counter", next_counter())
    settings: dict[str, Any] = {
        "mode": mode,
        "counter": counter,
        "authorising_cell": rule.authorising_cell(device_type) if is_signed else None,
        "symmetric_key": meter.generation.symmetric_key if by_contingency else None,
    } | (control or {})
    if path is None:
        issuer = SECOND if by_contingency else SECOND_UNDER_FIRST
        path = (issuer.issuing().certificate,)
    payload = UpdateCommand(Control(**settings), tuple(what), tuple(path), execution).encode()
    party = CONTINGENCY_PARTY if by_contingency else entity(rule.authorising_role)
    message = replace(
        Message(CraFlag.COMMAND, counter, party, meter.entity_id, rule.code, payload), **fields
    )
    if is_signed:
        message = signed(message, signer or _signing_key(meter, mode))
    return maced(meter, message) if rule.maced else message


def _signing_key(meter: Meter, mode: ReplacementMode) -> bytes:
    if mode is MODE.ANY_BY_CONTINGENCY:
        return meter.generation.contingency_key
    role = REPLACEMENT_RULES[mode].authorising_role
    return meter.generation.key_of(TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE))


def signed(message: Message, private_key: bytes) -> Message:
    return with_signature(message, private_key, SUITE)


def maced(meter: Meter, message: Message, broker_key: bytes | None = None) -> Message:
    """With the MAC of the Access Control Broker, for every originator."""
    private = broker_key or meter.generation.key_of(ACB)
    return with_mac(message, SUITE.agree(private, meter.agreement_point), SUITE)


def by_recovery(
    meter: Meter, generation: Generation = SECOND_UNDER_FIRST, **changes: Any
) -> Message:
    """Mode 8: every cell but the root."""
    cells = sorted((item for item in meter.device.cells() if item.role is not ROLE.ROOT), key=str)
    return update(
        meter, MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, replacements(cells, generation), **changes
    )


def by_contingency(meter: Meter, generation: Generation = SECOND, **changes: Any) -> Message:
    """Mode 9: the root first, then every other cell."""
    others = (item for item in meter.device.cells() if item.role is not ROLE.ROOT)
    cells = [cell("root.CS"), *sorted(others, key=str)]
    return update(meter, MODE.ANY_BY_CONTINGENCY, replacements(cells, generation), **changes)


def supplier_by_supplier(meter: Meter, **changes: Any) -> Message:
    """Mode 2: the supplier's three cells."""
    cells = ("supplier.DS", "supplier.KA", "supplier.KA.PP")
    return update(meter, MODE.SUPPLIER_BY_SUPPLIER, replacements(cells), **changes)


__all__ = [
    "ACB",
    "MODE",
    "ROLE",
    "EntityId",
    "by_contingency",
    "by_recovery",
    "maced",
    "next_counter",
    "query",
    "replacements",
    "signed",
    "supplier_by_supplier",
    "update",
]
