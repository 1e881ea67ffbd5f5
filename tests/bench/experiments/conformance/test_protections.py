"""Verdicts on signatures and MACs: good, bad, and not checkable are three things."""

from dataclasses import replace

import pytest

from firmware_sim.bench.experiments.conformance.protections import (
    Checked,
    check_mac,
    check_signature,
)
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import with_mac
from tests.bench.experiments.conformance.own_set import (
    BROKER,
    DEVICE,
    DEVICE_DS,
    DEVICE_KA,
    OTHER_DEVICE,
    OTHER_DEVICE_KA,
    SECRET,
    SUITE,
    SUPPLIER,
    SUPPLIER_DS,
    SUPPLIER_KA,
    query_command,
    query_response,
    report,
    signed,
)
from tests.gbcs import independent

STRANGER = EntityId(b"stranger")


def supplier_command(target: EntityId = DEVICE) -> Message:
    return Message(CraFlag.COMMAND, 1, SUPPLIER, target, MessageCode(0x0102), b"\x05\x00")


def test_message_without_protection_has_no_verdict(keys: PublishedKeys) -> None:
    for signature in (b"", None):
        bare = replace(supplier_command(), signature=signature)
        assert check_signature(bare, keys, SUITE) is None
        assert check_mac(bare, keys, SUITE) is None


def test_signature_is_checked_with_the_originators_key(keys: PublishedKeys) -> None:
    assert check_signature(signed(supplier_command(), SUPPLIER_DS), keys, SUITE) is Checked.OK
    assert check_signature(signed(supplier_command(), DEVICE_DS), keys, SUITE) is Checked.BAD


def test_altered_message_has_a_bad_signature(keys: PublishedKeys) -> None:
    altered = replace(signed(supplier_command(), SUPPLIER_DS), payload=b"\x05\x01")
    assert check_signature(altered, keys, SUITE) is Checked.BAD


def test_signature_of_an_unpublished_key_is_not_checkable(keys: PublishedKeys) -> None:
    for originator in (STRANGER, BROKER):  # of the broker only the agreement key is published
        message = signed(replace(supplier_command(), originator=originator), SUPPLIER_DS)
        assert check_signature(message, keys, SUITE) is Checked.NO_KEY


def test_mac_of_a_command_is_the_brokers_whoever_originated_it(keys: PublishedKeys) -> None:
    assert check_mac(query_command(), keys, SUITE) is Checked.OK
    assert check_mac(with_mac(supplier_command(), SECRET, SUITE), keys, SUITE) is Checked.OK
    own = independent.agree(SUPPLIER_KA.private_key, SUITE.public_key(DEVICE_KA.private_key))
    assert check_mac(with_mac(supplier_command(), own, SUITE), keys, SUITE) is Checked.BAD


def test_mac_of_a_response_is_its_recipients(keys: PublishedKeys) -> None:
    response = query_response(report())
    assert check_mac(response, keys, SUITE) is Checked.OK
    for_supplier = replace(response, target=SUPPLIER)
    own = independent.agree(SUPPLIER_KA.private_key, SUITE.public_key(DEVICE_KA.private_key))
    assert check_mac(with_mac(for_supplier, own, SUITE), keys, SUITE) is Checked.OK
    assert check_mac(with_mac(for_supplier, SECRET, SUITE), keys, SUITE) is Checked.BAD


@pytest.mark.parametrize("changes", [{"payload": b"x"}, {"counter": 6}, {"mac": bytes(12)}])
def test_altered_message_has_a_bad_mac(keys: PublishedKeys, changes: dict[str, object]) -> None:
    altered = replace(query_command(), **changes)  # type: ignore[arg-type]
    assert check_mac(altered, keys, SUITE) is Checked.BAD


def test_mac_between_two_devices_is_not_checkable(keys: PublishedKeys) -> None:
    secret = independent.agree(OTHER_DEVICE_KA.private_key, SUITE.public_key(DEVICE_KA.private_key))
    message = replace(supplier_command(), originator=OTHER_DEVICE)
    assert check_mac(with_mac(message, secret, SUITE), keys, SUITE) is Checked.NO_KEY


def test_mac_for_an_unpublished_device_is_not_checkable(keys: PublishedKeys) -> None:
    message = with_mac(supplier_command(STRANGER), SECRET, SUITE)
    assert check_mac(message, keys, SUITE) is Checked.NO_KEY


def test_mac_of_an_unknown_originator_is_good_or_not_checkable(keys: PublishedKeys) -> None:
    message = replace(supplier_command(), originator=STRANGER)
    good = with_mac(message, SECRET, SUITE)
    assert check_mac(good, keys, SUITE) is Checked.OK
    assert check_mac(replace(good, mac=bytes(12)), keys, SUITE) is Checked.NO_KEY
