"""What stands in a payload, as plain values; opaque where the use case is not one of ours.

The Contingency Symmetric Key, which travels in clear, is never among them.
"""

from collections.abc import Callable, Mapping
from typing import Final

from firmware_sim.bench.cli.message.activation_payload import (
    activation_alert_fields,
    activation_fields,
    activation_response_fields,
)
from firmware_sim.bench.cli.message.certificate_payload import (
    brought_fields,
    installed_fields,
    issued_fields,
    provided_fields,
    usage_query_fields,
)
from firmware_sim.bench.cli.message.payload_words import Fields
from firmware_sim.bench.cli.message.update_payload import (
    update_alert_fields,
    update_fields,
    update_response_fields,
)
from firmware_sim.bench.cli.message.use_payload import Opener, closed, use_fields
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery, CredentialsReport
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RULES_BY_CODE, ReplacementMode
from firmware_sim.gbcs.roles import TrustAnchorCellId
from firmware_sim.gbcs.use_cases import (
    CS02A,
    CS02B_FUTURE_DATED_ALERT,
    CS02C,
    CS02D,
    CS02E,
    CS02F,
    CS02G_FUTURE_DATED_ALERT,
    CS06,
    CS06_FUTURE_DATED_ALERT,
    GENERIC_CRITICAL_ALERT,
)
from firmware_sim.gbcs.uses import USES

_Reader = Callable[[bytes], Fields]

_CONTINGENCY = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY].code


def payload_fields(message: Message, opener: Opener = closed) -> Fields:
    """The payload by its use case or its language; its length and hex if we read neither.

    Args:
        opener: opens the encrypted items in it.

    Raises:
        RemoteError: it is not what the use case says.
    """
    reader = reader_of(message.cra, message.code)
    if reader is not None:
        return reader(message.payload)
    try:
        fields = use_fields(message, opener)
    except RemoteError:
        if message.code in USES:
            raise
        fields = None  # of a use case that no device here carries out, it may be anything
    return opaque_fields(message) if fields is None else fields


def reader_of(cra: CraFlag, code: MessageCode) -> _Reader | None:
    """What reads such a payload; None if it is opaque here."""
    if code in RULES_BY_CODE:
        return {CraFlag.COMMAND: update_fields, CraFlag.RESPONSE: update_response_fields}.get(cra)
    return _READERS.get((cra, code))


def opaque_fields(message: Message) -> Fields:
    """The payload as hex; without it where the Contingency Symmetric Key may be in it."""
    length = {"opaque_octets": len(message.payload)}
    if (message.cra, message.code) == (CraFlag.COMMAND, _CONTINGENCY):
        return {**length}
    return {**length, "hex": message.payload.hex()}


def _query(payload: bytes) -> Fields:
    query = CredentialsQuery.decode(payload)
    return {
        "authorised_by": str(query.authorising_cell),
        "roles": [role.label for role in query.roles],
    }


def _report(payload: bytes) -> Fields:
    roles: Fields = {}
    for each in CredentialsReport.decode(payload).roles:
        answer: Fields = {"status": each.status.label}
        if each.counter is not None:
            answer["counter"] = each.counter
        for held in each.cells or ():
            cell = TrustAnchorCellId(each.role, held.key_usage, held.cell_usage)
            answer[str(cell)] = {
                "subject": held.subject_unique_id.hex(),
                "key_identifier": held.subject_key_identifier.hex(),
            }
        roles[each.role.label] = answer
    return roles


def _critical_alert(payload: bytes) -> Fields:
    """The alert code stands behind a fixed beginning, one for each application protocol."""
    at = {b"\x0f\x20": 9, b"\x01\x09": 3}.get(payload[:2])
    if at is None or len(payload) < at + 2:
        return {"hex": payload.hex()}
    code = int.from_bytes(payload[at : at + 2], "big")
    name = AlertCode(code).name.lower().replace("_", " ") if code in _ALERT_CODES else "unknown"
    return {"alert": f"{code:04x} {name}", "hex": payload.hex()}


_ALERT_CODES: Final = frozenset(AlertCode)


_READERS: Final[Mapping[tuple[CraFlag, MessageCode], _Reader]] = {
    (CraFlag.COMMAND, CS06): activation_fields,
    (CraFlag.RESPONSE, CS06): activation_response_fields,
    (CraFlag.ALERT, CS06_FUTURE_DATED_ALERT): activation_alert_fields,
    (CraFlag.COMMAND, CS02A): _query,
    (CraFlag.RESPONSE, CS02A): _report,
    (CraFlag.COMMAND, CS02F): _query,
    (CraFlag.RESPONSE, CS02F): _report,
    (CraFlag.COMMAND, CS02C): usage_query_fields,
    (CraFlag.RESPONSE, CS02C): issued_fields,
    (CraFlag.COMMAND, CS02D): brought_fields,
    (CraFlag.RESPONSE, CS02D): installed_fields,
    (CraFlag.COMMAND, CS02E): usage_query_fields,
    (CraFlag.RESPONSE, CS02E): provided_fields,
    (CraFlag.ALERT, CS02B_FUTURE_DATED_ALERT): update_alert_fields,
    (CraFlag.ALERT, CS02G_FUTURE_DATED_ALERT): update_alert_fields,
    (CraFlag.ALERT, GENERIC_CRITICAL_ALERT): _critical_alert,
}
