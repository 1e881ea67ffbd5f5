"""The firmware's primitives against other people's answers: the same that the simulator gives.

They are the board's own, the engine's on libcrypto, and those again where each public key has a
table, which is another way to verify.
"""

import ctypes
import hashlib
import hmac
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.crypto import P256_ORDER, P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key
from tests.board.crypto_in_c import CryptoInC, CryptoWithTables, DrbgInC
from tests.board.host_library import host_library
from tests.board.stubs import Stub, stubbed
from tests.known_answers import test_nist, test_rfc, test_wycheproof
from tests.known_answers.vectors import cavp_lengths, octets, wycheproof

SUITE = P256Suite()


Made = tuple[type[CryptoInC], Cryptography]

KINDS: dict[str, Made] = {
    "bearssl": (CryptoInC, Cryptography.BEARSSL),
    "libcrypto": (CryptoInC, Cryptography.LIBCRYPTO),
}
WITH_TABLES = {"libcrypto with tables": (CryptoWithTables, Cryptography.LIBCRYPTO)}


def made(kind: Made) -> CryptoInC:
    crypto, cryptography = kind
    return crypto(host_library(f"crypto {crypto.__name__}", cryptography).raw)


@pytest.fixture(scope="module", params=list(KINDS.values()), ids=list(KINDS))
def plain(request: pytest.FixtureRequest) -> CryptoInC:
    """Without tables."""
    return made(request.param)


_EVERY = KINDS | WITH_TABLES


@pytest.fixture(scope="module", params=list(_EVERY.values()), ids=list(_EVERY))
def crypto(request: pytest.FixtureRequest) -> CryptoInC:
    return made(request.param)


@pytest.fixture(scope="module", params=list(Cryptography))
def library(request: pytest.FixtureRequest) -> ctypes.PyDLL:
    return host_library("crypto", request.param).raw


