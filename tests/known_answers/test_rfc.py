"""RFC 6979 signatures, the RFC 5934 schema for the wrapped key, and the KDF a second time."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1_modules import rfc5934

from firmware_sim.gbcs.certificate_extensions import WRAPPED_APEX_CONTINGENCY_KEY
from firmware_sim.gbcs.contingency import (
    WrapAlgorithm,
    unwrap_contingency_key,
    wrap_contingency_key,
)
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.protection import derived_key
from tests.gbcs import home_made as made
from tests.known_answers.vectors import cavp

SUITE = P256Suite()

# RFC 6979 A.2.5.
PRIVATE = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")


def test_signatures_are_those_of_rfc_6979_as_published_in_a_second_place() -> None:
    checked = 0
    for record in cavp("asymmetric/ECDSA/RFC6979/evppkey_ecdsa_rfc6979.txt", ""):
        if (record.get("DigestSign"), record.get("Key")) != ("SHA256", "P-256_PRIV"):
            continue
        r, s = decode_dss_signature(bytes.fromhex(record["Output"]))
        signature = SUITE.sign(PRIVATE, record["Input"].strip('"').encode())
        assert signature == r.to_bytes(32, "big") + s.to_bytes(32, "big")
        checked += 1
    assert checked == 2


@pytest.mark.parametrize("algorithm", WrapAlgorithm)
def test_wrapped_key_is_an_apex_contingency_key_of_rfc_5934(algorithm: WrapAlgorithm) -> None:
    """Each side reads what the other has written."""
    key, nonce = bytes(algorithm.key_octets), bytes(12) if algorithm.is_gcm else None
    point = made.point(made.OTHER_KEY)
    octets = wrap_contingency_key(point, key, algorithm, SUITE, nonce)
    value, rest = decode(octets, asn1Spec=rfc5934.ApexContingencyKey())
    assert rest == b""
    assert str(value["wrapAlgorithm"]["algorithm"]) == algorithm.value
    written = encode(value)
    assert written == octets
    assert unwrap_contingency_key(written, key, SUITE, allowed=frozenset({algorithm})) == point


def test_extension_is_identified_as_in_rfc_5934() -> None:
    assert str(rfc5934.id_pe_wrappedApexContinKey) == WRAPPED_APEX_CONTINGENCY_KEY


@given(secret=st.binary(min_size=32, max_size=32), info=st.binary(max_size=80))
@settings(max_examples=30)
def test_key_is_that_of_a_second_single_step_kdf(secret: bytes, info: bytes) -> None:
    kdf = ConcatKDFHash(hashes.SHA256(), length=16, otherinfo=info)
    assert derived_key(secret, info) == kdf.derive(secret)
