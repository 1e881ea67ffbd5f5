"""Certification path validation as a Device does it, against the key in its root cell.

A certificate is tied to its issuer twice: the names chain (RFC 5280 7.1) and the key
identifiers chain. Neither alone is enough. The anchor is a name, a key and its identifier;
nothing else about it is checked, so a root known only by its public key will do.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from firmware_sim.gbcs.certificate_extensions import CERTIFICATE_POLICIES
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.roles import KeyUsage

MAX_INTERMEDIATES = 4
"""A path with more candidates is refused unread; SMKI has one Issuing OCA below the root."""

ANY_POLICY = "2.5.29.32.0"

TEST_ENVIRONMENT_POLICY = "1.2.826.0.1.8641679.1.2.1.4"
"""The policy of every published OCA and Organisation Certificate, all of the test environment;
that of the production environment is not public."""

_CACHED_FACTS = 8192
_UNKNOWN = object()

K = TypeVar("K")
V = TypeVar("V")


class PathFailure(Enum):
    """Why a certificate is not trusted."""

    NO_ISSUER = "no certificate in the path, nor the root, is its issuer"
    TOO_LONG = "the path has too many certificates"
    NOT_AN_AUTHORITY = "an issuer is no certification authority"
    PATH_LENGTH = "an issuer's path length is exceeded"
    POLICY = "a certificate has no critical policy that its path shares"
    CRITICAL_EXTENSION = "a certificate has a critical extension that is not understood"
    SIGNATURE = "a certificate is not signed with its issuer's key"
    NOT_YET_VALID = "a certificate is not valid yet"
    EXPIRED = "a certificate has expired"


@dataclass(frozen=True, slots=True)
class PathResult:
    """Outcome of a validation; true if the certificate is trusted.

    Attributes:
        failure: why not, or None.
        path: the certificates from the one that was asked about up to the one that the
            anchor issued; where it failed, as far as it was followed.
    """

    failure: PathFailure | None
    path: tuple[Certificate, ...]

    def __bool__(self) -> bool:
        return self.failure is None

    def __str__(self) -> str:
        return "trusted" if self.failure is None else self.failure.value


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a root cell knows of its root: name, 65-octet point, 8-octet key identifier."""

    subject: Name
    public_key: bytes
    key_identifier: bytes

    @classmethod
    def of_certificate(cls, certificate: Certificate) -> "Anchor":
        """The anchor that a Root Certificate makes; whether to trust it is the caller's matter."""
        return cls(certificate.subject, certificate.public_key, certificate.key_identifier)


class SignatureCache:
    """What is true of exact octets, found out once: parsed certificates and their signatures.

    Shared by devices that are handed the same certificates. Keys are complete octets, never
    digests. Times, usages and authority are no part of a fact, so they are judged every time.
    At `limit` entries a table is emptied and starts again.

    Attributes:
        hits: signatures that were known already.
        misses: signatures that were verified.
    """

    def __init__(self, limit: int = _CACHED_FACTS) -> None:
        self.hits = 0
        self.misses = 0
        self._limit = limit
        self._signed: dict[tuple[bytes, bytes], bool] = {}
        self._parsed: dict[bytes, Certificate] = {}
        self._derived: dict[Hashable, Any] = {}

    def parse(self, octets: bytes) -> Certificate:
        """As `parse_certificate`; a malformed certificate is not remembered.

        Raises:
            RemoteError: the octets are not a certificate.
        """
        known = self._parsed.get(octets)
        if known is None:
            known = parse_certificate(octets)
            _remember(self._parsed, octets, known, self._limit)
        return known

    def derive(self, inputs: Hashable, find: Callable[[], V]) -> V:
        """What `find` returns, remembered under everything that it depends on.

        Args:
            inputs: complete octets and constants, the same ones whenever the answer is the
                same; no moment in time may play a part.
        """
        found: V = self._derived.get(inputs, _UNKNOWN)
        if found is _UNKNOWN:
            found = find()
            _remember(self._derived, inputs, found, self._limit)
        return found

    def verify(self, certificate: Certificate, issuer_key: bytes, suite: CryptoSuite) -> bool:
        """Whether `issuer_key` signed the certificate; both answers are remembered."""
        fact = (certificate.octets, issuer_key)
        known = self._signed.get(fact)
        if known is not None:
            self.hits += 1
            return known
        self.misses += 1
        known = suite.verify(issuer_key, certificate.tbs, certificate.signature)
        _remember(self._signed, fact, known, self._limit)
        return known


