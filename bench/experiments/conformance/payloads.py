"""Which payloads have typed values: those of the credential use cases and of CS06."""

from typing import Protocol, Self

from firmware_sim.bench.commands.answers import read_leniently
from firmware_sim.gbcs.der import minimal_lengths
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.activation import (
    ActivationAlert,
    ActivationCommand,
    ActivationResponse,
)
from firmware_sim.gbcs.payloads.device_certificates import (
    CertificateCommand,
    InstallResponse,
    IssueResponse,
    KeyUsageQuery,
    ProvideResponse,
)
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery, CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateCommand, UpdateResponse
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.use_cases import CS06_FUTURE_DATED_ALERT, USE_CASES, use_case_name
from firmware_sim.gbcs.uses import USES


class Payload(Protocol):
    """A payload as typed values."""

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read the payload; RemoteError if it is not one."""

    def encode(self) -> bytes:
        """The payload in DER."""


# Command and response.
_TYPES_BY_NAME: dict[str, tuple[type[Payload], type[Payload]]] = {
    "CS06": (ActivationCommand, ActivationResponse),
    "CS02a": (CredentialsQuery, CredentialsReport),
    "CS02c": (KeyUsageQuery, IssueResponse),
    "CS02d": (CertificateCommand, InstallResponse),
    "CS02e": (KeyUsageQuery, ProvideResponse),
    "CS02f": (CredentialsQuery, CredentialsReport),
}
_UPDATE_ALERTS = ("CS02bFutureDatedAlert", "CS02gFutureDatedAlert")
_CREDENTIALS_PREFIX = "CS02"


def _payload_types() -> dict[tuple[MessageCode, CraFlag], type[Payload]]:
    types: dict[tuple[MessageCode, CraFlag], type[Payload]] = {}
    for row in USE_CASES.values():
        if row.name in _TYPES_BY_NAME:
            command, response = _TYPES_BY_NAME[row.name]
            types[row.code, CraFlag.COMMAND] = command
            types[row.code, CraFlag.RESPONSE] = response
        elif row.code in RULES_BY_CODE:
            types[row.code, CraFlag.COMMAND] = UpdateCommand
            types[row.code, CraFlag.RESPONSE] = UpdateResponse
        elif row.code == CS06_FUTURE_DATED_ALERT:
            types[row.code, CraFlag.ALERT] = ActivationAlert
        elif row.name in _UPDATE_ALERTS:
            types[row.code, CraFlag.ALERT] = UpdateAlert
    return types


_PAYLOAD_TYPES = _payload_types()


def payload_type(message: Message) -> type[Payload] | None:
    """The type of a message's payload; None if its use case is opaque here."""
    return _PAYLOAD_TYPES.get((message.code, message.cra))


def read_payload(message: Message) -> Payload | None:
    """The payload as typed values, tolerating what is BER but not DER; None if it is opaque.

    Raises:
        RemoteError: the payload is not what the message code says.
    """
    payload = payload_type(message)
    if payload is None:
        return None
    if message.cra is CraFlag.COMMAND:
        return payload.decode(minimal_lengths(message.payload))
    return payload.decode(read_leniently(message).message.payload)


def concerns_keys(message: Message) -> bool:
    """Whether the message is of CS02a to CS02g, or of a use of keys that a device carries out."""
    is_use = message.code in USES or message.code == CS06_FUTURE_DATED_ALERT
    return is_use or use_case_name(message.code).startswith(_CREDENTIALS_PREFIX)
