"""Commands besides updates: reading credentials, and those about a device's own."""

from collections.abc import Iterator

from firmware_sim.bench.experiments.attack.crafting import Mac, Sealed
from firmware_sim.bench.experiments.attack.forged_certificates import (
    ATTACKER,
    device_certificate,
    own_key,
)
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import authority_key, pki
from firmware_sim.bench.experiments.attack.stolen_keys import DEVICE_ISSUING_KEY
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.gbcs.payloads.device_certificates import KeyUsageQuery
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, OWN_KEY_USAGES, KeyUsage, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E
from firmware_sim.machine.image.records import KeyState

_NOBODY = EntityId(bytes(8))


def reading(
    position: Position,
    cell: TrustAnchorCellId,
    *,
    signer: bytes | None = None,
    counter: int | None = None,
) -> bytes | None:
    """CS02a in the name of a cell's owner.

    Args:
        signer: in place of the cell's own key, if that is not in the hand.
    """
    payload = CredentialsQuery(cell, (cell.role,)).encode()
    message = command(position, cell, CS02A, payload, counter)
    if cell == ACB_KEY_AGREEMENT:
        return position.protected(message, Sealed(None, Mac.TRUE))
    key = position.hand.grip(position.held, cell) or signer
    return position.protected(message, Sealed(key, Mac.NONE))


def own_credentials(
    position: Position,
    cell: TrustAnchorCellId,
    code: MessageCode,
    what: KeyUsage | bytes,
    *,
    signer: bytes | None = None,
) -> bytes | None:
    """CS02c and CS02e for a key usage, CS02d for a certificate, in the name of a cell's owner."""
    payload = what if isinstance(what, bytes) else KeyUsageQuery.of(what).encode()
    message = command(position, cell, code, payload)
    key = position.hand.grip(position.held, cell) or signer
    return position.protected(message, Sealed(key, Mac.TRUE))


def command(
    position: Position,
    cell: TrustAnchorCellId,
    code: MessageCode,
    payload: bytes,
    counter: int | None = None,
) -> Message:
    """A command in the name of whoever owns a cell, not protected yet."""
    owner = position.held.cell(cell)
    return Message(
        CraFlag.COMMAND,
        position.next_counter() if counter is None else counter,
        _NOBODY if owner is None else owner.unique_id,
        position.device.entity_id,
        code,
        payload,
    )


def routine_tries(position: Position) -> Iterator[tuple[str, bytes | None]]:
    """Every reading and every command about the device's own credentials, with its name."""
    wrong = next(iter(position.hand.signers()))
    for cell in position.cells():
        for counter in (None, MAX_SEQ_NUMBER):
            yield "CS02a", reading(position, cell, signer=wrong, counter=counter)
    device_type = position.target.device_type
    due = certificate_authority(device_type, position.target.policy)
    mine = [cell for cell in position.signing_cells() if position.hand.grip(position.held, cell)]
    for cell in dict.fromkeys((due, *mine)):
        for usage in OWN_KEY_USAGES:
            yield "CS02c", own_credentials(position, cell, CS02C, usage, signer=wrong)
            yield "CS02e", own_credentials(position, cell, CS02E, usage, signer=wrong)
        for certificate in _device_certificates(position):
            yield "CS02d", own_credentials(position, cell, CS02D, certificate, signer=wrong)


def _device_certificates(position: Position) -> Iterator[bytes]:
    """For the key that waits, as its request stated it: issued by whoever the attacker can be."""
    usage = KeyUsage.DIGITAL_SIGNATURE
    point = position.held.own_keys.get((usage, KeyState.PENDING.name.lower()))
    if point is None:
        return
    issuing = pki().authority(CertificateKind.ISSUING_DCA).certificate
    keys = [own_key("device issuer")]
    if DEVICE_ISSUING_KEY in position.loot.keys:
        keys.append(authority_key(DEVICE_ISSUING_KEY))
    for key in keys:
        issuer = IssuingKey.of(issuing, key)
        yield device_certificate(issuer, position.device.entity_id, usage, point)
        yield device_certificate(issuer, ATTACKER, usage, point)
