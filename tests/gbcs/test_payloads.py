"""Payloads of the credential use cases: against a second decoder, and against hostile octets."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.der import minimal_lengths
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER, StatusCode
from firmware_sim.gbcs.payloads.floors import (
    MAX_FLOOR_CHANGES,
    MAX_SPECIALIST_FLOORS,
    FloorChange,
    SeqNumberUsage,
    SpecialistFloor,
)
from firmware_sim.gbcs.payloads.security_credentials import (
    MAX_ROLES,
    CellContents,
    CredentialsQuery,
    CredentialsReport,
    RoleCredentials,
)
from firmware_sim.gbcs.payloads.update_credentials import (
    MAX_PATH_CERTIFICATES,
    MAX_REPLACEMENTS,
    Control,
    Replacement,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)
from firmware_sim.gbcs.replacement import RULES_BY_CODE, ReplacementMode
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    CellUsage,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import USE_CASES
from tests.gbcs import payload_strategies as strategies
from tests.gbcs import second_opinion

ACB_KA = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)
SUPPLIER_DS = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
KINDS: dict[type[Any], st.SearchStrategy[Any]] = {
    CredentialsQuery: strategies.queries,
    CredentialsReport: strategies.reports,
    UpdateCommand: strategies.commands,
    UpdateResponse: strategies.responses,
    UpdateAlert: strategies.alerts,
}


def sequence(*elements: str) -> str:
    """A short SEQUENCE in hex, written out without the encoder under test."""
    body = "".join(elements).replace(" ", "")
    assert len(body) < 2 * 128
    return f"30{len(body) // 2:02x}{body}"


def test_credentials_query_has_the_specified_octets() -> None:
    query = CredentialsQuery(ACB_KA, (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR))
    octets = bytes.fromhex("3011 3007 020104 03020308 3006 020102 020103")
    assert query.encode() == octets
    assert CredentialsQuery.decode(octets) == query


def test_credentials_report_has_the_specified_octets() -> None:
    held = CellContents(KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP, bytes(8), b"\x44" * 8)
    report = CredentialsReport(
        (
            RoleCredentials(RemotePartyRole.SUPPLIER, StatusCode.SUCCESS, 5, (held,)),
            RoleCredentials(RemotePartyRole.WAN_PROVIDER, StatusCode.TRUST_ANCHOR_NOT_FOUND),
        )
    )
    contents = "301b 03020308 020101 0408" + "00" * 8 + "0408" + "44" * 8
    octets = bytes.fromhex("3032 3028 020102 0a0100 020105 301d" + contents + "3006 020106 0a0119")
    assert report.encode() == octets
    assert CredentialsReport.decode(octets) == report


def test_contingency_command_has_the_specified_octets() -> None:
    """The one element that no reference message has: the symmetric key, context tag 0."""
    command = UpdateCommand(
        Control(
            ReplacementMode.ANY_BY_CONTINGENCY,
            7,
            authorising_cell=ROOT_CELL,
            floor=0,
            other_changes=(FloorChange(RemotePartyRole.RECOVERY, 0),),
            time_checks=False,
            symmetric_key=b"\x99" * 16,
        ),
        (Replacement(strategies.OPAQUE, ROOT_CELL),),
    )
    control = sequence(
        "020109",
        "8010" + "99" * 16,
        "810101",
        "a207" + "020100 03020204",
        "830107",
        "840100",
        "a608" + sequence("020101", "020100"),
    )
    replacement = sequence(strategies.OPAQUE.hex(), sequence("020100", "03020204"))
    octets = bytes.fromhex(sequence(control, sequence(replacement), sequence()))
    assert command.encode() == octets
    assert UpdateCommand.decode(octets) == command


def test_symmetric_key_is_not_in_the_repr() -> None:
    control = Control(ReplacementMode.ANY_BY_CONTINGENCY, 7, symmetric_key=b"\x99" * 16)
    for text in (repr(control), str(UpdateCommand(control, ()))):
        assert "99" * 8 not in text
        assert "x99" not in text


def test_cancellation_is_the_last_second_of_9999() -> None:
    command = UpdateCommand(Control(ReplacementMode.SUPPLIER_BY_SUPPLIER, 1), (), (), NEVER)
    assert command.encode().endswith(b"\x18\x0f99991231235959Z")
    assert UpdateCommand.decode(command.encode()).execution == datetime(
        9999, 12, 31, 23, 59, 59, tzinfo=UTC
    )


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_both_implementations_write_and_read_the_same(kind: type[Any], data: st.DataObject) -> None:
    payload = data.draw(KINDS[kind])
    octets = payload.encode()
    values = second_opinion.values_of(payload)
    assert kind.decode(octets) == payload
    assert second_opinion.decoded(kind, octets) == values
    assert second_opinion.encoded(kind, values) == octets


def test_both_implementations_read_the_same_in_reference_messages(rtds: Path) -> None:
    seen = 0
    for kind, octets in reference_payloads(rtds):
        payload = kind.decode(octets)
        assert second_opinion.decoded(kind, octets) == second_opinion.values_of(payload)
        assert payload.encode() == octets
        seen += 1
    assert seen


def reference_payloads(rtds: Path) -> Iterator[tuple[type[Any], bytes]]:
    """The modelled payloads of the reference set, with lengths as DER has them."""
    by_name = {row.name: row.code for row in USE_CASES.values()}
    for path in sorted((rtds / "messages").rglob("*CS02[abfg]*.HEX")):
        message = parse_message(bytes.fromhex(path.read_text()))
        is_update = message.code in RULES_BY_CODE
        if message.cra is CraFlag.ALERT:
            kind: type[Any] = UpdateAlert
        elif message.cra is CraFlag.COMMAND:
            kind = UpdateCommand if is_update else CredentialsQuery
        else:
            kind = UpdateResponse if is_update else CredentialsReport
        assert (
            is_update
            or message.cra is CraFlag.ALERT
            or message.code
            in (
                by_name["CS02a"],
                by_name["CS02f"],
            )
        )
        yield kind, minimal_lengths(message.payload)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_altered_payloads_decode_to_themselves_or_not_at_all(
    kind: type[Any], data: st.DataObject
) -> None:
    """DER has one form for each value: what decodes must be encoded to the same octets."""
    octets = data.draw(KINDS[kind]).encode()
    for changed in alterations(octets, data):
        try:
            payload = kind.decode(changed)
        except RemoteError:
            continue
        assert payload.encode() == changed


def alterations(octets: bytes, data: st.DataObject) -> Iterator[bytes]:
    yield octets[: data.draw(st.integers(0, len(octets) - 1))]
    for bit in data.draw(st.lists(st.integers(0, 8 * len(octets) - 1), max_size=25)):
        changed = bytearray(octets)
        changed[bit // 8] ^= 0x80 >> bit % 8
        yield bytes(changed)
    yield octets + data.draw(st.binary(min_size=1, max_size=3))


@pytest.mark.parametrize("kind", KINDS)
@given(octets=st.binary(max_size=60))
@settings(max_examples=60)
def test_arbitrary_octets_decode_to_themselves_or_not_at_all(
    kind: type[Any], octets: bytes
) -> None:
    try:
        payload = kind.decode(octets)
    except RemoteError:
        return
    assert payload.encode() == octets


@pytest.mark.parametrize(
    ("octets", "what_is_wrong"),
    [
        ("3014 300a 020104 03020308 020100 3006 020102 020103", "the default is written out"),
        ("3011 3007 020164 03020308 3006 020102 020103", "no role 100"),
        ("3011 3007 020104 030203c8 3006 020102 020103", "two key usages"),
        ("3011 3007 020104 03020708 3006 020102 020103", "padding bits are set"),
        ("3011 3007 020104 03020640 3006 020102 020103", "a usage that no cell has"),
        ("3012 3007 020104 03020308 3007 02020002 020103", "an integer with a leading zero"),
        ("308111 3007 020104 03020308 3006 020102 020103", "a long length"),
        ("3080 3007 020104 03020308 3006 020102 020103 0000", "an indefinite length"),
        ("3011 3007 020104 03020308 3006 020102 020103 00", "octets behind it"),
        ("3109 3107 020104 03020308", "a SET"),
        ("3009 3007 020104 03020308", "no list of roles"),
    ],
)
def test_query_that_is_not_der_is_refused(octets: str, what_is_wrong: str) -> None:
    with pytest.raises(RemoteError):
        CredentialsQuery.decode(bytes.fromhex(octets))


@pytest.mark.parametrize("status", [1, 23, 128])
def test_status_without_a_meaning_is_refused(status: int) -> None:
    with pytest.raises(RemoteError):
        CredentialsReport.decode(bytes.fromhex(f"3008 3006 020106 0a01{status:02x}"))


def test_status_as_integer_is_refused() -> None:
    with pytest.raises(RemoteError, match="ENUMERATED"):
        CredentialsReport.decode(bytes.fromhex("3008 3006 020106 020119"))


def test_more_roles_than_there_are_are_refused() -> None:
    most = CredentialsQuery(ACB_KA, (RemotePartyRole.ROOT,) * MAX_ROLES)
    assert CredentialsQuery.decode(most.encode()) == most
    with pytest.raises(RemoteError, match="17 roles"):
        CredentialsQuery.decode(most._replace(roles=(*most.roles, most.roles[0])).encode())


def test_lists_are_bounded() -> None:
    control = Control(ReplacementMode.SUPPLIER_BY_SUPPLIER, 1, SUPPLIER_DS)
    item = Replacement(strategies.OPAQUE, SUPPLIER_DS)
    most = UpdateCommand(
        control, (item,) * MAX_REPLACEMENTS, (strategies.OPAQUE,) * MAX_PATH_CERTIFICATES
    )
    assert UpdateCommand.decode(most.encode()) == most
    for over in (
        most._replace(replacements=(*most.replacements, item)),
        most._replace(path=(*most.path, strategies.OPAQUE)),
    ):
        with pytest.raises(RemoteError, match="at most"):
            UpdateCommand.decode(over.encode())


def test_floors_are_bounded() -> None:
    top_up = (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 1),)
    change = FloorChange(RemotePartyRole.SUPPLIER, 1, top_up * MAX_SPECIALIST_FLOORS)
    most = Control(
        ReplacementMode.SUPPLIER_BY_SUPPLIER,
        1,
        specialist_floors=top_up * MAX_SPECIALIST_FLOORS,
        other_changes=(change,) * MAX_FLOOR_CHANGES,
    )
    assert UpdateCommand.decode(UpdateCommand(most, ()).encode()).control == most
    too_special = top_up * (MAX_SPECIALIST_FLOORS + 1)
    for over in (
        most._replace(other_changes=(change,) * (MAX_FLOOR_CHANGES + 1)),
        most._replace(specialist_floors=too_special),
        most._replace(other_changes=(change._replace(specialist_floors=too_special),)),
    ):
        with pytest.raises(RemoteError, match="at most"):
            UpdateCommand.decode(UpdateCommand(over, ()).encode())


@pytest.mark.parametrize("time", ["20260101000000.5Z", "99991231235959.000001Z"])
def test_an_execution_time_has_whole_seconds(time: str) -> None:
    """A fraction could not be stored, and a cancellation with one would be none."""
    whole, _, _ = time.partition(".")
    octets = sequence(sequence("020102", "830101"), "3000", "3000", f"180f{whole.encode().hex()}5a")
    assert UpdateCommand.decode(bytes.fromhex(octets)).execution is not None
    content = time.encode()
    octets = sequence(
        sequence("020102", "830101"), "3000", "3000", f"18{len(content):02x}{content.hex()}"
    )
    with pytest.raises(RemoteError, match="fraction"):
        UpdateCommand.decode(bytes.fromhex(octets))


@pytest.mark.parametrize("number", [-1, MAX_SEQ_NUMBER + 1])
def test_counters_outside_their_range_are_refused(number: int) -> None:
    mode = ReplacementMode.SUPPLIER_BY_SUPPLIER
    other = FloorChange(RemotePartyRole.SUPPLIER, number)
    top_up = SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, number)
    for control in (
        Control(mode, number),
        Control(mode, 1, floor=number),
        Control(mode, 1, specialist_floors=(top_up,)),
        Control(mode, 1, other_changes=(other,)),
    ):
        with pytest.raises(RemoteError):
            UpdateCommand.decode(UpdateCommand(control, ()).encode())


@pytest.mark.parametrize("value", ["810102", "8101ff", "810100"])
def test_time_checks_are_switched_off_by_one_and_nothing_else(value: str) -> None:
    octets = sequence(sequence("020102", "810101", "830101"), "3000", "3000")
    assert not UpdateCommand.decode(bytes.fromhex(octets)).control.time_checks
    with pytest.raises(RemoteError):
        UpdateCommand.decode(bytes.fromhex(octets.replace("810101", value)))
