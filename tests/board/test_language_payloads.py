"""The firmware reads CS02 payloads as gbcs does, and writes the same answers."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings

from firmware_sim.bench.experiments.conformance.reference import read_messages
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.device_certificates import CertificateCommand, KeyUsageQuery
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import (
    CredentialsQuery,
)
from firmware_sim.gbcs.payloads.update_credentials import (
    Control,
    Replacement,
    UpdateCommand,
    begin,
)
from firmware_sim.gbcs.replacement import RULES_BY_CODE, ReplacementMode
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E, CS02F
from tests.board.language_in_c import REFUSED, LanguageInC
from tests.board.mutations import Element, mutated, reshaped
from tests.gbcs import payload_strategies as some

_ANY_FIXTURE = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_SUPPLIER = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
_TOP_UP = (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 9),)

FULL = UpdateCommand(
    Control(
        ReplacementMode.SUPPLIER_BY_SUPPLIER,
        0x0102030405,
        _SUPPLIER,
        7,
        _TOP_UP,
        (FloorChange(RemotePartyRole.SUPPLIER, 200, _TOP_UP), FloorChange(RemotePartyRole.ROOT, 0)),
        time_checks=False,
        symmetric_key=b"k" * 16,
    ),
    (Replacement(some.OPAQUE, _SUPPLIER), Replacement(b"\x1f\x81\x01\x02xx", _SUPPLIER)),
    (some.OPAQUE, b"\x3f\x1f\x00"),
    datetime(2031, 2, 28, 23, 59, 59, tzinfo=UTC),
)
BARE = UpdateCommand(Control(ReplacementMode.ACB_BY_ACB, 1), (Replacement(some.OPAQUE, _SUPPLIER),))


Payload = TypeVar("Payload")


def _or_none(decode: Callable[[bytes], Payload], octets: bytes) -> Payload | None:
    try:
        return decode(octets)
    except RemoteError:
        return None


def update(octets: bytes) -> UpdateCommand | None:
    return _or_none(UpdateCommand.decode, octets)


def query(octets: bytes) -> CredentialsQuery | None:
    return _or_none(CredentialsQuery.decode, octets)


def control(octets: bytes) -> Control | None:
    return _or_none(lambda payload: begin(payload).control, octets)


def asking_cell(octets: bytes) -> TrustAnchorCellId | None:
    return _or_none(CredentialsQuery.asking_cell, octets)


def key_usage(octets: bytes) -> KeyUsage | str | None:
    asked = _or_none(KeyUsageQuery.decode, octets)
    return REFUSED if asked is None else asked.usage


def reference_commands(rtds: Path, codes: Iterable[int]) -> list[Message]:
    files = (parse_message(file.octets()) for file in read_messages(rtds / "messages"))
    wanted = set(codes)
    found = [each for each in files if each.cra is CraFlag.COMMAND and each.code in wanted]
    assert found
    return found


def test_reference_updates_are_read_alike(language: LanguageInC, rtds: Path) -> None:
    for message in reference_commands(rtds, RULES_BY_CODE):
        assert language.update_command(message.payload) == update(message.payload) is not None


def test_reference_queries_are_read_alike(language: LanguageInC, rtds: Path) -> None:
    for message in reference_commands(rtds, (CS02A, CS02F)):
        assert language.query(message.payload) == query(message.payload) is not None
    for message in reference_commands(rtds, (CS02C, CS02E)):
        assert language.key_usage(message.payload) == key_usage(message.payload)
    for message in reference_commands(rtds, (CS02D,)):
        assert language.is_certificate_command(message.payload)


@_ANY_FIXTURE
@given(command=some.commands, asked=some.queries)
def test_every_command_that_can_be_built_is_read(
    language: LanguageInC, command: UpdateCommand, asked: CredentialsQuery
) -> None:
    assert language.update_command(command.encode()) == command
    assert language.query(asked.encode()) == asked
    assert language.control(command.encode()) == command.control
    assert language.asking_cell(asked.encode()) == asked.authorising_cell


@pytest.mark.parametrize("change", [mutated, reshaped])
@pytest.mark.parametrize("seed", range(3))
def test_damaged_updates_are_read_or_refused_alike(
    language: LanguageInC, change: Callable[[bytes, Random], bytes], seed: int
) -> None:
    random = Random(seed)
    seeds = [BARE.encode(), FULL._replace(replacements=BARE.replacements, path=()).encode()]
    if change is mutated:
        seeds.append(FULL.encode())
    accepted = 0
    for _ in range(1500):
        octets = change(random.choice(seeds), random)
        said = language.update_command(octets)
        assert said == update(octets), octets.hex()
        assert language.control(octets) == control(octets), octets.hex()
        accepted += said is not None
    assert 50 < accepted < 1450


@pytest.mark.parametrize("change", [mutated, reshaped])
def test_damaged_queries_are_read_or_refused_alike(
    language: LanguageInC, change: Callable[[bytes, Random], bytes]
) -> None:
    random = Random(5)
    asked = CredentialsQuery(_SUPPLIER, tuple(RemotePartyRole)).encode()
    wanted = KeyUsageQuery.of(KeyUsage.KEY_AGREEMENT).encode()
    for _ in range(1500):
        octets = change(asked, random)
        assert language.query(octets) == query(octets), octets.hex()
        assert language.asking_cell(octets) == asking_cell(octets), octets.hex()
        octets = change(wanted, random)
        assert language.key_usage(octets) == key_usage(octets), octets.hex()


def counted(replacements: int, path: int, changes: int, floors: int) -> UpdateCommand:
    change = FloorChange(RemotePartyRole.SUPPLIER, 1, _TOP_UP * floors)
    control = BARE.control._replace(
        specialist_floors=_TOP_UP * floors, other_changes=(change,) * changes
    )
    return UpdateCommand(control, BARE.replacements * replacements, (some.OPAQUE,) * path)


@pytest.mark.parametrize(
    ("counts", "accepted"),
    [
        ((0, 0, 0, 0), True),
        ((16, 8, 16, 4), True),
        ((17, 0, 0, 0), False),
        ((0, 9, 0, 0), False),
        ((0, 0, 17, 0), False),
        ((0, 0, 1, 5), False),
    ],
)
def test_update_command_is_accepted_up_to_its_limits(
    language: LanguageInC, counts: tuple[int, int, int, int], accepted: bool
) -> None:
    octets = counted(*counts).encode()
    assert language.update_command(octets) == update(octets)
    assert (update(octets) is not None) == accepted


@pytest.mark.parametrize(("roles", "accepted"), [(0, True), (16, True), (17, False)])
def test_credentials_query_is_accepted_up_to_16_roles(
    language: LanguageInC, roles: int, accepted: bool
) -> None:
    octets = CredentialsQuery(_SUPPLIER, (RemotePartyRole.OTHER,) * roles).encode()
    assert language.query(octets) == query(octets)
    assert (query(octets) is not None) == accepted


@pytest.mark.parametrize("length", [0, 1, 2048, 2049])
def test_certificate_command_is_accepted_between_its_bounds(
    language: LanguageInC, length: int
) -> None:
    accepted = _or_none(CertificateCommand.decode, bytes(length)) is not None
    assert language.is_certificate_command(bytes(length)) == accepted


def by_hand(cell: str = "020102 03020780", control: str = "830101", time: str = "") -> bytes:
    """A CS02b command from hexadecimal parts: its only cell, the control after mode, the time."""
    cell_id = Element(0x30, bytes.fromhex(cell), None)
    certificate = Element(0x30, b"", None)
    inside = Element(0x30, b"", [certificate, cell_id])
    parts = [
        Element(0x30, bytes.fromhex("020102" + control), None),
        Element(0x30, b"", [inside]),
        Element(0x30, b"", None),
    ]
    if time:
        parts.append(Element(0x18, time.encode(), None))
    return Element(0x30, b"", parts).octets()


BY_HAND = {
    "as it should be": (by_hand(), True),
    "top-up": (by_hand("020102 03020308 020101"), True),
    "the default encoded": (by_hand("020102 03020308 020100"), False),
    "cell usage 2": (by_hand("020102 03020308 020102"), False),
    "role 8": (by_hand("020108 03020780"), True),
    "role 9": (by_hand("020109 03020780"), False),
    "role 126": (by_hand("02017e 03020780"), False),
    "role 127": (by_hand("02017f 03020780"), True),
    "role -1": (by_hand("0201ff 03020780"), False),
    "role 256": (by_hand("02020100 03020780"), False),
    "two usages": (by_hand("020102 03020388"), False),
    "another usage": (by_hand("020102 03020640"), False),
    "a usage with a trailing zero bit": (by_hand("020102 03020680"), False),
    "checks disapplied": (by_hand(control="810101 830101"), True),
    "checks applied, the default": (by_hand(control="810100 830101"), False),
    "checks 2": (by_hand(control="810102 830101"), False),
    "no counter": (by_hand(control=""), False),
    "the largest counter": (by_hand(control="8308 7fffffffffffffff"), True),
    "a larger counter": (by_hand(control="8309 008000000000000000"), False),
    "a negative counter": (by_hand(control="8301ff"), False),
    "a padded counter": (by_hand(control="83020001"), False),
    "a floor of none": (by_hand(control="830101 8400"), False),
    "no specialist floor": (by_hand(control="830101 a500"), True),
    "another specialist usage": (by_hand(control="830101 a508 3006 020101 020101"), False),
    "no change": (by_hand(control="830101 a600"), True),
    "fields in another order": (by_hand(control="840101 830101"), False),
    "a symmetric key of none": (by_hand(control="8000 830101"), True),
    "an unknown field": (by_hand(control="830101 870101"), False),
    "a time": (by_hand(time="20260101000000Z"), True),
    "never": (by_hand(time="99991231235959Z"), True),
    "a fraction": (by_hand(time="20260101000000.5Z"), False),
    "a fraction of never": (by_hand(time="99991231235959.5Z"), False),
    "half a time": (by_hand(time="2026010100Z"), False),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_each_rule_of_an_update_command_is_kept_alike(language: LanguageInC, name: str) -> None:
    octets, accepted = BY_HAND[name]
    assert (update(octets) is not None) == accepted
    assert language.update_command(octets) == update(octets)