def validate_path(
    certificate: Certificate,
    intermediates: Sequence[Certificate],
    anchor: Anchor,
    *,
    suite: CryptoSuite,
    at: datetime | None = None,
    verified: SignatureCache | None = None,
    policy: str | None = None,
) -> PathResult:
    """Find and validate a path from `certificate` to `anchor` (RFC 5280 6.1).

    Args:
        certificate: the one that is asked about.
        intermediates: at most 4 certificates to choose issuers from, in any order.
        anchor: what the root cell holds.
        suite: verifies signatures.
        at: the moment, with its time zone, at which every certificate must be valid;
            None for no time checks.
        verified: knows signatures that were verified before.
        policy: object identifier of the one certificate policy that is good enough, as the only
            one in RFC 5280's user-initial-policy-set; None for any that the path shares.

    Returns:
        The first valid path, or the reason why the last one tried failed.
    """
    if len(intermediates) > MAX_INTERMEDIATES:
        return PathResult(PathFailure.TOO_LONG, (certificate,))
    return _Validation(anchor, suite, at, verified, policy).climb(
        (certificate,), tuple(intermediates)
    )


def is_signed_by(
    certificate: Certificate,
    issuer_key: bytes,
    suite: CryptoSuite,
    verified: SignatureCache | None = None,
) -> bool:
    """Whether `issuer_key` (65 octets) signed the certificate, e.g. its own for a root."""
    if verified is not None:
        return verified.verify(certificate, issuer_key, suite)
    return suite.verify(issuer_key, certificate.tbs, certificate.signature)


@dataclass(frozen=True, slots=True)
class _Validation:
    anchor: Anchor
    suite: CryptoSuite
    at: datetime | None
    verified: SignatureCache | None
    policy: str | None

    def climb(
        self, path: tuple[Certificate, ...], candidates: tuple[Certificate, ...]
    ) -> PathResult:
        last = path[-1]
        failure = self._refusal(path)
        if failure is not None:
            return PathResult(failure, path)
        result = PathResult(PathFailure.NO_ISSUER, path)
        if _is_issued_by(last, self.anchor.subject, self.anchor.key_identifier):
            if self._signed(last, self.anchor.public_key):
                return PathResult(None, path)
            result = PathResult(PathFailure.SIGNATURE, path)
        for index, issuer in enumerate(candidates):
            if _is_issued_by(last, issuer.subject, issuer.key_identifier):
                rest = candidates[:index] + candidates[index + 1 :]
                result = self._through(path, issuer, rest)
                if result:
                    break
        return result

    def _through(
        self, path: tuple[Certificate, ...], issuer: Certificate, rest: tuple[Certificate, ...]
    ) -> PathResult:
        failure = _authority_refusal(issuer, path)
        if failure is not None:
            return PathResult(failure, (*path, issuer))
        # The issuer's own path first: it is shared, so its signature is likely known.
        result = self.climb((*path, issuer), rest)
        if result and not self._signed(path[-1], issuer.public_key):
            return PathResult(PathFailure.SIGNATURE, result.path)
        return result

    def _refusal(self, path: tuple[Certificate, ...]) -> PathFailure | None:
        certificate = path[-1]
        if certificate.unknown_critical:
            return PathFailure.CRITICAL_EXTENSION
        if not certificate.extensions.get(CERTIFICATE_POLICIES) or not _shared_policies(path):
            return PathFailure.POLICY
        if self.policy is not None and not {self.policy, ANY_POLICY} & set(certificate.policies):
            return PathFailure.POLICY
        if self.at is not None and self.at < certificate.not_before:
            return PathFailure.NOT_YET_VALID
        if self.at is not None and self.at > certificate.not_after:
            return PathFailure.EXPIRED
        return None

    def _signed(self, certificate: Certificate, issuer_key: bytes) -> bool:
        return is_signed_by(certificate, issuer_key, self.suite, self.verified)


def _is_issued_by(certificate: Certificate, name: Name, key_identifier: bytes) -> bool:
    # RFC 5280 6.1.3 (a)(4) and GBCS 12: an absent identifier never chains.
    identifier = certificate.authority_key_identifier
    return bool(identifier) and identifier == key_identifier and certificate.issuer.matches(name)


def _authority_refusal(issuer: Certificate, path: Sequence[Certificate]) -> PathFailure | None:
    # RFC 5280 6.1.4 (k), (l), (n): an authority, that may sign certificates, this far down.
    if not issuer.is_ca or KeyUsage.KEY_CERT_SIGN.value not in issuer.key_usages:
        return PathFailure.NOT_AN_AUTHORITY
    if issuer.path_length is not None and len(path) - 1 > issuer.path_length:
        below = sum(not certificate.is_self_issued for certificate in path[1:])
        return PathFailure.PATH_LENGTH if below > issuer.path_length else None
    return None


def _shared_policies(path: Sequence[Certificate]) -> bool:
    # RFC 5280 6.1.3 (d)-(f) with initial-explicit-policy and without mappings.
    first = path[0].policies
    if first and all(certificate.policies == first for certificate in path):
        return True
    shared: frozenset[str] | None = None
    for certificate in path:
        if ANY_POLICY not in certificate.policies:
            own = frozenset(certificate.policies)
            shared = own if shared is None else shared & own
    return shared is None or bool(shared)


def _remember(table: dict[K, V], key: K, value: V, limit: int) -> None:
    if len(table) >= limit:
        table.clear()
    table[key] = value
