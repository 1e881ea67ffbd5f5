"""The primitives against published answers and against a second implementation (tinyec)."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from cryptography_vectors import open_vector_file
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.crypto import P256_ORDER, P256Suite, forget_private_keys
from firmware_sim.gbcs.errors import LocalError, RemoteError
from tests.gbcs import independent

SUITE = P256Suite()
KEY = sha256(b"a key").digest()
OTHER_KEY = sha256(b"another key").digest()

scalars = st.integers(1, P256_ORDER - 1).map(lambda value: value.to_bytes(32, "big"))

# RFC 6979, A.2.5: ECDSA, 256 bits (prime field), with SHA-256.
RFC_KEY = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
RFC_POINT = bytes.fromhex(
    "04"
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
RFC_SIGNATURES = {
    b"sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    b"test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
}


@pytest.mark.parametrize("data", RFC_SIGNATURES)
def test_signatures_are_those_of_rfc_6979(data: bytes) -> None:
    assert SUITE.public_key(RFC_KEY) == RFC_POINT
    assert SUITE.sign(RFC_KEY, data) == bytes.fromhex(RFC_SIGNATURES[data])


def test_independent_implementation_knows_the_published_answers() -> None:
    assert independent.public_key(RFC_KEY) == RFC_POINT
    for data, signature in RFC_SIGNATURES.items():
        assert independent.verify(RFC_POINT, data, bytes.fromhex(signature))
    # The first test case of the GCM specification: no data at all.
    assert independent.gmac(bytes(16), bytes(12), b"").hex() == "58e2fccefa7e3061367f1d57a4e7455a"


@given(key=scalars, data=st.binary(max_size=100))
@settings(max_examples=10, deadline=None)
def test_own_signatures_verify_elsewhere(key: bytes, data: bytes) -> None:
    signature = SUITE.sign(key, data)
    public_key = independent.public_key(key)
    assert public_key == SUITE.public_key(key)
    assert independent.verify(public_key, data, signature)
    assert not independent.verify(public_key, data + b"\x00", signature)


@given(key=scalars, nonce=st.integers(1, P256_ORDER - 1), data=st.binary(max_size=100))
@settings(max_examples=10, deadline=None)
def test_signatures_made_elsewhere_verify(key: bytes, nonce: int, data: bytes) -> None:
    signature = independent.sign(key, data, nonce)
    public_key = SUITE.public_key(key)
    assert SUITE.verify(public_key, data, signature)
    assert not SUITE.verify(public_key, data + b"\x00", signature)
    altered = bytes((signature[0] ^ 1,)) + signature[1:]
    assert not SUITE.verify(public_key, data, altered)


@given(key=scalars, peer=scalars)
@settings(max_examples=10, deadline=None)
def test_agreed_secrets_are_the_same_elsewhere(key: bytes, peer: bytes) -> None:
    secret = SUITE.agree(key, SUITE.public_key(peer))
    assert secret == SUITE.agree(peer, SUITE.public_key(key))
    assert secret == independent.agree(key, independent.public_key(peer))


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        b"\x00" * 32 + b"\x01" * 32,
        b"\x01" * 32 + b"\x00" * 32,
        P256_ORDER.to_bytes(32, "big") + b"\x01" * 32,
        b"\xff" * 64,
        b"\x01" * 63,
        b"\x01" * 65,
        b"",
    ],
)
def test_signatures_out_of_range_never_verify(signature: bytes) -> None:
    assert not SUITE.verify(SUITE.public_key(KEY), b"data", signature)


def hostile_points() -> Iterator[tuple[str, bytes]]:
    """Octets that look like a public key and are none."""
    x, y = independent.CURVE.g.x, independent.CURVE.g.y
    prime = independent.PRIME
    yield "y of another point", _encoded(x, y + 1)
    small = next(value for value in range(2**64) if _root(value) is not None)
    yield "x at least p", _encoded(small + prime, _root(small) or 0)
    yield "coordinates both p", _encoded(prime, prime)
    yield "the point at infinity, padded", bytes(65)
    yield "the point at infinity", b"\x00"
    yield "zero coordinates", b"\x04" + bytes(64)
    yield (
        "generator of secp256k1",
        bytes.fromhex(
            "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
            "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
        ),
    )
    yield "compressed", b"\x02" + x.to_bytes(32, "big")
    yield "hybrid form", b"\x06" + _encoded(x, y)[1:]
    yield "an octet short", _encoded(x, y)[:-1]
    yield "an octet long", _encoded(x, y) + b"\x00"
    yield "nothing", b""


def _encoded(x: int, y: int) -> bytes:
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def _root(x: int) -> int | None:
    """y of the point with this x, if there is one (p is 3 modulo 4)."""
    prime, square = independent.PRIME, (x**3 - 3 * x + independent.CURVE.b) % independent.PRIME
    y: int = pow(square, (prime + 1) // 4, prime)
    return y if y * y % prime == square else None


@pytest.mark.parametrize(
    "point", [point for _, point in hostile_points()], ids=[name for name, _ in hostile_points()]
)
def test_hostile_points_are_refused_by_every_use(point: bytes) -> None:
    assert not SUITE.is_public_key(point)
    assert not SUITE.verify(point, b"data", SUITE.sign(KEY, b"data"))
    with pytest.raises(RemoteError):
        SUITE.agree(KEY, point)


@given(point=st.binary(min_size=64, max_size=64).map(lambda octets: b"\x04" + octets))
@settings(max_examples=30)
def test_random_points_are_refused_exactly_if_they_are_off_the_curve(point: bytes) -> None:
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    on_curve = max(x, y) < independent.PRIME and independent.CURVE.on_curve(x, y)
    assert SUITE.is_public_key(point) is on_curve


@pytest.mark.parametrize(
    "scalar", [bytes(32), P256_ORDER.to_bytes(32, "big"), b"\xff" * 32, bytes(31), bytes(33), b""]
)
def test_private_keys_out_of_range_are_refused_and_not_shown(scalar: bytes) -> None:
    with pytest.raises(LocalError) as caught:
        SUITE.sign(scalar, b"data")
    assert not scalar or scalar.hex() not in str(caught.value)


@given(key=st.binary(min_size=16, max_size=16), data=st.binary(max_size=80))
@settings(max_examples=20, deadline=None)
def test_gmac_is_the_same_elsewhere(key: bytes, data: bytes) -> None:
    iv = sha256(data).digest()[:12]
    assert SUITE.gmac(key, iv, data) == independent.gmac(key, iv, data)[:12]


def test_key_wrap_with_padding_gives_the_answers_of_rfc_5649() -> None:
    # RFC 5649 section 6: 20 octets wrapped with a 192-bit key.
    key = bytes.fromhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
    plain = bytes.fromhex("c37b7e6492584340bed12207808941155068f738")
    wrapped = bytes.fromhex("138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a")
    assert SUITE.wrap_pad(key, plain) == wrapped
    assert SUITE.unwrap_pad(key, wrapped) == plain


@pytest.mark.parametrize("wrapped", [b"", bytes(7), bytes(24), b"\xff" * 24, bytes(25)])
def test_octets_wrapped_with_another_key_do_not_unwrap(wrapped: bytes) -> None:
    with pytest.raises(RemoteError):
        SUITE.unwrap_pad(bytes(16), wrapped)


def test_sealed_octets_open_with_the_same_key_and_nonce_only() -> None:
    sealed = SUITE.seal(bytes(16), bytes(12), b"plain")
    assert SUITE.unseal(bytes(16), bytes(12), sealed) == b"plain"
    for key, nonce, octets in (
        (b"\x01" * 16, bytes(12), sealed),
        (bytes(16), b"\x01" * 12, sealed),
        (bytes(16), bytes(12), sealed[:-1]),
        (bytes(16), bytes(12), b""),
    ):
        with pytest.raises(RemoteError):
            SUITE.unseal(key, nonce, octets)


def test_nist_signatures_verify_as_published() -> None:
    vectors = list(_nist_signatures())
    assert len(vectors) == 15
    for point, data, signature, is_valid in vectors:
        assert SUITE.verify(point, data, signature) is is_valid


def _nist_signatures() -> Iterator[tuple[bytes, bytes, bytes, bool]]:
    """CAVP ECDSA SigVer (FIPS 186-3), the P-256 and SHA-256 section."""
    name = "asymmetric/ECDSA/FIPS_186-3/SigVer.rsp"
    with open_vector_file(name, "r") as file:
        section = file.read().split("[P-256,SHA-256]")[1].split("\n[")[0]
    for block in section.strip().split("\n\n"):
        fields = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        if fields:
            q = bytes.fromhex("04" + fields["Qx"].zfill(64) + fields["Qy"].zfill(64))
            signature = bytes.fromhex(fields["R"].zfill(64) + fields["S"].zfill(64))
            yield q, bytes.fromhex(fields["Msg"]), signature, fields["Result"].startswith("P")


@pytest.mark.parametrize("point", ["own", "another's", "off the curve", "none"])
def test_a_signer_signs_as_its_private_key_does_whatever_the_point(point: str) -> None:
    """RFC 6979 asks for the private key and the message alone."""
    private_key, other = bytes(31) + b"\5", bytes(31) + b"\6"
    points = {
        "own": SUITE.public_key(private_key),
        "another's": SUITE.public_key(other),
        "off the curve": b"\4" + bytes(63) + b"\1",
        "none": b"",
    }
    signature = SUITE.signer(private_key, points[point])(b"data")
    assert signature == SUITE.sign(private_key, b"data")
    assert SUITE.verify(points["own"], b"data", signature)


@pytest.mark.parametrize("scalar", [bytes(32), b"\xff" * 32, b"\1" * 31])
def test_a_signer_refuses_what_is_no_private_key(scalar: bytes) -> None:
    with pytest.raises(LocalError):
        SUITE.signer(scalar, SUITE.public_key(b"\1" * 32))


def test_forgotten_private_keys_sign_as_before() -> None:
    private_key = b"\7" * 32
    before = SUITE.sign(private_key, b"data")
    forget_private_keys()
    assert SUITE.sign(private_key, b"data") == before
