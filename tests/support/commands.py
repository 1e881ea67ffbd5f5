"""Protected commands for the devices of `tests.support.meter`, any part of which may be wrong."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from firmware_sim.bench.commands.compose import Content, Header, addressed
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner, protected
from firmware_sim.bench.commands.requests import Floors, Naming, UpdateRequest
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import Replacement, UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
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

ACB = str(ACB_KEY_AGREEMENT)

_FLOORS = ("floor", "specialist_floors", "other_changes")

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
    content = Content.reading(asks, tuple(roles))
    header = Header(entity(asks.role), meter.entity_id, next_counter())
    message = replace(addressed(content, header), **fields)
    if content.is_maced:
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
    """CS02b, complete and protected.

    Args:
        control: fields of the payload's control that replace the defaults, by their names there.
        fields: fields of the message that do.
    """
    by_contingency = mode is MODE.ANY_BY_CONTINGENCY
    counter = fields.get("counter", next_counter())
    if path is None:
        issuer = SECOND if by_contingency else SECOND_UNDER_FIRST
        path = (issuer.issuing().certificate,)
    request, changed = _request(mode, tuple(what), control or {})
    content = Content.update(
        request._replace(path=tuple(path), execution=execution),
        meter.device.device_type,
        changed.pop("counter", counter),
        changed.pop("symmetric_key", meter.generation.symmetric_key if by_contingency else None),
    )
    if "mode" in changed:
        content = _with_other_mode(content, changed.pop("mode"))
    assert not changed, f"no such field of the control: {changed}"
    party = CONTINGENCY_PARTY if by_contingency else entity(content.sender)
    message = replace(addressed(content, Header(party, meter.entity_id, counter)), **fields)
    if content.is_signed:
        message = signed(message, signer or _signing_key(meter, mode))
    return maced(meter, message) if content.is_maced else message


def _request(
    mode: ReplacementMode, what: tuple[Replacement, ...], control: dict[str, Any]
) -> tuple[UpdateRequest, dict[str, Any]]:
    """The request with those fields of the control that it has, and the other fields."""
    others = dict(control)
    request = UpdateRequest(
        mode,
        what,
        floors=Floors(*(others.pop(name, None) for name in _FLOORS)),
        time_checks=others.pop("time_checks", True),
        authorising_cell=others.pop("authorising_cell", Naming.BY_RULE) or Naming.LEFT_OUT,
    )
    return request, others


def _with_other_mode(content: Content, mode: ReplacementMode) -> Content:
    """The same header and protection around a control that says another mode, and nothing else."""
    command = UpdateCommand.decode(content.payload)
    control = command.control._replace(mode=mode)
    return content._replace(payload=command._replace(control=control).encode())


def _signing_key(meter: Meter, mode: ReplacementMode) -> bytes:
    if mode is MODE.ANY_BY_CONTINGENCY:
        return meter.generation.contingency_key
    role = REPLACEMENT_RULES[mode].authorising_role
    return meter.generation.key_of(TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE))


def signed(message: Message, private_key: bytes) -> Message:
    return protected(message, signer=KeySigner(private_key, SUITE))


def maced(meter: Meter, message: Message, broker_key: bytes | None = None) -> Message:
    """With the MAC of the Access Control Broker, for every originator."""
    private = broker_key or meter.generation.key_of(ACB)
    return AgreementKey(private, SUITE).add_mac(message, meter.agreement_point)


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
