"""What other algorithms would cost: today's row is what today's codecs make, octet for octet."""

import asyncio
from math import ceil
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.commands.requests import UpdateRequest, floors_at
from firmware_sim.bench.drills.resizing import (
    TODAY,
    KeySizes,
    blocks_of,
    flash_octets,
    message_octets,
    resized,
)
from firmware_sim.bench.drills.setup import DrillSetup, set_up
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.blueprint import blueprint_of_new
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.evidence.accounts.sizes import SizeEstimate
from firmware_sim.bench.evidence.first_page import FirstPage
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.spreadsheets import write_spreadsheets
from firmware_sim.bench.parties.party import Originator, Party
from firmware_sim.gbcs.block_transfer import split_message
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key
from tests.bench.drills.rehearsal import Rehearsal, rehearse

NAME = "other-algorithms"
ML_DSA_44 = KeySizes(1312, 2560, 2420, 2420, 800, 1632, 768)
"""FIPS 204 table 2, and FIPS 203 table 3 with ML-KEM-512."""


class Estimated(NamedTuple):
    run: Rehearsal
    record: RunRecord
    setup: DrillSetup

    def row(self, kind: str, algorithm: str = "today") -> SizeEstimate:
        rows = self.record.accounts.all(SizeEstimate)
        [found] = [each for each in rows if (each.type, each.algorithm) == (kind, algorithm)]
        return found


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Estimated:
    story, folder = load_story(NAME), tmp_path_factory.mktemp("sizes")
    run = asyncio.run(rehearse(story, folder))
    setup = set_up(story, premises=1, seed=1, policy=Policy())
    return Estimated(run, read_record(folder), setup)


def real_command(setup: DrillSetup, contact: DeviceContact) -> Message:
    """What Contingency would send, signed with a key of the test's own."""
    people = setup.participants
    originator = Originator(RemotePartyRole.ROOT, people.entity_id(RemotePartyRole.ROOT))
    key = generate_private_key(HmacDrbg(bytes(32), b"a test's key"))
    suite = P256Suite()
    party = Party(
        originator, KeySigner(key, suite), OriginatorCounters(setup.clock), suite,
        symmetric_key=lambda _device, _request: bytes(16),
    )  # fmt: skip
    replacements = tuple(
        people.replacement(cell, Credential(cell), 1) for cell in sorted(contact.cells, key=str)
    )
    mode = ReplacementMode.ANY_BY_CONTINGENCY
    floors = floors_at(0, authorising=RemotePartyRole.ROOT, cells=contact.cells)
    request = UpdateRequest(mode, replacements, path=people.path({1}, 1), floors=floors)
    return party.update_credentials(contact, request)


@pytest.mark.parametrize("kind", ["CHF", "GPF", "ESME", "GSME"])
def test_today_is_the_length_of_a_real_command_and_of_its_blocks(
    kind: str, estimated: Estimated
) -> None:
    [contact] = [each for each in estimated.setup.contacts if each.device_type.name == kind]
    message, row = real_command(estimated.setup, contact), estimated.row(kind)
    octets = message.build()
    blocks = split_message(octets, row.block)
    assert (row.command, row.blocks) == (len(octets), len(blocks))
    assert row.on_link == sum(map(len, blocks))
    assert row.too_large == ()
    [wan] = [time for link, time in row.milliseconds.items() if link.startswith("WAN")]
    assert wan == 8000 * row.on_link // 9600


def test_today_is_what_a_new_device_has_in_its_flash(estimated: Estimated) -> None:
    for contact in estimated.setup.contacts:
        flash = manufacture(
            estimated.setup.pki, contact.device_type, contact.entity_id, seed=bytes(32),
            policy=Policy(),
        )  # fmt: skip
        area = flash.geometry.areas[0]
        used = bytes(flash.read(area.base, area.size)).rstrip(b"\xff")
        assert flash_octets(blueprint_of_new(flash).records, TODAY) == ceil(len(used) / 16) * 16


