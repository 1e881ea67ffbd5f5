"""Paths that must be trusted and paths that must not; the names say which clause decides."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.path import (
    MAX_INTERMEDIATES,
    Anchor,
    PathFailure,
    SignatureCache,
    is_signed_by,
    validate_path,
)
from firmware_sim.gbcs.roles import RemotePartyRole
from tests.gbcs import home_made as made

SUITE = P256Suite()
ANCHOR = Anchor(
    Name.parse(made.ROOT_NAME), made.point(made.ROOT_KEY), made.identifier(made.ROOT_KEY)
)
UTF8_ISSUING = made.name((made.OU, made.UTF8, b"07"), (made.CN, made.UTF8, b" ISSUING "))
OTHER_NAME = made.name((made.OU, made.UTF8, b"07"), (made.CN, made.UTF8, b"Other"))
NO_CONSTRAINTS = [each for each in made.issuing_extensions() if b"\x55\x1d\x13" not in each]
NO_POLICY = [made.leaf_extensions()[at] for at in (0, 1, 3)]
NO_AUTHORITY = made.leaf_extensions()[:3]
UNKNOWN_CRITICAL = made.extension("06032a0307", True, b"\5\0")
UNKNOWN = made.extension("06032a0307", False, b"\5\0")
ANY = "0604551d2000"
UNDER_ROOT = made.authority_identifier(made.identifier(made.ROOT_KEY))


def leaf(*, policy: str = made.POLICY, **fields: bytes) -> bytes:
    return made.certificate(extensions=made.leaf_extensions(policy=policy), **fields)  # type: ignore[arg-type]


def result(
    certificate: bytes,
    *intermediates: bytes,
    anchor: Anchor = ANCHOR,
    at: datetime | None = None,
) -> PathFailure | None:
    path = [parse_certificate(each) for each in intermediates]
    return validate_path(parse_certificate(certificate), path, anchor, suite=SUITE, at=at).failure


TRUSTED = {
    "leaf under the Issuing OCA": (leaf(), made.issuing()),
    "a certificate that the root issued": (made.issuing(),),
    "intermediates in any order, one unused": (leaf(), made.device(), made.issuing()),
    "RFC 5280 7.1: string types, case and space of names differ": (
        leaf(issuer=UTF8_ISSUING),
        made.issuing(),
    ),
    "RFC 5280 6.1.4 (l): no path length is no limit": (
        leaf(),
        made.issuing(extensions=made.issuing_extensions(constraint="0101ff")),
    ),
    "RFC 5280 4.2: an unknown extension that is not critical": (
        made.certificate(extensions=[*made.leaf_extensions(), UNKNOWN]),
        made.issuing(),
    ),
    "RFC 5280 6.1.3 (d): anyPolicy at the issuer": (
        leaf(policy=made.OTHER_POLICY),
        made.issuing(extensions=made.issuing_extensions(policy=ANY)),
    ),
    "a bogus namesake of the issuer does no harm": (
        leaf(),
        made.issuing(signer=made.OTHER_KEY),
        made.issuing(),
    ),
}


@pytest.mark.parametrize("path", TRUSTED.values(), ids=TRUSTED.keys())
def test_valid_path_is_trusted(path: tuple[bytes, ...]) -> None:
    assert result(*path) is None


REFUSED: dict[str, tuple[PathFailure, tuple[bytes, ...]]] = {
    "issuer not in the path": (PathFailure.NO_ISSUER, (leaf(),)),
    "RFC 5280 6.1.3 (a)(4): names do not chain": (
        PathFailure.NO_ISSUER,
        (leaf(issuer=OTHER_NAME), made.issuing()),
    ),
    "GBCS 12: key identifiers do not chain": (
        PathFailure.NO_ISSUER,
        (
            made.certificate(
                extensions=[
                    *NO_AUTHORITY,
                    made.authority_identifier(made.identifier(made.ROOT_KEY)),
                ]
            ),
            made.issuing(),
        ),
    ),
    "GBCS 12: no authority key identifier": (
        PathFailure.NO_ISSUER,
        (made.certificate(extensions=NO_AUTHORITY), made.issuing()),
    ),
    "an empty identifier on both sides does not chain": (
        PathFailure.NO_ISSUER,
        (
            made.certificate(extensions=[*NO_AUTHORITY, made.authority_identifier(b"")]),
            made.issuing(
                extensions=[
                    each for each in made.issuing_extensions() if b"\x55\x1d\x0e" not in each
                ]
            ),
        ),
    ),
    "issuer not under this root": (
        PathFailure.NO_ISSUER,
        (leaf(), made.issuing(issuer=OTHER_NAME)),
    ),
    "RFC 5280 6.1.3 (a)(1): leaf signed by another key": (
        PathFailure.SIGNATURE,
        (
            made.certificate(extensions=made.leaf_extensions(), signer=made.OTHER_KEY),
            made.issuing(),
        ),
    ),
    "RFC 5280 6.1.3 (a)(1): issuer signed by another key": (
        PathFailure.SIGNATURE,
        (leaf(), made.issuing(signer=made.OTHER_KEY)),
    ),
    "a malformed signature value": (
        PathFailure.SIGNATURE,
        (leaf(signature=b"\0"), made.issuing()),
    ),
    "RFC 5280 6.1.4 (k): issuer without basicConstraints": (
        PathFailure.NOT_AN_AUTHORITY,
        (leaf(), made.issuing(extensions=NO_CONSTRAINTS)),
    ),
    "RFC 5280 6.1.4 (k): issuer whose constraints say no CA": (
        PathFailure.NOT_AN_AUTHORITY,
        (leaf(), made.issuing(extensions=made.issuing_extensions(constraint=""))),
    ),
    "RFC 5280 6.1.4 (n): issuer without keyCertSign": (
        PathFailure.NOT_AN_AUTHORITY,
        (leaf(), made.issuing(extensions=made.issuing_extensions(bits=made.DS))),
    ),
    "RFC 5280 6.1.3: no policies": (
        PathFailure.POLICY,
        (made.certificate(extensions=NO_POLICY), made.issuing()),
    ),
    "GBCS 12: policies not critical": (
        PathFailure.POLICY,
        (
            made.certificate(extensions=[*NO_POLICY, made.policies(made.POLICY, critical=False)]),
            made.issuing(),
        ),
    ),
    "RFC 5280 6.1.5 (g): no policy is shared": (
        PathFailure.POLICY,
        (leaf(policy=made.OTHER_POLICY), made.issuing()),
    ),
    "RFC 5280 4.2: unknown critical extension": (
        PathFailure.CRITICAL_EXTENSION,
        (made.certificate(extensions=[*made.leaf_extensions(), UNKNOWN_CRITICAL]), made.issuing()),
    ),
    "RFC 5280 4.2: unknown critical extension at the issuer": (
        PathFailure.CRITICAL_EXTENSION,
        (
            leaf(),
            made.issuing(extensions=[*made.issuing_extensions(), UNKNOWN_CRITICAL]),
        ),
    ),
    "too many intermediates": (
        PathFailure.TOO_LONG,
        (leaf(), *[made.issuing()] * (MAX_INTERMEDIATES + 1)),
    ),
    "the root itself is not under the root": (PathFailure.NO_ISSUER, (made.root(),)),
}


@pytest.mark.parametrize(("failure", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_invalid_path_fails_with_its_reason(failure: PathFailure, path: tuple[bytes, ...]) -> None:
    assert result(*path) is failure


def subordinate(constraint: str, *, self_issued: bool = False) -> tuple[bytes, bytes, bytes]:
    """A leaf below two authorities; the upper one has the given constraint."""
    upper = made.issuing(extensions=made.issuing_extensions(constraint=constraint))
    lower_name = made.ISSUING_NAME if self_issued else OTHER_NAME
    lower = made.certificate(
        subject=lower_name,
        info=made.key_info(made.OTHER_KEY),
        extensions=[
            made.usage(made.CS),
            made.constraints(),
            made.policies(made.POLICY),
            made.subject_identifier(made.identifier(made.OTHER_KEY)),
            made.authority_identifier(made.identifier(made.ISSUING_KEY)),
        ],
    )
    under = [*NO_AUTHORITY, made.authority_identifier(made.identifier(made.OTHER_KEY))]
    end = made.certificate(issuer=lower_name, extensions=under, signer=made.OTHER_KEY)
    return end, lower, upper


def test_path_length_counts_the_authorities_below() -> None:
    """RFC 5280 4.2.1.9; a self-issued certificate does not count (6.1.4 (l))."""
    assert result(*subordinate("0101ff020100")) is PathFailure.PATH_LENGTH
    assert result(*subordinate("0101ff020101")) is None
    assert result(*subordinate("0101ff020100", self_issued=True)) is None


def test_authorities_that_issued_each_other_are_no_path() -> None:
    first = made.certificate(
        subject=OTHER_NAME,
        info=made.key_info(made.OTHER_KEY),
        extensions=[
            *made.issuing_extensions(constraint="0101ff")[:3],
            made.subject_identifier(made.identifier(made.OTHER_KEY)),
            made.authority_identifier(made.identifier(made.ISSUING_KEY)),
        ],
    )
    second = made.issuing(
        issuer=OTHER_NAME,
        signer=made.OTHER_KEY,
        extensions=[
            *made.issuing_extensions(constraint="0101ff")[:4],
            made.authority_identifier(made.identifier(made.OTHER_KEY)),
        ],
    )
    assert result(leaf(), first, second) is PathFailure.NO_ISSUER


@pytest.mark.parametrize(
    ("at", "failure"),
    [
        (datetime(2019, 12, 31, 23, 59, 59, tzinfo=UTC), PathFailure.NOT_YET_VALID),
        (datetime(2020, 1, 1, tzinfo=UTC), None),
        (datetime(2039, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        (datetime(2040, 1, 1, tzinfo=UTC), PathFailure.EXPIRED),
    ],
)
def test_both_ends_of_the_validity_are_valid(at: datetime, failure: PathFailure | None) -> None:
    """RFC 5280 4.1.2.5 and 6.1.3 (a)(2)."""
    assert result(leaf(), made.issuing(), at=at) is failure


def test_issuer_outside_its_validity_breaks_the_path() -> None:
    expired = made.tlv(0x30, made.tlv(0x17, b"200101000000Z"), made.tlv(0x17, b"210101000000Z"))
    at = datetime(2025, 1, 1, tzinfo=UTC)
    assert result(leaf(), made.issuing(validity=expired), at=at) is PathFailure.EXPIRED
    assert result(leaf(), made.issuing(validity=expired)) is None


@pytest.mark.parametrize(
    "anchor",
    [
        Anchor(ANCHOR.subject, made.point(made.OTHER_KEY), ANCHOR.key_identifier),
        Anchor(Name.parse(OTHER_NAME), ANCHOR.public_key, ANCHOR.key_identifier),
        Anchor(ANCHOR.subject, ANCHOR.public_key, bytes(8)),
        Anchor(ANCHOR.subject, b"\4" + bytes(64), ANCHOR.key_identifier),
    ],
    ids=["another key", "another name", "another key identifier", "no key at all"],
)
def test_another_root_trusts_nothing(anchor: Anchor) -> None:
    assert result(leaf(), made.issuing(), anchor=anchor) is not None


def test_a_root_certificate_makes_the_anchor_of_its_octets() -> None:
    root = parse_certificate(made.root())
    assert Anchor.of_certificate(root) == ANCHOR
    assert is_signed_by(root, root.public_key, SUITE)
    assert not is_signed_by(root, made.point(made.OTHER_KEY), SUITE)


def test_the_cache_is_asked_by_exact_octets_and_keeps_times_out() -> None:
    cache = SignatureCache()
    end, issuer = (parse_certificate(each) for each in (leaf(), made.issuing()))

    def validate(at: datetime | None = None, certificate: Certificate = end) -> PathFailure | None:
        found = validate_path(certificate, [issuer], ANCHOR, suite=SUITE, at=at, verified=cache)
        return found.failure

    assert validate() is None
    assert (cache.hits, cache.misses) == (0, 2)
    assert validate() is None
    assert (cache.hits, cache.misses) == (2, 2)
    assert validate(datetime(2045, 1, 1, tzinfo=UTC)) is PathFailure.EXPIRED
    forged = parse_certificate(leaf(signature=made.tlv(0x30, b"\2\1\1\2\1\1")))
    for _ in range(2):
        assert validate(certificate=forged) is PathFailure.SIGNATURE
    assert (
        validate_path(
            end,
            [issuer],
            Anchor(ANCHOR.subject, made.point(made.OTHER_KEY), ANCHOR.key_identifier),
            suite=SUITE,
            verified=cache,
        ).failure
        is PathFailure.SIGNATURE
    )


def test_the_cache_is_bounded_and_parses_once() -> None:
    cache = SignatureCache(limit=2)
    first = cache.parse(leaf())
    assert cache.parse(leaf()) is first
    for number in range(5):
        cache.parse(leaf(serial=bytes((2, 1, number + 1))))
    assert cache.parse(leaf()) is not first


def issuers(rtds: Path) -> dict[str, Anchor]:
    names = {
        "OU=00, CN=ZA": Name.of_authority("ZA", RemotePartyRole.ROOT),
        "OU=07, CN=Z1": Name.of_authority("Z1", RemotePartyRole.ISSUING_AUTHORITY),
        "CN=E357": Name.of_authority("E357"),
    }
    return {
        entry["name"]: Anchor(
            names[entry["name"]],
            bytes.fromhex(entry["public_point"]),
            bytes.fromhex(entry["key_identifier"]),
        )
        for entry in json.loads((rtds / "issuers.json").read_text())
    }


def outcomes(
    rtds: Path, validate: Callable[[Certificate], PathFailure | None]
) -> Counter[PathFailure | None]:
    entries = json.loads((rtds / "keystore.json").read_text())
    found = (parse_certificate(bytes.fromhex(entry["certificate"])) for entry in entries)
    return Counter(validate(each) for each in found)


def test_published_certificates_against_their_issuers(rtds: Path) -> None:
    """Root ZA, known by its key only, and Issuing OCA Z1 as it travels in commands."""
    known = issuers(rtds)
    (z1,) = travelling_issuers(rtds)
    assert Anchor.of_certificate(z1) == known["OU=07, CN=Z1"]

    def organisation(certificate: Certificate) -> PathFailure | None:
        return validate_path(certificate, [z1], known["OU=00, CN=ZA"], suite=SUITE).failure

    def device(certificate: Certificate) -> PathFailure | None:
        return validate_path(certificate, [], known["CN=E357"], suite=SUITE).failure

    assert outcomes(rtds, organisation) == {None: 14, PathFailure.NO_ISSUER: 402}
    # Two Device Certificates have a signature value that is not DER.
    assert outcomes(rtds, device) == {
        None: 398,
        PathFailure.SIGNATURE: 2,
        PathFailure.NO_ISSUER: 16,
    }


def travelling_issuers(rtds: Path) -> set[Certificate]:
    """Authorities that travel in update commands: found by their version and length."""
    found = set()
    for file in (rtds / "messages").glob("*CS02b*/*COMMAND*.HEX"):
        octets = bytes.fromhex(file.read_text())
        start = octets.find(bytes.fromhex("308201a030820145a003"))
        while start >= 0:
            certificate = parse_certificate(octets[start : start + 420])
            found |= {certificate} if certificate.is_ca else set()
            start = octets.find(bytes.fromhex("308201a030820145a003"), start + 1)
    return {each for each in found if str(each.subject) == "OU=07, CN=Z1"}


@pytest.mark.parametrize(
    ("leaf_policy", "issuing_policy", "expected"),
    [
        (made.POLICY, made.POLICY, None),
        (made.POLICY, ANY, None),
        (made.OTHER_POLICY, made.OTHER_POLICY, PathFailure.POLICY),
        (made.OTHER_POLICY, ANY, PathFailure.POLICY),
    ],
)
def test_one_policy_asked_for_is_the_only_one_of_the_initial_set(
    leaf_policy: str, issuing_policy: str, expected: PathFailure | None
) -> None:
    """RFC 5280 6.1.1 (c): user-initial-policy-set."""
    certificate = parse_certificate(leaf(policy=leaf_policy))
    extensions = made.issuing_extensions(policy=issuing_policy)
    issuer = parse_certificate(made.issuing(extensions=extensions))
    found = validate_path(certificate, [issuer], ANCHOR, suite=SUITE, policy="1.2.3.4")
    assert found.failure is expected
