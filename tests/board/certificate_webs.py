"""Webs of certification authorities that share names and keys, so that many paths cross.

Each certificate is right in most respects and wrong in some: chained by name, by identifier, by
both, by none; signed by its issuer or not; of any path length, with any policies.
"""

from random import Random
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.path import Anchor
from tests.gbcs import home_made as made

_KEYS = (made.ROOT_KEY, made.ISSUING_KEY, made.LEAF_KEY, made.OTHER_KEY)
_TEXTS = (
    ((made.PRINTABLE, b"Root"), (made.UTF8, b" ROOT "), (made.UTF8, b"Root")),
    ((made.PRINTABLE, b"Issuing One"), (made.UTF8, b"issuing  one"), (made.UTF8, b"ISSUING\tONE ")),
    ((made.PRINTABLE, b"Two"), (made.UTF8, b"tWO"), (made.PRINTABLE, b" two")),
)
_POLICIES = ((made.POLICY,), (made.POLICY,), (made.POLICY, made.OTHER_POLICY))
_ODD_POLICIES = (("0604551d2000",), (made.OTHER_POLICY,), (made.OTHER_POLICY, "0604551d2000"))
_CONSTRAINTS = ("0101ff", "0101ff020100", "0101ff020101", "0101ff020102", "0101ff02050100000000")
_UNKNOWN = made.extension("06032a0307", True, b"\5\0")


class Web(NamedTuple):
    """A certificate to ask about, those to choose issuers from, and the root."""

    certificate: bytes
    intermediates: tuple[bytes, ...]
    anchor: Anchor


def web(random: Random) -> Web:
    """Mostly a chain from the root down, in any order, with look-alikes between."""
    chain = [(0, 0)] + [(random.randrange(3), random.randrange(4)) for _ in range(6)]
    length = random.choice((0, 0, 1, 1, 2, 3, 4, 5))
    made_here = [
        _certificate(chain[at], chain[at + 1], random, is_leaf=at == length)
        for at in range(length + 1)
    ]
    others = [*made_here[:-1]]
    while others and random.random() < 0.3:
        at = random.randrange(length)
        twin = _certificate(chain[at], chain[at + 1], random, is_leaf=False)
        if random.random() < 0.5:
            others[at] = twin
        else:
            others.append(twin)
    random.shuffle(others)
    return Web(made_here[-1], tuple(others[:5]), _anchor(random))


def _anchor(random: Random) -> Anchor:
    key = _KEYS[0] if random.random() < 0.97 else _KEYS[1]
    named = _KEYS[0] if random.random() < 0.97 else _KEYS[1]
    name = Name.parse(_name(0 if random.random() < 0.97 else 1, random))
    return Anchor(name, made.point(key), made.identifier(named))


def _certificate(
    issuer: tuple[int, int], subject: tuple[int, int], random: Random, *, is_leaf: bool
) -> bytes:
    """Issued by (name, key), for (name, key)."""
    (issuer_name, issuer_key), (subject_name, subject_key) = issuer, subject
    signer = _off(random, _KEYS[issuer_key])
    return made.certificate(
        serial=made.tlv(2, random.randbytes(4), b"\1"),
        issuer=_name(issuer_name if random.random() < 0.97 else 2, random),
        subject=made.SUPPLIER_NAME if is_leaf else _name(subject_name, random),
        info=made.key_info(_KEYS[subject_key]),
        extensions=_extensions(_KEYS[issuer_key], _KEYS[subject_key], random, is_leaf),
        signer=signer,
    )


def _extensions(
    issuer: ec.EllipticCurvePrivateKey,
    subject: ec.EllipticCurvePrivateKey,
    random: Random,
    is_leaf: bool,
) -> list[bytes]:
    policies = random.choice(_POLICIES if random.random() < 0.85 else _ODD_POLICIES)
    usual = random.random() < 0.97
    block = [
        made.usage(
            (made.DS if is_leaf else random.choice((made.CS, made.CS_CRL))) if usual else "0186"
        ),
        made.subject_identifier(made.identifier(_off(random, subject))),
        made.policies(*policies, critical=random.random() < 0.97),
    ]
    if random.random() < 0.97:
        block.append(made.authority_identifier(made.identifier(_off(random, issuer))))
    if not is_leaf and random.random() < 0.97:
        block.append(made.constraints(random.choice((*_CONSTRAINTS, "0101ff", "0101ff"))))
    if random.random() < 0.02:
        block.append(_UNKNOWN)
    return block


def _name(which: int, random: Random) -> bytes:
    unit = (made.OU, random.choice((made.PRINTABLE, made.UTF8)), b"07")
    tag, text = random.choice(_TEXTS[which])
    return made.name(unit, (made.CN, tag, text))


def _off(random: Random, key: ec.EllipticCurvePrivateKey) -> ec.EllipticCurvePrivateKey:
    """The right key, nearly always."""
    return key if random.random() < 0.97 else random.choice(_KEYS)
