"""The wrapped contingency key: against `cryptography`'s own key wrap and AES-GCM."""

import pytest
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.contingency import (
    MAX_APEX_OCTETS,
    WrapAlgorithm,
    unwrap_contingency_key,
    wrap_algorithm,
    wrap_contingency_key,
)
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import LocalError, RemoteError
from tests.gbcs import home_made as made

SUITE = P256Suite()
POINT = made.point(made.OTHER_KEY)
INFO = made.key_info(made.OTHER_KEY)
KEYS = {16: bytes(range(16)), 32: bytes(range(32))}
NONCE = bytes(range(100, 112))
ALL = frozenset(WrapAlgorithm)

# Object identifiers of NIST's aes arc (2.16.840.1.101.3.4.1), by hand.
OIDS = {
    WrapAlgorithm.AES128_GCM: "0609608648016503040106",
    WrapAlgorithm.AES128_WRAP_PAD: "0609608648016503040108",
    WrapAlgorithm.AES256_GCM: "060960864801650304012e",
    WrapAlgorithm.AES256_WRAP_PAD: "0609608648016503040130",
}


def apex(
    algorithm: WrapAlgorithm,
    content: bytes = INFO,
    *,
    nonce: bytes = NONCE,
    parameters: bytes | None = None,
) -> bytes:
    """ApexContingencyKey (RFC 5934 9) joined by hand, encrypted by the library directly."""
    key = KEYS[algorithm.key_octets]
    if algorithm.is_gcm:
        sealed = AESGCM(key).encrypt(nonce, content, None)
        details = made.tlv(0x30, made.tlv(4, nonce), b"\2\1\x10")
    else:
        sealed, details = keywrap.aes_key_wrap_with_padding(key, content), b""
    details = details if parameters is None else parameters
    identifier = made.tlv(0x30, bytes.fromhex(OIDS[algorithm]), details)
    return made.tlv(0x30, identifier, made.tlv(4, sealed))


def unwrap(octets: bytes, key: bytes = KEYS[16]) -> bytes:
    return unwrap_contingency_key(octets, key, SUITE, allowed=ALL)


@pytest.mark.parametrize("algorithm", WrapAlgorithm)
def test_wrapped_key_is_what_the_cryptography_library_makes(algorithm: WrapAlgorithm) -> None:
    key = KEYS[algorithm.key_octets]
    nonce = NONCE if algorithm.is_gcm else None
    octets = wrap_contingency_key(POINT, key, algorithm, SUITE, nonce)
    assert octets == apex(algorithm)
    assert unwrap(octets, key) == POINT
    assert wrap_algorithm(octets) is algorithm


def test_a_wrapped_p256_key_has_104_octets() -> None:
    """RFC 5649: 91 octets of content are padded to 96, and 8 are added."""
    assert apex(WrapAlgorithm.AES128_WRAP_PAD)[-106:-104] == b"\x04\x68"


KWP, GCM = WrapAlgorithm.AES128_WRAP_PAD, WrapAlgorithm.AES128_GCM
IDENTIFIER = made.tlv(0x30, bytes.fromhex(OIDS[KWP]))
OFF_CURVE = INFO[:-1] + bytes((INFO[-1] ^ 1,))

