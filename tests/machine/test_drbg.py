"""The generator of all randomness, against the published numbers of RFC 6979.

The RFC's derivation of k is HMAC_DRBG with the private key and the digest as its seed.
"""

from hashlib import sha256

import pytest

from firmware_sim.gbcs.crypto import P256_ORDER
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

P256_KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
P521_ORDER = int(
    f"1FF{'F' * 63}A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16
)
P521_KEY = int(
    "0FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB3"
    "2F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538",
    16,
)


def seed(key: int, message: bytes, order: int) -> bytes:
    """int2octets(x) || bits2octets(H(m)) (RFC 6979, 3.2 d)."""
    length = (order.bit_length() + 7) // 8
    digest = int.from_bytes(sha256(message).digest()) % order
    return key.to_bytes(length) + digest.to_bytes(length)


@pytest.mark.parametrize(
    ("message", "k"),
    [
        (b"sample", 0xA6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60),
        (b"test", 0xD16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0),
    ],
)
def test_generator_gives_the_nonces_of_rfc_6979_for_p256(message: bytes, k: int) -> None:
    key = generate_private_key(HmacDrbg(seed(P256_KEY, message, P256_ORDER)))
    assert int.from_bytes(key) == k


def test_generator_gives_the_nonces_of_rfc_6979_for_p521_over_three_blocks() -> None:
    octets = HmacDrbg(seed(P521_KEY, b"sample", P521_ORDER)).generate(66)
    assert int.from_bytes(octets) >> 7 == int(
        "0EDF38AFCAAECAB4383358B34D67C9F2216C8382AAEA44A3DAD5FDC9C32575761793FEF2"
        "4EB0FC276DFC4F6E3EC476752F043CF01415387470BCBD8678ED2C7E1A0",
        16,
    )


def test_personalisation_is_part_of_the_seed_material() -> None:
    assert HmacDrbg(b"s" * 32, b"boot 1").generate(32) == HmacDrbg(b"s" * 32 + b"boot 1").generate(
        32
    )
    assert HmacDrbg(b"s" * 32, b"boot 1").generate(32) != HmacDrbg(b"s" * 32, b"boot 2").generate(
        32
    )


def test_requests_to_the_generator_do_not_repeat() -> None:
    drbg = HmacDrbg(bytes(32))
    assert len({drbg.generate(32) for _ in range(100)}) == 100


def test_request_to_the_generator_is_bounded() -> None:
    assert len(HmacDrbg(bytes(32)).generate(1 << 16)) == 1 << 16
    with pytest.raises(ValueError, match="65536"):
        HmacDrbg(bytes(32)).generate((1 << 16) + 1)


class Sequence:
    def __init__(self, *values: int) -> None:
        self.values = list(values)

    def generate(self, length: int) -> bytes:
        return self.values.pop(0).to_bytes(length)


def test_candidates_outside_the_range_are_thrown_away_not_reduced() -> None:
    source = Sequence(0, P256_ORDER, P256_ORDER + 5, (1 << 256) - 1, P256_ORDER - 1, 1)
    assert int.from_bytes(generate_private_key(source)) == P256_ORDER - 1
    assert int.from_bytes(generate_private_key(source)) == 1
