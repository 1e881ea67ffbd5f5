"""``firmware-sim message build``: a complete Command from a description and a drill PKI."""

from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.cli.message.file import write_message
from firmware_sim.bench.cli.message.order import (
    Order,
    OwnKeyOrder,
    QueryOrder,
    UpdateOrder,
    read_order,
)
from firmware_sim.bench.cli.message.proof import read_certificate
from firmware_sim.bench.cli.message.view import tell_missing_keys
from firmware_sim.bench.commands.compose import Content, Header, compose
from firmware_sim.bench.commands.contact import DeviceContact, contact_of
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.key_ring import broker_key
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.commands.requests import Floors, UpdateRequest, floors_at
from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.holdings import NoGenerationError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.der import tlv
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02E, CS02F

app = typer.Typer()

_CODES: Final = {"CS02a": CS02A, "CS02c": CS02C, "CS02e": CS02E, "CS02f": CS02F}
_IN_CUSTODY: Final = (
    ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    ReplacementMode.ANY_BY_CONTINGENCY,
)


@app.command(
    epilog="Example: firmware-sim message build new-supplier.yaml --pki my-pki | "
    "firmware-sim message send - --target mqtt://localhost --pki my-pki. new-supplier.yaml "
    "has use_case: CS02b, mode: supplierBySupplier, device: {type: esme, entity: "
    '"0246531100000000"}, cells: ["supplier"], install: 2. All keys: page Messages of the '
    "documentation."
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
    try:
        command = _Building(order, DrillPki.load(pki)).command()
    except NoGenerationError as error:  # the description names it
        raise UsageError(f"{description}: {error.problem}", error.mend) from error
    write_message(out, command.build())


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
        tell_missing_keys(contact)
        counter = order.counter
        if counter is None:
            counter = OriginatorCounters(RunningClock()).next()
        content = self._content(contact, counter)
        sender = self._pki.party(content.sender, order.credentials)
        signer = broker = None
        if content.is_signed:
            signer = KeySigner(sender.private_key(KeyUsage.DIGITAL_SIGNATURE), self._suite)
        if content.is_maced:
            broker = broker_key(self._pki, self._suite, order.broker)
        header = Header(sender.entity_id, contact.entity_id, counter)
        return compose(
            content, header, signer=signer, broker=broker, agreement_key=contact.agreement_key
        )

    def _content(self, contact: DeviceContact, counter: int) -> Content:
        order = self._order
        if isinstance(order, UpdateOrder):
            request = self._request(order, contact, counter)
            return Content.update(request, contact.device_type, counter)
        if isinstance(order, QueryOrder):
            roles = order.roles or contact.roles
            return Content.reading(_asking(order.by), roles, _CODES[order.use_case])
        if isinstance(order, OwnKeyOrder):
            return Content.own_key(_CODES[order.use_case], order.key_usage, order.by)
        return Content.own_certificate(_certificate(order.certificate), order.by)

    def _request(self, order: UpdateOrder, contact: DeviceContact, counter: int) -> UpdateRequest:
        if order.mode in _IN_CUSTODY:
            raise UsageError(
                f"the key for {order.mode.label} is in custody",
                "use drill run, where SMKI PMA decides",
            )
        replacements = self._replacements(order, contact)
        return UpdateRequest(
            order.mode,
            replacements,
            self._path(order, replacements),
            _floors(order, counter, replacements),
            order.time_checks,
            NEVER if order.execution == "never" else order.execution,
        )

    def _replacements(self, order: UpdateOrder, contact: DeviceContact) -> tuple[Replacement, ...]:
        from_pki = {
            cell: self._pki.cell_certificate(cell, order.install, self._issuer(order, cell)).octets
            for cell in selected_cells(order.cells, contact.cells)
        }
        given = {cell: _certificate(file) for cell, file in order.certificates.items()}
        chosen = from_pki | given
        if not chosen:
            raise UsageError("the description replaces no cell", "give cells or certificates")
        return tuple(Replacement(octets, cell) for cell, octets in chosen.items())

    def _issuer(self, order: UpdateOrder, cell: TrustAnchorCellId) -> int:
        """A new key is certified under the old root as long as the root stays."""
        return order.install if cell == ROOT_CELL else 1

    def _path(self, order: UpdateOrder, replacements: tuple[Replacement, ...]) -> tuple[bytes, ...]:
        if order.path:
            return tuple(map(_certificate, order.path))
        link = any(each.cell == ROOT_CELL for each in replacements) and order.install > 1
        return (self._pki.issuing(1).octets, *([self._pki.root_link().octets] if link else []))


def with_mac_of_broker(message: Message, pki: DrillPki, generation: int) -> Message:
    """The message with the MAC of a drill's Access Control Broker for the device it names.

    Raises:
        PkiError: the PKI has no such key, or cannot issue the device.
    """
    certificate = pki.device_certificate(message.target, KeyUsage.KEY_AGREEMENT)
    agreement_key = parse_certificate(certificate).public_key
    return broker_key(pki, P256Suite(), generation).add_mac(message, agreement_key)


def _asking(role: RemotePartyRole) -> TrustAnchorCellId:
    """The cell whose key protects a question of that party."""
    if role is ACB_KEY_AGREEMENT.role:
        return ACB_KEY_AGREEMENT
    return TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)


def _certificate(file: Path) -> bytes:
    """Any value in DER: what is wrong inside of it is for the device to say."""
    octets = read_certificate(file)
    try:
        tlv(octets, what=str(file))
    except RemoteError as error:
        raise UsageError(f"{file} is no certificate", "give PEM or DER") from error
    return octets


def _floors(order: UpdateOrder, counter: int, replacements: tuple[Replacement, ...]) -> Floors:
    if order.floors == "none":
        return Floors()
    return floors_at(
        0 if order.floors == "zero" else counter,
        authorising=REPLACEMENT_RULES[order.mode].authorising_role,
        cells=[each.cell for each in replacements],
    )
