"""The wrapped apex contingency key in a Root OCA Certificate: wrap and unwrap (RFC 5934 9).

The content is the SubjectPublicKeyInfo of the contingency public key, 91 octets. Which
algorithm SMKI wraps it with is in no public source: the object identifier in the value
decides, and the caller says which ones it allows.
"""

from collections.abc import Collection
from enum import Enum
from functools import lru_cache
from typing import Annotated, NamedTuple, Self

from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_fields import public_key_info
from firmware_sim.gbcs.certificates import point_of_key_info
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.policy import Policy

MAX_APEX_OCTETS = 256
"""Longer values are refused unread; the longest conforming one has 144 octets."""

NONCE_OCTETS = 12
TAG_OCTETS = 16

KEY_INFO_OCTETS = 91
"""SubjectPublicKeyInfo of a P-256 point: what is wrapped."""

_WRAP_PAD_OCTETS = -(-KEY_INFO_OCTETS // 8) * 8 + 8  # whole blocks of eight, and one more
_GCM_OCTETS = KEY_INFO_OCTETS + TAG_OCTETS

_CACHED_ROOTS = 64  # a fleet has one or two; what a root carries is public
_RFC = "RFC 5934 9"
_EMPTY = b"\x30\x00"
_WRAP_PAD, _GCM = "key wrap with padding", "GCM"


class WrapAlgorithm(Enum):
    """How a contingency public key may be encrypted; the value is the object identifier.

    Attributes:
        key_octets: length of the symmetric key.
        is_gcm: whether a 12-octet nonce is needed.
    """

    AES128_WRAP_PAD = "2.16.840.1.101.3.4.1.8", 16, _WRAP_PAD
    AES256_WRAP_PAD = "2.16.840.1.101.3.4.1.48", 32, _WRAP_PAD
    AES128_GCM = "2.16.840.1.101.3.4.1.6", 16, _GCM
    AES256_GCM = "2.16.840.1.101.3.4.1.46", 32, _GCM

    key_octets: int
    is_gcm: bool

    def __new__(cls, identifier: str, key_octets: int, mode: str) -> Self:
        member = object.__new__(cls)
        member._value_ = identifier
        member.key_octets = key_octets
        member.is_gcm = mode == _GCM
        return member

    # Members are singletons; the inherited hash runs in Python.
    __hash__ = object.__hash__


_BY_NAME = {
    "id-aes128-wrap-pad": WrapAlgorithm.AES128_WRAP_PAD,
    "id-aes256-wrap-pad": WrapAlgorithm.AES256_WRAP_PAD,
    "id-aes128-GCM": WrapAlgorithm.AES128_GCM,
    "id-aes256-GCM": WrapAlgorithm.AES256_GCM,
}

_BY_IDENTIFIER = {algorithm.value: algorithm for algorithm in WrapAlgorithm}

_ALLOWED = {name: frozenset((algorithm,)) for name, algorithm in _BY_NAME.items()}
_ALLOWED["any"] = frozenset(WrapAlgorithm)


@der.sequence
class _GcmParameters:
    nonce: bytes
    tag_octets: Annotated[int, der.Default(12)]


@der.sequence
class _WrapAlgorithmIdentifier:
    algorithm: der.ObjectIdentifier
    parameters: _GcmParameters | None


@der.sequence
class _ApexContingencyKey:
    algorithm: _WrapAlgorithmIdentifier | None
    wrapped: bytes | None


def wrap_contingency_key(
    public_key: bytes,
    symmetric_key: bytes,
    algorithm: WrapAlgorithm,
    suite: CryptoSuite,
    nonce: bytes | None = None,
) -> bytes:
    """Encrypt a contingency public key for a Root OCA Certificate.

    Args:
        public_key: the 65-octet point.
        symmetric_key: 16 or 32 octets, as the algorithm asks.
        algorithm: how to wrap it.
        suite: encrypts.
        nonce: 12 octets for GCM, which must not repeat under one key; None for key wrap.

    Returns:
        ApexContingencyKey in DER.

    Raises:
        LocalError: a length is wrong.
    """
    if len(symmetric_key) != algorithm.key_octets:
        raise LocalError(f"{algorithm.name} takes a key of {algorithm.key_octets} octets")
    if (nonce is not None) != algorithm.is_gcm or (
        nonce is not None and len(nonce) != NONCE_OCTETS
    ):
        raise LocalError(f"GCM takes a nonce of {NONCE_OCTETS} octets, key wrap takes none")
    content = public_key_info(public_key)
    if nonce is None:
        parameters, wrapped = None, suite.wrap_pad(symmetric_key, content)
    else:
        parameters = _GcmParameters(nonce=nonce, tag_octets=TAG_OCTETS)
        wrapped = suite.seal(symmetric_key, nonce, content)
    identifier = _WrapAlgorithmIdentifier(
        algorithm=der.ObjectIdentifier(algorithm.value), parameters=parameters
    )
    return der.encode(_ApexContingencyKey(algorithm=identifier, wrapped=wrapped))


def unwrap_contingency_key(
    apex: bytes,
    symmetric_key: bytes,
    suite: CryptoSuite,
    *,
    allowed: Collection[WrapAlgorithm],
) -> bytes:
    """Decrypt the contingency public key of a root.

    Args:
        apex: ApexContingencyKey in DER, as a Root OCA Certificate carries it.
        symmetric_key: 16 or 32 octets, as the algorithm in `apex` asks.
        suite: decrypts, and knows what lies on the curve.
        allowed: algorithms that the caller supports.

    Returns:
        The 65-octet point, which lies on the curve.

    Raises:
        RemoteError: no key inside (RFC 5934 9: this root is an apex elsewhere), one of the two
            fields alone, an algorithm that is unknown or not allowed, a symmetric key of
            another length, a failed integrity check, or no P-256 public key in it.
    """
    wrapping = _allowed_wrapping(apex, allowed)
    if len(symmetric_key) != wrapping.algorithm.key_octets:
        raise RemoteError("the symmetric key is of another length than its algorithm's")
    content = _decrypt(wrapping, symmetric_key, suite)
    point = point_of_key_info(content)
    if not suite.is_public_key(point):
        raise RemoteError("the contingency key is not a point on P-256", clause="SEC 1 3.2.2.1")
    return point


def wrap_algorithm(apex: bytes) -> WrapAlgorithm | None:
    """The algorithm that a root's contingency key is wrapped with; None if there is no key.

    Raises:
        RemoteError: malformed, one of the two fields alone, or an unknown algorithm.
    """
    if apex == _EMPTY:
        return None
    return _wrapping(apex).algorithm


def is_without_key(apex: bytes) -> bool:
    """Whether a root's extension is absent (no octets) or holds neither of its two fields."""
    return apex in (b"", _EMPTY)


def check_unwrappable(apex: bytes, *, allowed: Collection[WrapAlgorithm]) -> None:
    """Refuse what no symmetric key could ever unwrap to a contingency public key.

    Args:
        apex: as for `unwrap_contingency_key`.
        allowed: algorithms that the caller supports.

    Raises:
        RemoteError: as for `unwrap_contingency_key` without a symmetric key, or a length that the
            algorithm does not give for 91 octets.
    """
    algorithm, parameters, wrapped = _allowed_wrapping(apex, allowed)
    _check_parameters(parameters)
    due = _GCM_OCTETS if algorithm.is_gcm else _WRAP_PAD_OCTETS
    if len(wrapped) != due:
        raise RemoteError(
            f"{algorithm.name} makes {due} octets of a contingency key, not {len(wrapped)}",
            clause=_RFC,
        )


def allowed_algorithms(policy: Policy) -> frozenset[WrapAlgorithm]:
    """The algorithms that a Device of this policy supports."""
    return _ALLOWED[policy.wrap_algorithm]


class _Wrapping(NamedTuple):
    """How a root's contingency key is encrypted, and the ciphertext."""

    algorithm: WrapAlgorithm
    parameters: _GcmParameters | None
    wrapped: bytes


def _allowed_wrapping(apex: bytes, allowed: Collection[WrapAlgorithm]) -> _Wrapping:
    wrapping = _wrapping(apex)
    if wrapping.algorithm not in allowed:
        raise RemoteError(f"{wrapping.algorithm.name} is not allowed to wrap a contingency key")
    return wrapping


@lru_cache(_CACHED_ROOTS)
def _wrapping(apex: bytes) -> _Wrapping:
    if len(apex) > MAX_APEX_OCTETS:
        raise RemoteError(f"ApexContingencyKey has more than {MAX_APEX_OCTETS} octets")
    value = der.decode(_ApexContingencyKey, apex, what="ApexContingencyKey")
    if value.algorithm is None and value.wrapped is None:
        raise RemoteError("the root has no contingency key", clause=_RFC)
    if value.algorithm is None or value.wrapped is None:
        raise RemoteError("ApexContingencyKey has one field of two", clause=_RFC, octets=apex)
    name, parameters = value.algorithm.algorithm.dotted_string, value.algorithm.parameters
    algorithm = _BY_IDENTIFIER.get(name)
    if algorithm is None:
        raise RemoteError(f"{name} wraps no contingency key known here", clause=_RFC)
    if (parameters is not None) != algorithm.is_gcm:
        raise RemoteError(f"{algorithm.name} has wrong parameters", clause="RFC 5084 3.2")
    return _Wrapping(algorithm, parameters, value.wrapped)


def _decrypt(wrapping: _Wrapping, symmetric_key: bytes, suite: CryptoSuite) -> bytes:
    parameters = wrapping.parameters
    if parameters is None:
        return suite.unwrap_pad(symmetric_key, wrapping.wrapped)
    _check_parameters(parameters)
    return suite.unseal(symmetric_key, parameters.nonce, wrapping.wrapped)


def _check_parameters(parameters: _GcmParameters | None) -> None:
    if parameters is None:
        return
    if len(parameters.nonce) != NONCE_OCTETS or parameters.tag_octets != TAG_OCTETS:
        raise RemoteError("GCM parameters other than 12-octet nonce, 16-octet tag")
