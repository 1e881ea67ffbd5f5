"""CS06 Activate Firmware: command, response, alert (GBCS 11.5 and Annex 3)."""

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, Self

from firmware_sim.gbcs.der import GeneralizedTime, Null, decode, encode, moment, sequence
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.payloads.cells import read_seq_number

HASH_OCTETS = 32
VERSION_OCTETS = 4

_ACCEPTED = encode(Null())


class ActivationCode(IntEnum):
    """What became of an activation."""

    SUCCESS = 0
    NO_IMAGE_HELD = 1
    HASH_MISMATCH = 2
    ACTIVATION_FAILED = 3


@sequence
class _Command:
    image_hash: bytes
    counter: int
    execution: GeneralizedTime | None


@sequence
class _Outcome:
    code: int
    version: bytes


@sequence
class _Alert:
    code: int
    execution: GeneralizedTime
    counter: int
    outcome: _Outcome


class ActivationCommand(NamedTuple):
    """The command.

    Attributes:
        image_hash: of the image to activate; 32 octets.
        counter: the Originator Counter of the command's header.
        execution: when; None for now, `firmware_sim.gbcs.times.NEVER` to cancel.
    """

    image_hash: bytes
    counter: int
    execution: datetime | None = None

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a command payload; RemoteError if it is not one."""
        read = decode(_Command, octets, what="the CS06 command")
        if len(read.image_hash) != HASH_OCTETS:
            raise RemoteError(f"the image's hash has {HASH_OCTETS} octets", clause="GBCS 11.5")
        due = read.execution
        at = None if due is None else moment(due, what="the execution time")
        counter = read_seq_number(read.counter, what="the counter of the CS06 command")
        return cls(read.image_hash, counter, at)

    def encode(self) -> bytes:
        """The command payload."""
        at = self.execution
        due = None if at is None else GeneralizedTime(at)
        return encode(_Command(image_hash=self.image_hash, counter=self.counter, execution=due))


class ActivationOutcome(NamedTuple):
    """What became of it: the code, and the firmware version that runs afterwards, 4 octets."""

    code: ActivationCode
    version: bytes


class ActivationResponse(NamedTuple):
    """The response; without an outcome where the command is stored or cancels another."""

    outcome: ActivationOutcome | None

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a response payload; RemoteError if it is not one."""
        if octets == _ACCEPTED:
            return cls(None)
        return cls(_read_outcome(decode(_Outcome, octets, what="the CS06 response")))

    def encode(self) -> bytes:
        """The response payload."""
        return _ACCEPTED if self.outcome is None else encode(_schema(self.outcome))


class ActivationAlert(NamedTuple):
    """The alert after a future-dated activation: time and counter of the command, its outcome."""

    code: AlertCode
    execution: datetime
    counter: int
    outcome: ActivationOutcome

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read an alert payload; RemoteError if it is not one."""
        read = decode(_Alert, octets, what="the CS06 alert")
        try:
            code = AlertCode(read.code)
        except ValueError:
            raise RemoteError(f"{read.code:04x} is no code of a CS06 alert") from None
        at = moment(read.execution, what="the execution time")
        counter = read_seq_number(read.counter, what="the counter of the CS06 alert")
        return cls(code, at, counter, _read_outcome(read.outcome))

    def encode(self) -> bytes:
        """The alert payload."""
        due = GeneralizedTime(self.execution)
        outcome = _schema(self.outcome)
        return encode(
            _Alert(code=int(self.code), execution=due, counter=self.counter, outcome=outcome)
        )


def _schema(outcome: ActivationOutcome) -> _Outcome:
    return _Outcome(code=int(outcome.code), version=outcome.version)


def _read_outcome(read: _Outcome) -> ActivationOutcome:
    if len(read.version) != VERSION_OCTETS:
        raise RemoteError(f"a firmware version has {VERSION_OCTETS} octets", clause="GBCS 11.5")
    try:
        return ActivationOutcome(ActivationCode(read.code), read.version)
    except ValueError:
        raise RemoteError(f"{read.code} is no code of an activation") from None
