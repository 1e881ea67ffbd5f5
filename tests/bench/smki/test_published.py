"""The two files of published keys and issuers."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.published import Issuer, read_issuers, read_keys

KEY = {"entity": "00", "usage": "ds", "certificate": "3000"}
ZA = {"name": "OU=00, CN=ZA", "kind": "Root OCA", "key_identifier": "00" * 8, "public_point": "04"}
# RFC 5280 4.1.2.4: two RDNs of one PrintableString each, OU (2.5.4.11) and CN (2.5.4.3).
ZA_NAME = bytes.fromhex("301a 310b3009060355040b13023030 310b3009060355040313025a41")


def write(tmp_path: Path, *entries: dict[str, Any]) -> Path:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(entries))
    return path


def test_a_published_scalar_may_lack_leading_zeros(tmp_path: Path) -> None:
    (entry,) = read_keys(write(tmp_path, KEY | {"private_scalar": "0102"}))
    assert entry.private_scalar == bytes(30) + b"\x01\x02"
    assert entry.certificate == b"\x30\x00"
    assert "private_scalar" not in repr(entry)


@pytest.mark.parametrize(("usage", "top_up"), [("pp-ka", True), ("ka", False), ("ds", False)])
def test_only_one_label_is_for_top_up(tmp_path: Path, usage: str, top_up: bool) -> None:
    (entry,) = read_keys(write(tmp_path, KEY | {"usage": usage}))
    assert entry.is_top_up is top_up
    assert entry.label == f"00 {usage}"


def test_a_published_anchor_has_the_issuers_name(tmp_path: Path) -> None:
    (issuer,) = read_issuers(write(tmp_path, ZA))
    assert issuer.anchor().subject.octets == ZA_NAME
    assert issuer.anchor().key_identifier == bytes(8)
    assert issuer.anchor().public_key == b"\x04"


@pytest.mark.parametrize("name", ["ZA", "", "OU=00; CN=ZA", "C=GB, CN=ZA"])
def test_an_issuer_name_of_another_form_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="another form"):
        Issuer.model_validate(ZA | {"name": name}).anchor()


@pytest.mark.parametrize(
    ("entry", "where"),
    [({}, "0.entity"), (KEY | {"certificate": "0g"}, "0.certificate"), ({"x": 1}, "0.entity")],
)
def test_a_malformed_entry_is_named_in_the_error(
    tmp_path: Path, entry: dict[str, Any], where: str
) -> None:
    with pytest.raises(UsageError, match=where):
        read_keys(write(tmp_path, entry))


def test_a_missing_key_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_issuers(tmp_path / "nowhere.json")