REFUSED = {
    "RFC 5934 9: empty": (b"\x30\0", "no contingency key"),
    "RFC 5934 9: algorithm alone": (made.tlv(0x30, IDENTIFIER), "one field of two"),
    "RFC 5934 9: key alone": (made.tlv(0x30, made.tlv(4, bytes(104))), "one field of two"),
    "unknown algorithm": (
        made.tlv(0x30, made.tlv(0x30, bytes.fromhex("06032a0304")), made.tlv(4, bytes(104))),
        "1.2.3.4 wraps no",
    ),
    "key wrap with parameters": (
        apex(KWP, parameters=made.tlv(0x30, made.tlv(4, NONCE), b"\2\1\x10")),
        "wrong parameters",
    ),
    "RFC 5084 3.2: GCM without parameters": (apex(GCM, parameters=b""), "wrong parameters"),
    "GCM with another nonce length": (apex(GCM, nonce=bytes(16)), "GCM parameters"),
    "GCM with a short tag": (
        apex(GCM, parameters=made.tlv(0x30, made.tlv(4, NONCE))),
        "GCM parameters",
    ),
    "not a public key": (apex(KWP, bytes(91)), "not a P-256 point"),
    "a point alone": (apex(KWP, POINT), "not a P-256 point"),
    "off the curve": (apex(KWP, OFF_CURVE), "not a point on P-256"),
    "compressed": (
        apex(KWP, INFO[:26] + b"\5" + POINT[1:]),
        "not an uncompressed point",
    ),
    "an octet too many inside": (apex(KWP, INFO + b"\0"), "not a P-256 point"),
    "not DER": (b"\xff\xff\xff", "not valid DER"),
    "trailing octet": (apex(KWP) + b"\0", "not valid DER"),
    "too long": (bytes(MAX_APEX_OCTETS + 1), str(MAX_APEX_OCTETS)),
    "wrapped key of no octets": (
        made.tlv(0x30, IDENTIFIER, made.tlv(4)),
        "does not unwrap",
    ),
    "wrapped key of 20 octets": (
        made.tlv(0x30, IDENTIFIER, made.tlv(4, bytes(20))),
        "does not unwrap",
    ),
}


@pytest.mark.parametrize(("octets", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_malformed_wrapped_key_is_refused(octets: bytes, said: str) -> None:
    with pytest.raises(RemoteError, match=said):
        unwrap(octets)


@pytest.mark.parametrize("algorithm", WrapAlgorithm)
@pytest.mark.parametrize("length", [0, 15, 16, 24, 32, 33])
def test_a_symmetric_key_of_another_length_is_refused(
    algorithm: WrapAlgorithm, length: int
) -> None:
    if length == algorithm.key_octets:
        return
    with pytest.raises(RemoteError, match="another length"):
        unwrap(apex(algorithm), bytes(length))


@pytest.mark.parametrize("algorithm", WrapAlgorithm)
def test_wrapped_key_does_not_open_with_another_symmetric_key(algorithm: WrapAlgorithm) -> None:
    wrong = bytes((1,)) + KEYS[algorithm.key_octets][1:]
    with pytest.raises(RemoteError, match="does not"):
        unwrap(apex(algorithm), wrong)


def test_only_allowed_algorithms_are_used() -> None:
    for algorithm in WrapAlgorithm:
        with pytest.raises(RemoteError, match="not allowed"):
            unwrap_contingency_key(
                apex(algorithm), KEYS[algorithm.key_octets], SUITE, allowed=ALL - {algorithm}
            )


@pytest.mark.parametrize("algorithm", WrapAlgorithm)
def test_wrapped_key_with_any_changed_octet_is_refused(algorithm: WrapAlgorithm) -> None:
    octets, key = apex(algorithm), KEYS[algorithm.key_octets]
    for position in range(len(octets)):
        for mask in (0x01, 0x80):
            changed = bytearray(octets)
            changed[position] ^= mask
            with pytest.raises(RemoteError):
                unwrap(bytes(changed), key)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_random_octets_are_refused_as_a_wrapped_key(octets: bytes, key: bytes) -> None:
    with pytest.raises(RemoteError):
        unwrap(octets, key)


def test_empty_value_has_no_wrap_algorithm() -> None:
    assert wrap_algorithm(b"\x30\0") is None


def test_wrapping_refuses_keys_and_nonces_of_wrong_length() -> None:
    for key, algorithm, nonce in (
        (bytes(32), KWP, None),
        (bytes(16), KWP, NONCE),
        (bytes(16), GCM, None),
        (bytes(16), GCM, bytes(8)),
    ):
        with pytest.raises(LocalError):
            wrap_contingency_key(POINT, key, algorithm, SUITE, nonce)
