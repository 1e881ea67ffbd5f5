"""Generic critical alerts, as the reference messages have them."""

from datetime import UTC, datetime
from pathlib import Path

from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.alerts import AlertCode, dlms_alert, gbz_alert
from firmware_sim.gbcs.use_cases import GENERIC_CRITICAL_ALERT

DLMS, GBZ = 0x0F, 0x01


def test_dlms_form_has_code_and_time_behind_the_counters_low_octets() -> None:
    stamp = bytes(range(12))
    assert dlms_alert(AlertCode.SOURCE_LACKS_AUTHORITY, 0x0A0B0C0D, stamp) == (
        bytes.fromhex("0f 20 0b0c0d 00 02 02 12 8f30 09 0c") + stamp
    )


def test_gbz_form_counts_seconds_from_2000() -> None:
    at = datetime(2000, 1, 2, 0, 0, 1, tzinfo=UTC)
    code = AlertCode.OTHER_AUTHENTICATION_FAILED
    assert gbz_alert(code, at) == bytes.fromhex("01 09 00 8f53 00015181")


def test_clock_before_2000_counts_as_its_start() -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC)
    assert gbz_alert(AlertCode.SOURCE_LACKS_AUTHORITY, at)[-4:] == bytes(4)


def test_reference_alerts_are_built_alike(rtds: Path) -> None:
    """Code and time are read where the form has them; every other octet must be ours."""
    alerts = [
        message
        for path in (rtds / "messages").rglob("*ALERT*.HEX")
        if (message := parse_message(bytes.fromhex(path.read_text()))).code
        == GENERIC_CRITICAL_ALERT
    ]
    assert alerts
    assert [alert.payload for alert in alerts] == list(map(rebuilt, alerts))


def rebuilt(alert: Message) -> bytes:
    payload = alert.payload
    if payload[0] == DLMS:
        return dlms_alert(
            AlertCode(int.from_bytes(payload[9:11], "big")), alert.counter, payload[-12:]
        )
    assert payload[0] == GBZ
    seconds = int.from_bytes(payload[-4:], "big")
    at = datetime.fromtimestamp(946_684_800 + seconds, tz=UTC)
    return gbz_alert(AlertCode(int.from_bytes(payload[3:5], "big")), at)
