"""What CS02c, CS02d and CS02e tell of the Device's own key pairs and certificates.

The private half of a key pair is in no message, so only its point is known. Some answers tell
of a failure inside the Device that nothing in a message can bring about: there the fault is
given to the Device as an input.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.payloads import read_payload
from firmware_sim.bench.experiments.conformance.requests import request_in
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.device_certificates import (
    CertificateCommand,
    InstallCode,
    InstallResponse,
    IssueCode,
    IssueResponse,
    KeyUsageQuery,
    ProvideCode,
    ProvideResponse,
)
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, KeyUsage
from firmware_sim.machine.faults import Fault

# By the type of the code first: as numbers, the codes of different answers are equal.
_FAULTS: Mapping[type[IntEnum], Mapping[IntEnum, Fault]] = {
    IssueCode: {
        IssueCode.KEY_PAIR_GENERATION_FAILED: Fault.KEY_PAIR_GENERATION,
        IssueCode.REQUEST_PRODUCTION_FAILED: Fault.REQUEST_PRODUCTION,
    },
    InstallCode: {
        InstallCode.CERTIFICATE_STORAGE_FAILED: Fault.CERTIFICATE_STORAGE,
        InstallCode.PRIVATE_KEY_CHANGE_FAILED: Fault.KEY_CHANGE,
    },
    ProvideCode: {ProvideCode.CERTIFICATE_RETRIEVAL_FAILURE: Fault.CERTIFICATE_RETRIEVAL},
}
# What a Device answers before it looks for a waiting key.
_JUDGED_FIRST = (InstallCode.WRONG_DEVICE_IDENTITY, InstallCode.INVALID_KEY_USAGE)

OTHER_POINT = P256Suite().public_key(b"another key pair of the device ".ljust(32, b"."))
"""A point that no published key pair has."""


@dataclass(frozen=True, slots=True)
class OwnCredentials:
    """The part of a start state that belongs to the Device itself; points have 65 octets.

    Attributes:
        generated: point of the key pair that the Device makes when it is told to.
        waiting: point of a key pair that waits for its certificate, by key usage.
        certificates: certificate (DER) that it holds, where an answer shows it; empty if it
            holds none.
        faults: operations that fail.
    """

    generated: bytes | None = None
    waiting: Mapping[KeyUsage, bytes] = field(default_factory=dict)
    certificates: Mapping[KeyUsage, bytes] = field(default_factory=dict)
    faults: frozenset[Fault] = frozenset()

    def stood_in(self) -> list[str]:
        """The key pairs whose private half is made up, in words."""
        made = ["the key pair that the command makes"] if self.generated else []
        return made + [f"the {usage.label} key pair that waits" for usage in self.waiting]

    def from_answer(self) -> list[str]:
        """What the device was given that its answer then shows again, in words.

        Such a match shows that the answer is written rightly, not that the device found it out.
        """
        given = [f"the fault: {fault.value}" for fault in self.faults]
        if self.generated is not None:
            given.append("the point in the request; its self-signature is not compared")
        return given + [
            f"its {usage.label} certificate" if certificate else f"no {usage.label} certificate"
            for usage, certificate in self.certificates.items()
        ]


class WaitingKeyMatter:
    """How the answer to CS02d depends on the waiting key: for its state, and to prove it."""

    def __init__(self, command: CertificateCommand, answer: InstallResponse) -> None:
        self._usage, self._point = _certified(command.certificate)
        self._code = answer.code

    @property
    def matters(self) -> bool:
        """Whether the Device looked at its waiting key before it answered."""
        return self._usage is not None and self._code not in _JUDGED_FIRST

    def waiting(self) -> Mapping[KeyUsage, bytes]:
        """The waiting key that the answer implies."""
        if self._code is InstallCode.NO_CORRESPONDING_KEY_PAIR_GENERATED:
            return {}
        is_other = self._code is InstallCode.WRONG_PUBLIC_KEY
        return self._with(OTHER_POINT if is_other else self._point)

    def others(self) -> Mapping[str, Mapping[KeyUsage, bytes]]:
        """Every other choice of waiting key, by what is wrong with it."""
        choices = {
            "no waiting key": {},
            "another waiting key": self._with(OTHER_POINT),
            "the certificate's key waiting": self._with(self._point),
        }
        implied = self.waiting()
        return {wrong: other for wrong, other in choices.items() if other != implied}

    def _with(self, point: bytes) -> Mapping[KeyUsage, bytes]:
        return {self._usage: point} if self._usage is not None and self.matters else {}


def waiting_key_matter(pair: Pair) -> WaitingKeyMatter | None:
    """The waiting key's part in a pair of CS02d; None for other pairs."""
    command, answer = read_payload(pair.command), read_payload(pair.response)
    if isinstance(command, CertificateCommand) and isinstance(answer, InstallResponse):
        return WaitingKeyMatter(command, answer)
    return None


def own_credentials(pair: Pair) -> OwnCredentials:
    """What a pair says of the Device's own credentials.

    Raises:
        RemoteError: a payload does not decode.
    """
    command, answer = read_payload(pair.command), read_payload(pair.response)
    matter = waiting_key_matter(pair)
    if matter is not None:
        faults = _faults(answer.code) if isinstance(answer, InstallResponse) else frozenset()
        return OwnCredentials(waiting=matter.waiting(), faults=faults)
    if isinstance(answer, IssueResponse):
        request = request_in(pair.response)
        generated = None if request is None else request.public_key
        return OwnCredentials(generated=generated, faults=_faults(answer.result))
    if isinstance(answer, ProvideResponse) and isinstance(command, KeyUsageQuery):
        held = _held(command, answer)
        return OwnCredentials(certificates=held, faults=_faults(answer.result))
    return OwnCredentials()


def _faults(result: bytes | IntEnum) -> frozenset[Fault]:
    """The fault without which no Device gives such an answer."""
    if isinstance(result, bytes) or result not in _FAULTS[type(result)]:
        return frozenset()
    return frozenset((_FAULTS[type(result)][result],))


def _held(query: KeyUsageQuery, answer: ProvideResponse) -> Mapping[KeyUsage, bytes]:
    if query.usage is None:
        return {}
    if isinstance(answer.result, bytes):
        return {query.usage: answer.result}
    return {query.usage: b""} if answer.result is ProvideCode.NO_CERTIFICATE_HELD else {}


def _certified(octets: bytes) -> tuple[KeyUsage | None, bytes]:
    """Key usage and point of a certificate, if it is one for a key that a Device has."""
    try:
        certificate = parse_certificate(octets)
    except RemoteError:
        return None, b""
    usage = certificate.key_usage
    is_own = usage in OWN_KEY_USAGES
    return (usage, certificate.public_key) if is_own else (None, b"")
