"""Project Wycheproof: signatures, key agreement, AES-GCM and key wrap at their edges."""

from typing import Any

import pytest

from firmware_sim.gbcs.certificates import _raw_signature
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from tests.gbcs import home_made as made
from tests.known_answers.vectors import octets, scalar, wycheproof

SUITE = P256Suite()
SIGNATURES = "Signature/wycheproof/ecdsa_secp256r1_sha256"
AGREEMENTS = "Protocol/wycheproof/ecdh_secp256r1"
GCM = "Cipher/wycheproof/aes_gcm_test.json"
KEY_WRAP = "Cipher/wycheproof/aes_kwp_test.json"

WRAPPING_KEY = bytes(16)


def verifies(group: dict[str, Any], message: bytes, signature: bytes) -> bool:
    return SUITE.verify(octets(group["publicKey"], "uncompressed"), message, signature)


def test_raw_signatures_verify_exactly_if_they_are_valid() -> None:
    checked = {"valid": 0, "invalid": 0}
    for group, test in wycheproof(f"{SIGNATURES}_p1363_test.json"):
        found = verifies(group, octets(test, "msg"), octets(test, "sig"))
        assert found is (test["result"] == "valid"), test["tcId"]
        checked[test["result"]] += 1
    assert checked == {"valid": 173, "invalid": 89}


def test_der_signatures_verify_exactly_if_they_are_valid() -> None:
    """As certificates carry them: in a BIT STRING, and DER only."""
    checked = {"valid": 0, "invalid": 0}
    for group, test in wycheproof(f"{SIGNATURES}_test.json"):
        found = verifies(group, octets(test, "msg"), from_certificate(octets(test, "sig")))
        assert found is (test["result"] == "valid"), test["tcId"]
        checked[test["result"]] += 1
    assert checked == {"valid": 174, "invalid": 310}


def from_certificate(signature: bytes) -> bytes:
    try:
        return _raw_signature(made.tlv(0x03, b"\x00" + signature))
    except RemoteError:
        return b""


def test_points_agree_if_they_are_valid_and_are_refused_if_not() -> None:
    """The one `acceptable` vector is a compressed point, which GBCS does not use."""
    checked = {"valid": 0, "invalid": 0, "acceptable": 0}
    for _, test in wycheproof(f"{AGREEMENTS}_ecpoint_test.json"):
        checked[test["result"]] += 1
        public, private = octets(test, "public"), scalar(test["private"])
        assert SUITE.is_public_key(public) is (test["result"] == "valid"), test["tcId"]
        if test["result"] == "valid":
            assert SUITE.agree(private, public) == octets(test, "shared"), test["tcId"]
        else:
            with pytest.raises(RemoteError):
                SUITE.agree(private, public)
    assert checked == {"valid": 330, "invalid": 24, "acceptable": 1}


def test_contingency_key_is_none_of_the_invalid_public_keys() -> None:
    """A SubjectPublicKeyInfo arrives wrapped in a root certificate; BER and other curves do too."""
    checked = {"valid": 0, "invalid": 0, "acceptable": 0}
    for _, test in wycheproof(f"{AGREEMENTS}_test.json"):
        info = octets(test, "public")
        if not info:
            continue  # nothing at all cannot be wrapped
        checked[test["result"]] += 1
        if test["result"] == "valid":
            assert unwrapped(info) == info[-65:], test["tcId"]
        elif test["result"] == "invalid":
            with pytest.raises(RemoteError):
                unwrapped(info)
        else:
            assert_refused_or_agrees(info, test)
    assert checked == {"valid": 330, "invalid": 52, "acceptable": 229}


def unwrapped(info: bytes) -> bytes:
    algorithm = made.tlv(0x30, bytes.fromhex("0609608648016503040108"))
    apex = made.tlv(0x30, algorithm, made.tlv(4, SUITE.wrap_pad(WRAPPING_KEY, info)))
    return unwrap_contingency_key(
        apex, WRAPPING_KEY, SUITE, allowed=frozenset({WrapAlgorithm.AES128_WRAP_PAD})
    )


def assert_refused_or_agrees(info: bytes, test: dict[str, Any]) -> None:
    try:
        public = unwrapped(info)
    except RemoteError:
        return
    assert SUITE.agree(scalar(test["private"]), public) == octets(test, "shared"), test["tcId"]


def test_gmac_is_the_published_tag_cut_to_twelve_octets() -> None:
    checked = 0
    for group, test in wycheproof(GCM):
        if (group["ivSize"], group["keySize"]) != (96, 128) or test["msg"]:
            continue
        tag = SUITE.gmac(octets(test, "key"), octets(test, "iv"), octets(test, "aad"))
        assert (tag == octets(test, "tag")[:12]) is (test["result"] == "valid"), test["tcId"]
        checked += 1
    assert checked > 0


def test_sealed_octets_open_exactly_if_they_are_valid() -> None:
    checked = {"valid": 0, "invalid": 0}
    for group, test in wycheproof(GCM):
        if group["ivSize"] != 96 or group["keySize"] not in (128, 256) or test["aad"]:
            continue
        key, nonce, plain = (octets(test, name) for name in ("key", "iv", "msg"))
        sealed = octets(test, "ct") + octets(test, "tag")
        if test["result"] == "valid":
            assert SUITE.seal(key, nonce, plain) == sealed, test["tcId"]
            assert SUITE.unseal(key, nonce, sealed) == plain, test["tcId"]
        else:
            with pytest.raises(RemoteError):
                SUITE.unseal(key, nonce, sealed)
        checked[test["result"]] += 1
    assert min(checked.values()) > 0


def test_wrapped_keys_unwrap_exactly_if_they_are_valid() -> None:
    checked = {"valid": 0, "invalid": 0}
    for _, test in wycheproof(KEY_WRAP):
        key, wrapped = octets(test, "key"), octets(test, "ct")
        if test["result"] == "valid":
            assert SUITE.unwrap_pad(key, wrapped) == octets(test, "msg"), test["tcId"]
            assert SUITE.wrap_pad(key, octets(test, "msg")) == wrapped, test["tcId"]
        else:
            with pytest.raises(RemoteError):
                SUITE.unwrap_pad(key, wrapped)
        checked[test["result"]] += 1
    assert checked == {"valid": 77, "invalid": 177}
