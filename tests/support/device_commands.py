"""CS02c, CS02d and CS02e for the devices of `tests.support.meter`."""

from dataclasses import replace
from typing import Any

from firmware_sim.bench.commands.compose import Content, Header, addressed
from firmware_sim.gbcs.certification_request import (
    CertificationRequest,
    parse_certification_request,
)
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import (
    InstallCode,
    InstallResponse,
    IssueResponse,
    KeyUsageQuery,
    ProvideResponse,
)
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, DeviceType, KeyUsage
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E
from firmware_sim.machine.machine import Effects
from tests.support.answers import Answer, signed_answer
from tests.support.commands import maced, next_counter, signed
from tests.support.device_pki import device_certificate
from tests.support.meter import Meter
from tests.support.pki import cell, entity

DS, KA = OWN_KEY_USAGES


def own_command(
    meter: Meter,
    code: MessageCode,
    payload: bytes,
    *,
    signer: bytes | None = None,
    asking: str = "",
    **fields: Any,
) -> Message:
    """A command about the device's own credentials, by the party that may send it."""
    default = "wanProvider.DS" if meter.device.device_type is DeviceType.CHF else "supplier.DS"
    party = cell(asking or default)
    header = Header(entity(party.role), meter.entity_id, next_counter())
    message = replace(addressed(Content(code, payload, party.role), header), **fields)
    message = signed(message, signer or meter.generation.key_of(party))
    return maced(meter, message)


def issue(meter: Meter, usage: KeyUsage, **changes: Any) -> Message:
    return own_command(meter, CS02C, KeyUsageQuery.of(usage).encode(), **changes)


def install(meter: Meter, certificate: bytes, **changes: Any) -> Message:
    return own_command(meter, CS02D, certificate, **changes)


def provide(meter: Meter, usage: KeyUsage, **changes: Any) -> Message:
    return own_command(meter, CS02E, KeyUsageQuery.of(usage).encode(), **changes)


def answer(effects: Effects, point: bytes) -> Answer:
    """The first message, after its signature has been verified with a point."""
    assert effects.refusal is None, effects.refusal
    return signed_answer(effects.messages[0], point)


def requested(meter: Meter, usage: KeyUsage) -> CertificationRequest:
    """Have a key pair made; the request for it."""
    effects = meter.device.receive(issue(meter, usage).build())
    result = IssueResponse.decode(answer(effects, meter.signing_point).payload).result
    assert isinstance(result, bytes)
    return parse_certification_request(result)


def certified(meter: Meter, request: CertificationRequest, **changes: Any) -> bytes:
    """The certificate that a request asks for."""
    return device_certificate(request.public_key, request.key_usage, meter.entity_id, **changes)


def install_code(effects: Effects, point: bytes) -> InstallCode:
    return InstallResponse.decode(answer(effects, point).payload).code


def provided(meter: Meter, usage: KeyUsage, point: bytes | None = None) -> object:
    effects = meter.device.receive(provide(meter, usage).build())
    return ProvideResponse.decode(answer(effects, point or meter.signing_point).payload).result
