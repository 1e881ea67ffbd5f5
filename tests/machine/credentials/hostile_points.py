"""Octets where a public key is due that are no point of P-256, made with tinyec's numbers."""

from tests.gbcs import independent
from tests.support.pki import SUITE, key

_GOOD = SUITE.public_key(key("a good key"))


def _x_is_the_prime() -> bytes:
    """x = p, whose residue 0 lies on P-256; as an encoding it is out of range."""
    y = pow(independent.CURVE.b, (independent.PRIME + 1) // 4, independent.PRIME)
    assert y * y % independent.PRIME == independent.CURVE.b
    return b"\x04" + independent.octets(independent.PRIME) + independent.octets(y)


def _of_another_curve() -> bytes:
    """y**2 = x**3 - 3x + b + 1: what an invalid-curve attack sends."""
    prime, b = independent.PRIME, independent.CURVE.b + 1
    for x in range(2, 100):
        square = (x**3 - 3 * x + b) % prime
        y = pow(square, (prime + 1) // 4, prime)
        if y * y % prime == square:
            return b"\x04" + independent.octets(x) + independent.octets(y)
    raise AssertionError("no such point")


OTHER_CURVE = _of_another_curve()

POINTS = {
    "off the curve": _GOOD[:-1] + bytes((_GOOD[-1] ^ 1,)),
    "of another curve": OTHER_CURVE,
    "x is p": _x_is_the_prime(),
    "all zero": b"\x04" + bytes(64),
    "infinity": b"\x00",
    "infinity, padded": bytes(65),
    "compressed": b"\x02" + _GOOD[1:33],
    "hybrid": b"\x06" + _GOOD[1:],
    "too long": _GOOD + b"\x00",
}
