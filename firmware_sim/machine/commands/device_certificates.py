"""CS02c, CS02d, CS02e: the device's own key pairs and certificates (GBCS 13.4 to 13.6).

Each command is authenticated by signature and MAC, advances its originator's counter with every
answer, success or failure, and is durable as one transaction before it is answered.
"""

from collections.abc import Callable
from typing import TypeVar

from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.payloads.device_certificates import (
    CertificateCommand,
    InstallCode,
    InstallResponse,
    IssueCode,
    IssueResponse,
    KeyUsageQuery,
    ProvideResponse,
)
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.machine.commands.authenticate import (
    authority,
    check_counter,
    check_mac,
    check_protection_form,
    check_signature,
)
from firmware_sim.machine.commands.header import check_header
from firmware_sim.machine.commands.respond import critical_alert, signed_response
from firmware_sim.machine.commands.spending import read_or_spend, spent
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials.device_keys import (
    Issued,
    Judged,
    held_certificate,
    issue,
    judge_certificate,
)
from firmware_sim.machine.image.records import DeviceCertificate, KeyState
from firmware_sim.machine.security_log import EventCode, log_event
from firmware_sim.machine.state import Changes
from firmware_sim.machine.store.errors import InsufficientSpace

T = TypeVar("T")

_ALERTS = {
    (KeyUsage.DIGITAL_SIGNATURE, False): AlertCode.SIGNING_CERTIFICATE_NOT_REPLACED,
    (KeyUsage.DIGITAL_SIGNATURE, True): AlertCode.SIGNING_CERTIFICATE_REPLACED,
    (KeyUsage.KEY_AGREEMENT, False): AlertCode.AGREEMENT_CERTIFICATE_NOT_REPLACED,
    (KeyUsage.KEY_AGREEMENT, True): AlertCode.AGREEMENT_CERTIFICATE_REPLACED,
}


def issue_credentials(context: Context, message: Message) -> tuple[bytes, ...]:
    """CS02c: make a key pair and answer with the request for its certificate.

    Raises:
        Refused: counter, authority or protection; nothing has changed.
        RemoteError: the payload is malformed.
    """
    query = _authentic(context, message, KeyUsageQuery.decode)
    issued = issue(context, query.usage)
    changes = _spent(context, message)
    if isinstance(issued, Issued):
        changes.put(issued.key)
        changes.put(issued.identity)
        detail = f"{issued.key.key_usage.label} requested"
        log_event(context, changes, EventCode.KEY_PAIR_GENERATED, message, detail)
    try:
        changes.commit()
    except InsufficientSpace:
        _spent(context, message).commit()
        issued = IssueCode.KEY_PAIR_GENERATION_FAILED
    result = issued.request if isinstance(issued, Issued) else issued
    return (signed_response(context, message, IssueResponse(result).encode()),)


def install_certificate(context: Context, message: Message) -> tuple[bytes, ...]:
    """CS02d: put the waiting key pair in use, with its certificate; the old one is gone.

    Raises:
        Refused, RemoteError: as for `issue_credentials`.
    """
    octets = _authentic(context, message, CertificateCommand.decode).certificate
    judged = judge_certificate(context, octets)
    signer = context.state.keys[KeyUsage.DIGITAL_SIGNATURE].private_key
    try:
        alert = _commit(context, message, judged, octets)
    except InsufficientSpace:
        if judged.code is InstallCode.SUCCESS:
            judged = judged._replace(code=InstallCode.CERTIFICATE_STORAGE_FAILED)
        _spent(context, message).commit()
        alert = None
    if context.policy.install_response_key == "new-key":
        signer = context.state.keys[KeyUsage.DIGITAL_SIGNATURE].private_key
    payload = InstallResponse(judged.code).encode()
    response = signed_response(context, message, payload, signer=signer)
    if alert is None:
        return (response,)
    code, counter = alert
    return (response, critical_alert(context, code, counter, message.originator))


def provide_certificate(context: Context, message: Message) -> tuple[bytes, ...]:
    """CS02e: answer with the certificate of one of the device's keys.

    Raises:
        Refused, RemoteError: as for `issue_credentials`.
    """
    query = _authentic(context, message, KeyUsageQuery.decode)
    result = held_certificate(context, query.usage)
    _spent(context, message).commit()
    return (signed_response(context, message, ProvideResponse(result).encode()),)


def _authentic(context: Context, message: Message, decode: Callable[[bytes], T]) -> T:
    """What an authentic command's payload says."""
    cell_id = certificate_authority(context.state.identity.device_type, context.policy)
    check_protection_form(message, signed=True, maced=True)
    check_counter(context, message, cell_id.role)
    cell = authority(context, message, cell_id)
    check_signature(context, message, cell.public_key, cell_id)
    check_mac(context, message)

    def read() -> T:
        check_header(message, context.policy)
        return decode(message.payload)

    return read_or_spend(cell_id.role, read)


def _spent(context: Context, message: Message) -> Changes:
    """What every accepted command changes: its counter serves no other."""
    role = certificate_authority(context.state.identity.device_type, context.policy).role
    return spent(context, message, role)


def _commit(
    context: Context, message: Message, judged: Judged, octets: bytes
) -> tuple[AlertCode, int] | None:
    """Make a judgement durable; returns the alert to send with its counter."""
    changes = _spent(context, message)
    is_success = judged.code is InstallCode.SUCCESS
    if is_success and judged.key is not None:
        changes.put(judged.key._replace(state=KeyState.ACTIVE))
        changes.put(DeviceCertificate(judged.key.key_usage, octets))
        changes.remove(judged.key)
    alert = None
    if judged.usage is not None:
        code = _ALERTS[judged.usage, is_success]
        detail = f"{judged.usage.label}: code {judged.code}"
        log_event(context, changes, EventCode(code), message, detail, is_change=is_success)
        if context.policy.own_certificate_alerts == "alert":
            alert = code, changes.next_own_counter()
    changes.commit()
    if is_success:
        # Secrets were agreed with the old key; they are few, and are soon agreed again.
        context.forget_keys()
    return alert
