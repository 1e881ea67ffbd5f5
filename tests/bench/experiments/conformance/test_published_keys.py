"""The published keys: known by their content, with the traps that published files have."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.bench.experiments.conformance.own_set import (
    AGREE,
    BROKER,
    BROKER_KA,
    DEVICE,
    SIGN,
    SUITE,
    SUPPLIER,
    SUPPLIER_KA,
    SUPPLIER_PP,
    Owner,
    OwnSet,
)


def read(tmp_path: Path, *entries: dict[str, Any]) -> PublishedKeys:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(entries))
    return read_published_keys(path, None, SUITE)


def test_certificate_counts_not_the_label(tmp_path: Path) -> None:
    mislabelled = Owner(SUPPLIER, AGREE, RemotePartyRole.SUPPLIER, label=str(BROKER))
    keys = read(tmp_path, mislabelled.entry())
    assert keys.of(BROKER, AGREE) == []
    assert [key.certificate.octets for key in keys.of(SUPPLIER, AGREE)] == [mislabelled.certificate]


def test_same_certificate_under_two_labels_is_one_key(tmp_path: Path) -> None:
    twice = Owner(SUPPLIER, AGREE, RemotePartyRole.SUPPLIER, label=str(BROKER))
    keys = read(tmp_path, twice.entry(), SUPPLIER_KA.entry())
    assert len(keys.of(SUPPLIER, AGREE)) == 1


def test_scalar_belongs_to_the_certificate_with_its_point(tmp_path: Path) -> None:
    """An entry may carry the scalar of another certificate: it is used where it fits."""
    stray = {**BROKER_KA.entry(), "private_scalar": SUPPLIER_KA.private_key.hex()}
    unpublished = Owner(SUPPLIER, AGREE, RemotePartyRole.SUPPLIER, published=False)
    keys = read(tmp_path, stray, unpublished.entry())
    assert keys.of(BROKER, AGREE)[0].private_key is None
    assert keys.of(SUPPLIER, AGREE)[0].private_key == SUPPLIER_KA.private_key


def test_prepayment_key_is_no_management_key(keys: PublishedKeys) -> None:
    management = [key.certificate.octets for key in keys.of(SUPPLIER, AGREE)]
    assert management == [SUPPLIER_KA.certificate]
    found = keys.identified(SUPPLIER, SUPPLIER_PP.key_identifier)
    assert found is not None
    assert found.top_up


def test_devices_are_known_by_their_certificates(keys: PublishedKeys) -> None:
    assert keys.is_device(DEVICE)
    assert not keys.is_device(BROKER)
    assert keys.knows(DEVICE)
    assert not keys.knows(type(DEVICE)(bytes(8)))


def test_keys_are_found_by_role(keys: PublishedKeys) -> None:
    role = RemotePartyRole.ACCESS_CONTROL_BROKER
    assert [key.entity for key in keys.held_by(role, AGREE)] == [BROKER]
    assert keys.held_by(role, SIGN) == []
    assert keys.held_by(RemotePartyRole.ROOT, KeyUsage.KEY_CERT_SIGN) == []


@pytest.mark.parametrize("entity", [b"", bytes(7), bytes(8), bytes(9)])
def test_nothing_is_identified_by_an_entity_that_is_none(
    keys: PublishedKeys, entity: bytes
) -> None:
    assert keys.identified(entity, SUPPLIER_PP.key_identifier) is None


def test_unreadable_certificate_is_listed_and_the_others_are_used(tmp_path: Path) -> None:
    broken = {**SUPPLIER_KA.entry(), "certificate": "3000"}
    keys = read(tmp_path, broken, BROKER_KA.entry())
    assert [label for label, _ in keys.unusable] == [f"{SUPPLIER} ka"]
    assert keys.of(BROKER, AGREE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"entity": "00", "usage": "ka"}]',
        '[{"entity": "00", "usage": "ka", "certificate": "zz"}]',
    ],
)
def test_file_of_another_format_is_a_usage_error_of_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"keys\.json") as caught:
        read_published_keys(path, None, SUITE)
    assert "\n" not in str(caught.value)


def test_scalar_is_never_shown(tmp_path: Path, keys: PublishedKeys) -> None:
    secret = SUPPLIER_KA.private_key.hex()
    assert secret not in repr(keys.of(SUPPLIER, AGREE))
    for wrong in (secret + "zz", secret + "00", "00" * 32):
        with pytest.raises(UsageError) as caught:
            read(tmp_path, {**SUPPLIER_KA.entry(), "private_scalar": wrong})
        assert secret not in str(caught.value)


def test_set_without_key_files_has_no_keys(own_set: OwnSet) -> None:
    keys = read_published_keys(None, None, SUITE)
    assert keys.of(SUPPLIER, AGREE) == []
    assert keys.roots() == []