@pytest.mark.parametrize(
    "published",
    [
        test_wycheproof.test_raw_signatures_verify_exactly_if_they_are_valid,
        test_wycheproof.test_der_signatures_verify_exactly_if_they_are_valid,
        test_wycheproof.test_points_agree_if_they_are_valid_and_are_refused_if_not,
        test_wycheproof.test_gmac_is_the_published_tag_cut_to_twelve_octets,
        test_nist.test_signatures_verify_exactly_as_published,
        test_nist.test_generated_signatures_verify_and_are_made_again_with_the_published_nonce,
        test_nist.test_public_keys_are_accepted_exactly_as_published,
        test_nist.test_gmac_is_the_published_tag_cut_to_twelve_octets,
        test_rfc.test_signatures_are_those_of_rfc_6979_as_published_in_a_second_place,
    ],
    ids=lambda test: test.__name__.removeprefix("test_"),
)
def test_known_answers_of_the_simulator_are_the_firmwares_too(
    published: Callable[[], None], plain: CryptoInC, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{published.__module__}.SUITE", plain)
    published()


@pytest.mark.parametrize(
    "published",
    [
        test_wycheproof.test_raw_signatures_verify_exactly_if_they_are_valid,
        pytest.param(
            test_wycheproof.test_der_signatures_verify_exactly_if_they_are_valid,
            marks=pytest.mark.slow,
        ),
        test_nist.test_signatures_verify_exactly_as_published,
    ],
    ids=lambda test: test.__name__.removeprefix("test_"),
)
def test_known_answers_hold_where_every_key_has_a_table(
    published: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (kind,) = WITH_TABLES.values()
    monkeypatch.setattr(f"{published.__module__}.SUITE", made(kind))
    published()


def test_wrapped_keys_unwrap_exactly_if_they_are_valid(crypto: CryptoInC) -> None:
    checked = {"valid": 0, "invalid": 0}
    for group, test in wycheproof(test_wycheproof.KEY_WRAP):
        if group["keySize"] != 128:
            continue
        key, wrapped = octets(test, "key"), octets(test, "ct")
        if test["result"] == "valid":
            assert crypto.unwrap_pad(key, wrapped) == octets(test, "msg"), test["tcId"]
        else:
            with pytest.raises(RemoteError):
                crypto.unwrap_pad(key, wrapped)
        checked[test["result"]] += 1
    assert min(checked.values()) >= 25


@given(data=st.binary(max_size=200), cut=st.integers(0, 200))
@settings(max_examples=60)
def test_digests_do_not_depend_on_how_the_octets_come(
    crypto: CryptoInC, data: bytes, cut: int
) -> None:
    parts = [data[:cut], data[cut:]]
    key, iv = bytes(range(16)), bytes(12)
    assert crypto.sha256_of(parts) == hashlib.sha256(data).digest()
    assert crypto.sha1(data) == hashlib.sha1(data).digest()
    assert crypto.hmac(data[:cut], [data, b"", data]) == hmac.digest(
        data[:cut], data + data, "sha256"
    )
    assert crypto.gmac_of(key, iv, parts) == SUITE.gmac(key, iv, data)


@pytest.mark.parametrize("change", range(0, 65, 4))
def test_point_beside_the_curve_is_refused_wherever_one_is_taken(
    crypto: CryptoInC, change: int
) -> None:
    scalar = bytes(31) + b"\x07"
    point = bytearray(SUITE.public_key(scalar))
    signature = SUITE.sign(scalar, b"data")
    assert crypto.verify(bytes(point), b"data", signature)
    point[change] ^= 0x10
    assert not SUITE.is_public_key(bytes(point))
    assert not crypto.is_public_key(bytes(point))
    assert not crypto.verify(bytes(point), b"data", signature)
    with pytest.raises(RemoteError):
        crypto.agree(scalar, bytes(point))


@pytest.mark.parametrize(
    "scalar", [0, 1, 2, P256_ORDER - 1, P256_ORDER, P256_ORDER + 1, 2**256 - 1]
)
def test_scalars_are_those_from_one_to_the_order(crypto: CryptoInC, scalar: int) -> None:
    octets_of_scalar = scalar.to_bytes(32, "big")
    if 0 < scalar < P256_ORDER:
        assert crypto.public_key(octets_of_scalar) == SUITE.public_key(octets_of_scalar)
    else:
        with pytest.raises(ValueError, match="no scalar"):
            crypto.public_key(octets_of_scalar)


@given(seed=st.binary(min_size=32, max_size=80), label=st.binary(max_size=40))
@settings(max_examples=25)
def test_generator_gives_the_octets_of_the_simulators(
    library: ctypes.PyDLL, seed: bytes, label: bytes
) -> None:
    here, there = DrbgInC(library, seed, label), HmacDrbg(seed, label)
    for length in (0, 1, 32, 33, 64, 100):
        assert here.generate(length) == there.generate(length)
    assert here.private_key() == generate_private_key(there)


def test_texts_are_encrypted_to_the_published_octets(plain: CryptoInC) -> None:
    checked = 0
    for lengths, record in cavp_lengths("ciphers/AES/GCM/gcmEncryptExtIV128.rsp"):
        if (lengths["IVlen"], lengths["Taglen"]) != ("96", "128") or int(record["Count"]) > 2:
            continue
        names = ("Key", "IV", "PT", "AAD", "CT", "Tag")
        key, iv, text, data, sealed, tag = (bytes.fromhex(record[name]) for name in names)
        assert plain.gcm(key, iv, text, data) == (sealed, tag)
        checked += 1
    # Five lengths of text, five of additional data, three records each.
    assert checked == 5 * 5 * 3


def test_comparison_finds_every_single_difference(crypto: CryptoInC) -> None:
    octets_here = bytes(range(32))
    assert crypto.is_equal(octets_here, bytes(range(32)))
    assert crypto.is_equal(b"", b"")
    for bit in range(8 * 32):
        changed = bytearray(octets_here)
        changed[bit // 8] ^= 1 << bit % 8
        assert not crypto.is_equal(octets_here, bytes(changed))


ANSWERS = {
    "signature": "efd48b2aacb6a8fd1140dd9cd45e81d6",
    "point": "60fed4ba255a9d31c961eb74c6356d68",
    "secret": "d6840f6b42f6edafd13116e0e1256520",
    "sha256": "ba7816bf8f01cfea414140de5dae2223",
    "sha1": "a9993e364706816aba3e25717850c26c",
    "hmac": "5bdcc146bf60754e6a042426089575c7",
    "gmac": "209fcc8d3675ed938e9c7166",
    "gcm": "93fe7d9e9bfd10348a5606e5cafa7354",
    "unwrapped": "2bbe64479da7c45976",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_self_test_fails_for_every_primitive_that_answers_wrongly(
    tmp_path: Path, answer: str
) -> None:
    """A changed answer in the file is what a wrong primitive looks like from outside."""
    library = host_library("crypto").raw
    assert CryptoInC(library).self_test()
    changed = tmp_path / "changed.so"
    shutil.copy(Path(library._name), changed)
    octets_here = changed.read_bytes()
    expected = bytes.fromhex(ANSWERS[answer])
    assert octets_here.count(expected) == 1
    wrong = bytes([expected[0] ^ 1]) + expected[1:]
    changed.write_bytes(octets_here.replace(expected, wrong))
    assert not CryptoInC(ctypes.CDLL(str(changed))).self_test()


@pytest.mark.parametrize("cryptography", list(Cryptography))
@pytest.mark.parametrize("says", [Stub.NO, Stub.YES], ids=lambda stub: stub.name.lower())
@pytest.mark.parametrize(
    "primitive",
    ["sha256", "sha1", "hmac", "is_point", "verify", "sign", "public_key", "agree", "gmac",
     "gcm", "unwrap_pad"],
)  # fmt: skip
def test_self_test_fails_for_every_primitive_that_does_nothing(
    cryptography: Cryptography, primitive: str, says: Stub, tmp_path: Path
) -> None:
    library = host_library("crypto", cryptography).path
    stub = stubbed(library, tmp_path, {f"crypto_{primitive}": says})
    assert not CryptoInC(ctypes.PyDLL(str(stub))).self_test()


def test_a_key_that_verifies_often_gets_a_table_only_if_tables_are_wanted() -> None:
    point = SUITE.public_key(bytes(31) + b"\x07")
    with_tables = CryptoWithTables(host_library("tables", Cryptography.LIBCRYPTO).raw)
    assert not with_tables.has_table(point)
    with_tables.verify(point, b"", bytes(64))
    assert with_tables.has_table(point)
    with_tables.share(facts=False, tables=False)
    assert not with_tables.has_table(point)
    for _ in range(CryptoWithTables.OFTEN + 1):
        CryptoInC.verify(with_tables, point, b"", bytes(64))
    assert not with_tables.has_table(point)


def with_tables() -> CryptoWithTables:
    found = CryptoWithTables(host_library("tables", Cryptography.LIBCRYPTO).raw)
    found.share(facts=False, tables=True)
    return found


def points(first: int, number: int) -> list[bytes]:
    return [SUITE.public_key(scalar.to_bytes(32, "big")) for scalar in range(first, first + number)]


def test_a_key_of_a_whole_fleet_keeps_its_table_while_keys_of_devices_pass() -> None:
    crypto, (shared, *of_devices) = with_tables(), points(7, 1001)
    for _ in range(CryptoWithTables.OFTEN):
        CryptoInC.verify(crypto, shared, b"", bytes(64))
    assert not crypto.has_table(shared)
    CryptoInC.verify(crypto, shared, b"", bytes(64))
    assert crypto.has_table(shared)
    for point in of_devices:
        CryptoInC.verify(crypto, point, b"", bytes(64))
    assert crypto.has_table(shared)


def test_keys_that_were_used_often_once_make_room_for_those_that_are() -> None:
    crypto, popular, of_devices = with_tables(), points(7, 300), points(1000, 300)
    for point in popular:
        for _ in range(200):
            crypto.is_public_key(point)
    (late,) = points(5000, 1)
    for _ in range(120):
        for point in of_devices:
            crypto.is_public_key(point)
        for _ in range(20):
            CryptoInC.verify(crypto, late, b"", bytes(64))
    assert crypto.has_table(late)
