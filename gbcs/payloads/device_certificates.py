"""The Device's own key pairs and certificates: CS02c, CS02d, CS02e (GBCS 13.4 to 13.6).

A key usage is read as the set of its bits, not as one of the two that can be asked for:
which of them a Device has is answered with a code, so any of them must decode.
"""

from enum import IntEnum
from typing import NamedTuple, Self, TypeVar

from firmware_sim.gbcs.certificates import MAX_CERTIFICATE_OCTETS
from firmware_sim.gbcs.der import BitString, decode, encode, named_bits, read_named_bits, sequence
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, KeyUsage

Code = TypeVar("Code", bound=IntEnum)

_SEQUENCE_TAG = 0x30


class IssueCode(IntEnum):
    """issueCredentialsResponseCode: why CS02c gives no request."""

    INVALID_KEY_USAGE = 1
    KEY_PAIR_GENERATION_FAILED = 2
    REQUEST_PRODUCTION_FAILED = 3


class InstallCode(IntEnum):
    """What became of a certificate that CS02d brought."""

    SUCCESS = 0
    INVALID_CERTIFICATE = 1
    WRONG_DEVICE_IDENTITY = 2
    INVALID_KEY_USAGE = 3
    NO_CORRESPONDING_KEY_PAIR_GENERATED = 4
    WRONG_PUBLIC_KEY = 5
    CERTIFICATE_STORAGE_FAILED = 6
    PRIVATE_KEY_CHANGE_FAILED = 7


class ProvideCode(IntEnum):
    """provideCertificateResponseCode: why CS02e gives no certificate."""

    INVALID_KEY_USAGE = 1
    NO_CERTIFICATE_HELD = 2
    CERTIFICATE_RETRIEVAL_FAILURE = 3


class KeyUsageQuery(NamedTuple):
    """CS02c and CS02e Command: numbers of the KeyUsage bits that are set."""

    usages: frozenset[int]

    @classmethod
    def of(cls, usage: KeyUsage) -> Self:
        """The command for one key usage."""
        return cls(frozenset((usage.value,)))

    @property
    def usage(self) -> KeyUsage | None:
        """The one usage, if it is one that a Device has a key pair for."""
        return next((usage for usage in OWN_KEY_USAGES if self.usages == {usage.value}), None)

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a command payload; RemoteError if it is not one."""
        bits = decode(_Query, octets, what="the key usage command").key_usage
        return cls(read_named_bits(bits, what="keyUsage"))

    def encode(self) -> bytes:
        """The command payload."""
        return encode(_Query(key_usage=named_bits(self.usages)))


class CertificateCommand(NamedTuple):
    """CS02d Command: the bare certificate.

    Only its bounds are checked here: that it is no certificate is an answer, not a refusal.
    """

    certificate: bytes

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Take a command payload; RemoteError if it exceeds 2048 octets or is empty."""
        if not 0 < len(octets) <= MAX_CERTIFICATE_OCTETS:
            raise RemoteError(f"a certificate has 1 to {MAX_CERTIFICATE_OCTETS} octets")
        return cls(octets)

    def encode(self) -> bytes:
        """The command payload."""
        return self.certificate


class IssueResponse(NamedTuple):
    """CS02c Response: a PKCS #10 request in DER, or a code."""

    result: bytes | IssueCode

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a response payload, whose request is not looked into; RemoteError if it is none."""
        return cls(octets if _is_sequence(octets) else _code(IssueCode, octets))

    def encode(self) -> bytes:
        """The response payload."""
        return _choice(self.result)


class InstallResponse(NamedTuple):
    """CS02d Response: a bare code."""

    code: InstallCode

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a response payload; RemoteError if it is not one."""
        return cls(_code(InstallCode, octets))

    def encode(self) -> bytes:
        """The response payload."""
        return encode(int(self.code))


class ProvideResponse(NamedTuple):
    """CS02e Response: a certificate in DER, or a code."""

    result: bytes | ProvideCode

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a response payload, whose certificate is not looked into; RemoteError if none."""
        return cls(octets if _is_sequence(octets) else _code(ProvideCode, octets))

    def encode(self) -> bytes:
        """The response payload."""
        return _choice(self.result)


@sequence
class _Query:
    key_usage: BitString


def _is_sequence(octets: bytes) -> bool:
    return octets[:1] == bytes((_SEQUENCE_TAG,))


def _choice(result: bytes | IntEnum) -> bytes:
    return result if isinstance(result, bytes) else encode(int(result))


def _code(kind: type[Code], octets: bytes) -> Code:
    value = decode(int, octets, what="the response code")
    try:
        return kind(value)
    except ValueError:
        raise RemoteError(f"{value} is not a {kind.__name__}", octets=octets) from None
