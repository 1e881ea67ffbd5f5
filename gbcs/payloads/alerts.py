"""Generic critical alerts: a Device reports that it refused something (message code 1000).

Two forms, by the Device's application protocol: a DLMS data notification (ESME) or a GBZ
alert (GSME, GPF, CHF).
"""

from datetime import UTC, datetime
from enum import IntEnum

_DLMS_NOTIFICATION = b"\x0f\x20"
_DLMS_TWO_ITEMS = bytes.fromhex("00020212")
_DLMS_DATE_TIME = bytes.fromhex("090c")
_GBZ_ALERT = bytes.fromhex("010900")
_ZIGBEE_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class AlertCode(IntEnum):
    """Alert codes that concern credentials, refusals and top-ups."""

    FUTURE_DATED_COMMAND_ACTIONED = 0x8F66
    FUTURE_DATED_COMMAND_NOT_ACTIONED = 0x8F67
    COMMAND_INTEGRITY_FAILED = 0x8F1E
    SOURCE_LACKS_AUTHORITY = 0x8F30
    TRUSTED_SOURCE_AUTHENTICATION_FAILED = 0x8F3D
    UNAUTHORISED_ACCESS_ATTEMPTED = 0x8F3E
    OTHER_AUTHENTICATION_FAILED = 0x8F53
    SIGNING_CERTIFICATE_NOT_REPLACED = 0x8F4C
    SIGNING_CERTIFICATE_REPLACED = 0x8F4D
    AGREEMENT_CERTIFICATE_NOT_REPLACED = 0x8F4E
    AGREEMENT_CERTIFICATE_REPLACED = 0x8F4F
    CREDIT_ADDED_LOCALLY = 0x810E
    TOP_UP_EXCEEDS_BALANCE = 0x8F47
    DUPLICATE_TOP_UP = 0x8F51
    TOP_UP_NOT_AUTHENTIC = 0x8F63


def dlms_alert(code: AlertCode, counter: int, stamp: bytes) -> bytes:
    """DLMS form.

    Args:
        counter: the alert's Originator Counter; its low 24 bits are the long invoke id.
        stamp: 12-octet date-time.
    """
    invoke_id = (counter & 0xFFFFFF).to_bytes(3, "big")
    head = _DLMS_NOTIFICATION + invoke_id + _DLMS_TWO_ITEMS
    return head + code.to_bytes(2, "big") + _DLMS_DATE_TIME + stamp


def gbz_alert(code: AlertCode, at: datetime) -> bytes:
    """GBZ form; the time is seconds since 2000-01-01 UTC, four octets, big-endian."""
    seconds = max(0, int((at - _ZIGBEE_EPOCH).total_seconds())) & 0xFFFFFFFF
    return _GBZ_ALERT + code.to_bytes(2, "big") + seconds.to_bytes(4, "big")
