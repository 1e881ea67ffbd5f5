"""What tshark must show for typed values: written from the ASN.1 of GBCS, not from our encoder."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from firmware_sim.bench.experiments.conformance.payloads import Payload, payload_type
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.activation import (
    ActivationAlert,
    ActivationCommand,
    ActivationOutcome,
    ActivationResponse,
)
from firmware_sim.gbcs.payloads.device_certificates import (
    CertificateCommand,
    InstallResponse,
    IssueResponse,
    KeyUsageQuery,
    ProvideResponse,
)
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.payloads.security_credentials import (
    CredentialsQuery,
    CredentialsReport,
    RoleCredentials,
)
from firmware_sim.gbcs.payloads.update_credentials import (
    Control,
    ExecutionOutcome,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E

_KEY_USAGE_OCTETS = {
    KeyUsage.DIGITAL_SIGNATURE: "0780",
    KeyUsage.KEY_AGREEMENT: "0308",
    KeyUsage.KEY_CERT_SIGN: "0204",
}


class Tree(NamedTuple):
    """One value: a number, its content octets, or what it is made of.

    A certificate or request, which others define, has the kind ``DER`` and its complete octets.
    """

    kind: str
    content: "int | bytes | list[Tree]"


_OWN: dict[tuple[MessageCode, CraFlag], type[Payload]] = {
    (CS02C, CraFlag.COMMAND): KeyUsageQuery,
    (CS02C, CraFlag.RESPONSE): IssueResponse,
    (CS02D, CraFlag.COMMAND): CertificateCommand,
    (CS02D, CraFlag.RESPONSE): InstallResponse,
    (CS02E, CraFlag.COMMAND): KeyUsageQuery,
    (CS02E, CraFlag.RESPONSE): ProvideResponse,
}


def _typed(message: Message) -> Payload | None:
    """Read strictly: what we emit is DER."""
    kind = _OWN.get((message.code, message.cra)) or payload_type(message)
    return None if kind is None else kind.decode(message.payload)


def tree_of(message: Message) -> list[Tree] | None:
    """The BER values of a payload; None for one that is no ASN.1."""
    payload = _typed(message)
    return None if payload is None else _TREES[type(payload)](payload)


def _query(query: CredentialsQuery) -> list[Tree]:
    roles = (_integer(role) for role in query.roles)
    return [_sequence(_cell(query.authorising_cell), _sequence(*roles))]


def _report(report: CredentialsReport) -> list[Tree]:
    return [_sequence(*(_details(role) for role in report.roles))]


def _update_response(response: UpdateResponse) -> list[Tree]:
    parts = [] if response.outcome is None else [_outcome(response.outcome)]
    return [_sequence(Tree("NULL", b""), *parts)]


def _update_alert(alert: UpdateAlert) -> list[Tree]:
    parts = _integer(alert.alert_code), _generalized(alert.execution), _outcome(alert.outcome)
    return [_sequence(*parts)]


def _activation(command: ActivationCommand) -> list[Tree]:
    due = [] if command.execution is None else [_generalized(command.execution)]
    return [_sequence(Tree("OCTETSTRING", command.image_hash), _integer(command.counter), *due)]


def _activated(response: ActivationResponse) -> list[Tree]:
    outcome = response.outcome
    return [Tree("NULL", b"") if outcome is None else _activation_outcome(outcome)]


def _activation_alert(alert: ActivationAlert) -> list[Tree]:
    outcome = _activation_outcome(alert.outcome)
    parts = _integer(alert.code), _generalized(alert.execution), _integer(alert.counter), outcome
    return [_sequence(*parts)]


def _activation_outcome(outcome: ActivationOutcome) -> Tree:
    return _sequence(_integer(outcome.code), Tree("OCTETSTRING", outcome.version))


def _usage_query(query: KeyUsageQuery) -> list[Tree]:
    (bit,) = query.usages
    return [_sequence(_bits(KeyUsage(bit)))]


def _result(response: IssueResponse | ProvideResponse) -> list[Tree]:
    result = response.result
    return [Tree("DER", result) if isinstance(result, bytes) else _integer(result)]


def _update(command: UpdateCommand) -> list[Tree]:
    replacements = (
        _sequence(Tree("DER", item.certificate), _cell(item.cell)) for item in command.replacements
    )
    execution = [] if command.execution is None else [_generalized(command.execution)]
    parts = (
        _control(command.control),
        _sequence(*replacements),
        _sequence(*(Tree("DER", octets) for octets in command.path)),
        *execution,
    )
    return [_sequence(*parts)]


def _control(control: Control) -> Tree:
    parts: list[Tree] = [_integer(control.mode)]
    if control.symmetric_key is not None:
        parts.append(Tree("[CONTEXT 0]", control.symmetric_key))
    if not control.time_checks:
        parts.append(Tree("[CONTEXT 1]", 1))
    if control.authorising_cell is not None:
        parts.append(Tree("[CONTEXT 2]", _cell(control.authorising_cell).content))
    parts.append(Tree("[CONTEXT 3]", control.counter))
    if control.floor is not None:
        parts.append(Tree("[CONTEXT 4]", control.floor))
    if control.specialist_floors is not None:
        specialist = [
            _sequence(_integer(item.usage), _integer(item.floor))
            for item in control.specialist_floors
        ]
        parts.append(Tree("[CONTEXT 5]", specialist))
    if control.other_changes is not None:
        parts.append(Tree("[CONTEXT 6]", [_change(item) for item in control.other_changes]))
    return _sequence(*parts)


def _outcome(outcome: ExecutionOutcome) -> Tree:
    cells = (
        _sequence(
            _cell(item.cell),
            Tree("ENUMERATED", int(item.status)),
            Tree("OCTETSTRING", item.existing_subject_id),
            Tree("OCTETSTRING", item.existing_key_identifier),
            Tree("OCTETSTRING", item.replacing_subject_id),
            Tree("OCTETSTRING", item.replacing_key_identifier),
        )
        for item in outcome.outcomes
    )
    changes = (_change(item) for item in outcome.changes)
    return _sequence(
        _integer(outcome.counter), _integer(outcome.mode), _sequence(*changes), _sequence(*cells)
    )


def _change(change: FloorChange) -> Tree:
    specialist = [
        _sequence(_integer(item.usage), _integer(item.floor))
        for item in change.specialist_floors or ()
    ]
    tail = [] if change.specialist_floors is None else [_sequence(*specialist)]
    return _sequence(_integer(change.role), _integer(change.floor), *tail)


def _details(role: RoleCredentials) -> Tree:
    parts = [_integer(role.role), Tree("ENUMERATED", int(role.status))]
    if role.counter is not None:
        parts.append(_integer(role.counter))
    if role.cells is not None:
        held = (
            _sequence(
                _bits(cell.key_usage),
                *_cell_usage(cell.cell_usage),
                Tree("OCTETSTRING", cell.subject_unique_id),
                Tree("OCTETSTRING", cell.subject_key_identifier),
            )
            for cell in role.cells
        )
        parts.append(_sequence(*held))
    return _sequence(*parts)


def _cell(cell: TrustAnchorCellId) -> Tree:
    return _sequence(_integer(cell.role), _bits(cell.key_usage), *_cell_usage(cell.cell_usage))


def _cell_usage(usage: CellUsage) -> list[Tree]:
    return [] if usage is CellUsage.MANAGEMENT else [_integer(usage)]


def _sequence(*parts: Tree) -> Tree:
    return Tree("SEQUENCE", list(parts))


def _integer(value: int) -> Tree:
    return Tree("INTEGER", int(value))


def _bits(usage: KeyUsage) -> Tree:
    return Tree("BITSTRING", bytes.fromhex(_KEY_USAGE_OCTETS[usage]))


def _generalized(at: datetime) -> Tree:
    return Tree("GeneralizedTime", at.strftime("%Y%m%d%H%M%SZ").encode())


_TREES: dict[type[object], Callable[[Any], list[Tree]]] = {
    CredentialsQuery: _query,
    CredentialsReport: _report,
    UpdateCommand: _update,
    UpdateResponse: _update_response,
    UpdateAlert: _update_alert,
    ActivationCommand: _activation,
    ActivationResponse: _activated,
    ActivationAlert: _activation_alert,
    KeyUsageQuery: _usage_query,
    CertificateCommand: lambda command: [Tree("DER", command.certificate)],
    InstallResponse: lambda response: [_integer(response.code)],
    IssueResponse: _result,
    ProvideResponse: _result,
}
