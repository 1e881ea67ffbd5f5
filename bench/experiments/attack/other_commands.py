"""Commands besides updates: reading credentials, and those about a device's own."""

from collections.abc import Iterator

from firmware_sim.bench.adversary.forged_certificates import (
    ADVERSARY,
    device_certificate,
    own_key,
)
from firmware_sim.bench.commands.compose import Content, Header, addressed
from firmware_sim.bench.experiments.attack.crafting import Mac, Sender
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import authority_key, pki
from firmware_sim.bench.experiments.attack.stolen_keys import DEVICE_ISSUING_KEY
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, KeyUsage, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E
from firmware_sim.machine.image.records import KeyState

_NO_ENTITY = EntityId(bytes(8))


def reading(
    position: Position,
    cell: TrustAnchorCellId,
    *,
    signer: bytes | None = None,
    counter: int | None = None,
) -> bytes | None:
    """CS02a in the name of a cell's owner.

    Args:
        signer: in place of the cell's own key, if that is not known.
    """
    content = Content.reading(cell, (cell.role,))
    return _sent_as_owner(position, cell, content, signer, counter)


def own_credentials(
    position: Position,
    cell: TrustAnchorCellId,
    code: MessageCode,
    what: KeyUsage | bytes,
    *,
    signer: bytes | None = None,
) -> bytes | None:
    """CS02c and CS02e for a key usage, CS02d for a certificate, in the name of a cell's owner."""
    if isinstance(what, bytes):
        content = Content.own_certificate(what, cell.role)
    else:
        content = Content.own_key(code, what, cell.role)
    return _sent_as_owner(position, cell, content, signer)


def _sent_as_owner(
    position: Position,
    cell: TrustAnchorCellId,
    content: Content,
    signer: bytes | None,
    counter: int | None = None,
) -> bytes | None:
    owner = position.held.cell(cell)
    number = position.next_counter() if counter is None else counter
    originator = _NO_ENTITY if owner is None else owner.unique_id
    key = position.capabilities.key_of(position.held, cell) or signer
    sender = Sender(
        originator,
        key if content.is_signed else None,
        Mac.TRUE if content.is_maced else Mac.NONE,
    )
    header = Header(originator, position.device.entity_id, number)
    return position.protected(addressed(content, header), sender)


def other_tries(position: Position) -> Iterator[tuple[str, bytes | None]]:
    """Every reading and every command about the device's own credentials, with its name."""
    wrong = next(iter(position.capabilities.signers()))
    for cell in position.cells():
        for counter in (None, MAX_SEQ_NUMBER):
            yield "CS02a", reading(position, cell, signer=wrong, counter=counter)
    device_type = position.target.device_type
    due = certificate_authority(device_type, position.target.policy)
    mine = [
        cell
        for cell in position.signing_cells()
        if position.capabilities.key_of(position.held, cell)
    ]
    for cell in dict.fromkeys((due, *mine)):
        for usage in OWN_KEY_USAGES:
            yield "CS02c", own_credentials(position, cell, CS02C, usage, signer=wrong)
            yield "CS02e", own_credentials(position, cell, CS02E, usage, signer=wrong)
        for certificate in _device_certificates(position):
            yield "CS02d", own_credentials(position, cell, CS02D, certificate, signer=wrong)


def _device_certificates(position: Position) -> Iterator[bytes]:
    """For the key that waits, by each authority that the adversary can act as."""
    usage = KeyUsage.DIGITAL_SIGNATURE
    point = position.held.own_keys.get((usage, KeyState.PENDING.name.lower()))
    if point is None:
        return
    issuing = pki().authority(CertificateKind.ISSUING_DCA).certificate
    keys = [own_key("device issuer")]
    if DEVICE_ISSUING_KEY in position.stolen.keys:
        keys.append(authority_key(DEVICE_ISSUING_KEY))
    for key in keys:
        issuer = IssuingKey.of(issuing, key)
        yield device_certificate(issuer, position.device.entity_id, usage, point)
        yield device_certificate(issuer, ADVERSARY, usage, point)