def test_a_resized_certificate_is_one_with_key_and_signature_of_that_length(
    estimated: Estimated,
) -> None:
    """Read by an implementation of others."""
    people = estimated.setup.participants
    for cell in estimated.setup.contacts[0].cells:
        today = people.replacement(cell, Credential(cell), 1).certificate
        other = resized(today, ML_DSA_44)
        assert len(resized(today, TODAY)) == len(today)
        read, before = x509.load_der_x509_certificate(other), x509.load_der_x509_certificate(today)
        assert len(read.signature) == 2420
        key = ML_DSA_44.public_key(cell.key_usage) - 65
        wrapped = 1312 - 65 if cell == ROOT_CELL else 0
        growth = len(read.tbs_certificate_bytes) - len(before.tbs_certificate_bytes)
        # At most seven lengths around them: of each, a short form becomes one of three octets.
        assert key + wrapped <= growth <= key + wrapped + 7 * 2
        assert read.subject == before.subject
        assert [each.oid for each in read.extensions] == [each.oid for each in before.extensions]


def test_a_command_grows_by_its_certificates_and_its_signature(estimated: Estimated) -> None:
    today, other = estimated.row("ESME"), estimated.row("ESME", "ML-DSA-44 and ML-KEM-512")
    # Nine cells, of which root.CS has the contingency key too, and four are for agreement;
    # the Issuing OCA's certificate is in the path. Certificates' signatures have 70 to 72 octets.
    keys = 6 * (1312 - 65) + 4 * (800 - 65) + (1312 - 65)
    signatures = 10 * 2420 + (2420 - 64)
    grown = other.command - today.command
    agreement = sum(cell.key_usage.value == 4 for cell in estimated.setup.contacts[2].cells)
    assert agreement == 4
    least = keys + signatures - 10 * 72
    assert least <= grown <= keys + signatures - 10 * 68 + 10 * 20
    assert "a message: 42,309, at most 8,192" in other.too_large


def test_a_mac_carries_a_ciphertext_and_a_signature_none(estimated: Estimated) -> None:
    today, other = estimated.row("CHF"), estimated.row("CHF", "ML-DSA-44 and ML-KEM-512")
    # The length of a signature, and that in the MAC's header, take two octets more.
    assert other.reading - today.reading == 2420 - 64 + 2
    assert other.reading_by_mac - today.reading_by_mac == 768 + 2


def test_nothing_is_sent_signed_or_installed(estimated: Estimated) -> None:
    run = estimated.run
    assert run.rows("SELECT count(*) FROM message") == [(0,)]
    images = run.rows("SELECT image_before, image_after FROM device")
    assert all(before == after for before, after in images)
    assert run.rows("SELECT count(*) FROM governance WHERE event = 'Custody used'") == [(0,)]
    assert run.rows("SELECT count(*) FROM governance WHERE event = 'Certificate issued'") == [(0,)]


def test_a_message_that_fits_into_one_block_travels_without_its_header(
    estimated: Estimated,
) -> None:
    message = real_command(estimated.setup, estimated.setup.contacts[0])
    assert blocks_of(message, 1024, 1024) == (1, 1024)
    number, octets = blocks_of(message, 1025, 1024)
    assert number == 2
    assert octets > 1025 + 2 * 40


def test_a_length_that_the_envelope_cannot_say_counts_a_field_of_four_octets(
    estimated: Estimated,
) -> None:
    head = real_command(estimated.setup, estimated.setup.contacts[0])
    head = Message(head.cra, head.counter, head.originator, head.target, head.code, b"",
                   signature=bytes(64))  # fmt: skip
    most = message_octets(head, 0xFFFF, TODAY)
    assert message_octets(head, 0x10000, TODAY) == most + 1 + 1


@pytest.mark.slow
def test_the_report_prints_a_row_for_each_algorithm_and_device(
    estimated: Estimated, tmp_path: Path
) -> None:
    rows = FirstPage(estimated.record).sizes
    assert len(rows) == 7 * 4
    page = render(estimated.record)
    assert "What other algorithms would cost" in page
    assert page.count("FIPS 204") >= 3 * 4
    write_spreadsheets(estimated.record, tmp_path)
    table = (tmp_path / "csv" / "sizes.csv").read_text("utf-8-sig").splitlines()
    assert len(table) == 1 + len(rows)
