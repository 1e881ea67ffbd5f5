"""``firmware-sim message build``: a complete Command from a description and a drill PKI."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.cli.message.file import write_message
from firmware_sim.bench.cli.message.order import (
    Order,
    OwnCertificate,
    OwnKey,
    Query,
    Update,
    read_order,
)
from firmware_sim.bench.cli.message.proof import read_certificate
from firmware_sim.bench.cli.message.query import contact_of
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import DeviceContact
from firmware_sim.bench.commands.requests import Floors, floors_at
from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.der import tlv
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import CertificateCommand, KeyUsageQuery
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E, CS02F

app = typer.Typer()

_BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER
_CODES: Final = {"CS02a": CS02A, "CS02c": CS02C, "CS02d": CS02D, "CS02e": CS02E, "CS02f": CS02F}
_IN_CUSTODY: Final = (
    ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    ReplacementMode.ANY_BY_CONTINGENCY,
)


@app.command(
    epilog="Example: firmware-sim message build new-supplier.yaml --pki my-pki | "
    "firmware-sim message send - --target mqtt://localhost --pki my-pki, where new-supplier.yaml "
    "has use_case: CS02b, mode: supplierBySupplier, device: {type: esme, entity: "
    '"0246531100000000"}, cells: ["supplier"], install: 2. All keys: docs/messages.md.'
)
def build(
    description: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or JSON.")],
    pki: Annotated[Path, typer.Option(help="Folder of the drill PKI.")],
    out: Annotated[Path | None, typer.Option(help="File for the hex; default stdout.")] = None,
) -> None:
    """Build and protect a CS02 Command as its sender and the Access Control Broker would.

    Recovery and Contingency keys are in custody, not here: drill run uses them after a decision.
    """
    order = read_order(description)
    write_message(out, _Building(order, DrillPki.load(pki)).command().build())


@dataclass(frozen=True, slots=True)
class _Parts:
    """What differs between use cases.

    Attributes:
        payload: makes the payload for an Originator Counter.
    """

    sender: RemotePartyRole
    code: MessageCode
    payload: Callable[[int], bytes]
    signed: bool = True
    maced: bool = True


class _Building:
    """One command, and the PKI that it is made with."""

    def __init__(self, order: Order, pki: DrillPki) -> None:
        self._order = order
        self._pki = pki
        self._suite = P256Suite()

    def command(self) -> Message:
        """The Command, protected.

        Raises:
            UsageError: the sender cannot send it.
            PkiError: the PKI lacks a key or a certificate.
        """
        order = self._order
        contact = contact_of(self._pki, order.device.type, order.device.entity)
        parts = self._parts(contact)
        counter = order.counter
        if counter is None:
            counter = OriginatorCounters(RunningClock()).next()
        sender = self._pki.party(parts.sender, order.credentials)
        message = Message(
            CraFlag.COMMAND,
            counter,
            sender.entity_id,
            contact.entity_id,
            parts.code,
            parts.payload(counter),
        )
        if parts.signed:
            key = sender.private_key(KeyUsage.DIGITAL_SIGNATURE)
            message = with_signature(message, key, self._suite)
        return with_mac_of_broker(message, self._pki, order.broker) if parts.maced else message

    def _parts(self, contact: DeviceContact) -> _Parts:
        order = self._order
        if isinstance(order, Update):
            return self._update(order, contact)
        code = _CODES[order.use_case]
        if isinstance(order, Query):
            is_broker = order.by is _BROKER
            usage = KeyUsage.KEY_AGREEMENT if is_broker else KeyUsage.DIGITAL_SIGNATURE
            query = CredentialsQuery(
                TrustAnchorCellId(order.by, usage), order.roles or contact.roles
            )
            return _Parts(order.by, code, lambda _: query.encode(), not is_broker, is_broker)
        if isinstance(order, OwnKey):
            own = KeyUsageQuery.of(order.key_usage)
            return _Parts(order.by, code, lambda _: own.encode())
        return _Parts(order.by, code, lambda _: _brought(order).encode())

    def _update(self, order: Update, contact: DeviceContact) -> _Parts:
        if order.mode in _IN_CUSTODY:
            raise UsageError(
                f"the key for {order.mode.label} is in custody",
                "use drill run, where SMKI PMA decides",
            )
        rule = REPLACEMENT_RULES[order.mode]
        signed = rule.is_signed(contact.device_type)

        def payload(counter: int) -> bytes:
            replacements = self._replacements(order, contact)
            floors = _floors(order, counter, replacements)
            control = Control(
                mode=order.mode,
                counter=counter,
                authorising_cell=rule.authorising_cell(contact.device_type) if signed else None,
                floor=floors.authorising,
                specialist_floors=floors.specialist,
                other_changes=floors.others,
                time_checks=order.time_checks,
            )
            execution = NEVER if order.execution == "never" else order.execution
            path = self._path(order, replacements)
            return UpdateCommand(control, replacements, path, execution).encode()

        return _Parts(rule.authorising_role, rule.code, payload, signed, rule.maced)

    def _replacements(self, order: Update, contact: DeviceContact) -> tuple[Replacement, ...]:
        from_pki = {
            cell: self._pki.cell_certificate(cell, order.install, self._issuer(order, cell)).octets
            for cell in selected_cells(order.cells, contact.cells)
        }
        given = {cell: _certificate(file) for cell, file in order.certificates.items()}
        chosen = from_pki | given
        if not chosen:
            raise UsageError("the description replaces no cell", "give cells or certificates")
        return tuple(Replacement(octets, cell) for cell, octets in chosen.items())

    def _issuer(self, order: Update, cell: TrustAnchorCellId) -> int:
        """A new key is certified under the old root as long as the root stays."""
        return order.install if cell == ROOT_CELL else 1

    def _path(self, order: Update, replacements: tuple[Replacement, ...]) -> tuple[bytes, ...]:
        if order.path:
            return tuple(map(_certificate, order.path))
        link = any(each.cell == ROOT_CELL for each in replacements) and order.install > 1
        return (self._pki.issuing(1).octets, *([self._pki.root_link().octets] if link else []))


def with_mac_of_broker(message: Message, pki: DrillPki, generation: int) -> Message:
    """The message with the MAC of a drill's Access Control Broker for the device it names.

    Raises:
        PkiError: the PKI has no such key, or cannot issue the device.
    """
    contact = pki.issue_device(message.target, KeyUsage.KEY_AGREEMENT)[1]
    key = pki.party(_BROKER, generation).private_key(KeyUsage.KEY_AGREEMENT)
    suite = P256Suite()
    return with_mac(message, suite.agree(key, parse_certificate(contact).public_key), suite)


def _brought(order: OwnCertificate) -> CertificateCommand:
    return CertificateCommand(_certificate(order.certificate))


def _certificate(file: Path) -> bytes:
    """Any value in DER: what is wrong inside of it is for the device to say."""
    octets = read_certificate(file)
    try:
        tlv(octets, what=str(file))
    except RemoteError as error:
        raise UsageError(f"{file} is no certificate", "give PEM or DER") from error
    return octets


def _floors(order: Update, counter: int, replacements: tuple[Replacement, ...]) -> Floors:
    if order.floors == "none":
        return Floors()
    return floors_at(
        0 if order.floors == "zero" else counter,
        authorising=REPLACEMENT_RULES[order.mode].authorising_role,
        cells=[each.cell for each in replacements],
    )
