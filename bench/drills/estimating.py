"""The play of an `estimate` step: sizes by the real codecs; nobody signs or sends anything."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from firmware_sim.bench.commands.compose import Content, Header, addressed
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.requests import UpdateRequest, floors_at
from firmware_sim.bench.drills.estimate_step import AlgorithmTerm, EstimateStep
from firmware_sim.bench.drills.resizing import (
    LONGEST_LENGTH,
    TODAY,
    KeySizes,
    blocks_of,
    flash_octets,
    longest_certificate,
    message_octets,
    resized,
)
from firmware_sim.bench.drills.selection import cell_order
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.evidence.accounts.sizes import SizeEstimate
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.block_transfer import MAX_BLOCKS
from firmware_sim.gbcs.certificates import MAX_CERTIFICATE_OCTETS
from firmware_sim.gbcs.crypto import MAC_OCTETS, SIGNATURE_OCTETS
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.image.areas import geometry_of
from firmware_sim.machine.image.layout import (
    MAX_CERTIFICATE_OCTETS as MAX_STORED_CERTIFICATE,
)

_MODE: Final = ReplacementMode.ANY_BY_CONTINGENCY
_SYMMETRIC_OCTETS: Final = 16
_ASKING: Final = TrustAnchorCellId(RemotePartyRole.RECOVERY, KeyUsage.DIGITAL_SIGNATURE)
_NO_MORE: Final = (
    "a device stores its private keys as the story gives their sizes, and no certificate but its "
    "own and the values of its cells"
)
_LIMITS: Final = (
    "limits are those of this program: what is over one would need another format, and not only "
    "more room"
)
ASSUMPTIONS: Final = (
    "object identifiers, names and extensions of certificates stay as long as they are",
    _NO_MORE,
    "a link carries nothing else meanwhile, no block is lost, and no acknowledgement is waited for",
    _LIMITS,
)
"""Beside the sizes, the octets of a block and the rates of links, which the story gives."""


class _Alternative(NamedTuple):
    name: str
    standards: str
    sizes: KeySizes


async def play_estimate(state: DrillState, step: EstimateStep, log: StepLog) -> None:
    """One device of each type stands for all: they are made alike. None is sent anything."""
    for text in ASSUMPTIONS:
        state.record(GovernanceEvent.ASSUMPTION, text)
    alternatives = [_Alternative("today", "FIPS 186-5, SP 800-56A", TODAY)]
    alternatives += map(_alternative, step.algorithms)
    told = 0
    for contact in _one_of_each(state, step):
        image = await state.target.image(contact.entity_id)
        for each in alternatives:
            state.ledger.account(_estimate(state, step, contact, image, each))
            told += 1
    text = f"{count(told, 'row')} computed; nothing was signed, sent or installed"
    log.check(None, "sizes", Verdict.PASSED, "", text)


def _alternative(term: AlgorithmTerm) -> _Alternative:
    signature, agreement = term.signature, term.agreement
    sizes = KeySizes(
        signature.public_key,
        signature.private_key,
        signature.signature,
        signature.in_certificates or signature.signature,
        agreement.public_key,
        agreement.private_key,
        agreement.per_message,
    )
    return _Alternative(term.name, f"{signature.standard}, {agreement.standard}", sizes)


def _one_of_each(state: DrillState, step: EstimateStep) -> list[DeviceContact]:
    found: dict[DeviceType, DeviceContact] = {}
    for contact in state.contacts:
        if not step.devices or contact.device_type in step.devices:
            found.setdefault(contact.device_type, contact)
    return list(found.values())


def _estimate(
    state: DrillState,
    step: EstimateStep,
    contact: DeviceContact,
    image: bytes | None,
    what: _Alternative,
) -> SizeEstimate:
    head, payload = replacement_command(state, contact, what.sizes)
    command = message_octets(head, payload, what.sizes)
    blocks, on_link = blocks_of(head, command, step.block)
    blueprint = None if image is None else blueprint_of(image)
    own = 0 if blueprint is None else longest_certificate(blueprint.records, what.sizes)
    flash = None if blueprint is None else flash_octets(blueprint.records, what.sizes)
    area = None if image is None else geometry_of(image).areas[0].size
    theirs = max(map(len, _certificates(state, contact, what.sizes)))
    return SizeEstimate(
        step=step.name,
        algorithm=what.name,
        standards=what.standards,
        type=contact.device_type.name,
        certificate=max(theirs, own),
        reading=message_octets(*_reading(state, contact, _ASKING), what.sizes),
        reading_by_mac=message_octets(*_reading(state, contact, ACB_KEY_AGREEMENT), what.sizes),
        command=command,
        block=step.block,
        blocks=blocks,
        on_link=on_link,
        milliseconds={
            f"{link.name}, {link.bits_per_second:,} bit/s": 8000 * on_link // link.bits_per_second
            for link in step.links
        },
        flash=flash,
        area=area,
        too_large=tuple(_over(theirs, own, command, blocks, flash, area)),
    )


def _over(
    theirs: int, own: int, command: int, blocks: int, flash: int | None, area: int | None
) -> Iterator[str]:
    limits = (
        ("a certificate", theirs, MAX_CERTIFICATE_OCTETS),
        ("a device's own certificate", own, MAX_STORED_CERTIFICATE),
        ("a message", command, MAX_MESSAGE_OCTETS),
        ("a length in the envelope", command, LONGEST_LENGTH),
        ("blocks of a message", blocks, MAX_BLOCKS),
        ("an area of the flash", flash or 0, area or 0),
    )
    for what, needed, most in limits:
        if needed > most:
            yield f"{what}: {needed:,}, at most {most:,}"


def replacement_command(
    state: DrillState, contact: DeviceContact, sizes: KeySizes
) -> tuple[Message, int]:
    """The command by which Contingency replaces every cell: its head, and octets of its payload.

    It has a signature field of zero octets: custody is not asked.
    """
    request = UpdateRequest(
        _MODE,
        tuple(
            each._replace(certificate=resized(each.certificate, sizes))
            for each in _replacements(state, contact)
        ),
        path=tuple(resized(each, sizes) for each in _path(state, contact)),
        floors=floors_at(
            0, authorising=REPLACEMENT_RULES[_MODE].authorising_role, cells=contact.cells
        ),
    )
    counter = int(state.clock.time.timestamp() * 1000)
    symmetric = bytes(_SYMMETRIC_OCTETS)
    content = Content.update(request, contact.device_type, counter, symmetric)
    return _head(state, contact, content, RemotePartyRole.ROOT)


def _reading(
    state: DrillState, contact: DeviceContact, asking: TrustAnchorCellId
) -> tuple[Message, int]:
    content = Content.reading(asking, contact.roles)
    return _head(state, contact, content, asking.role)


def _head(
    state: DrillState, contact: DeviceContact, content: Content, role: RemotePartyRole
) -> tuple[Message, int]:
    counter = int(state.clock.time.timestamp() * 1000)
    header = Header(state.participants.entity_id(role), contact.entity_id, counter)
    bare = addressed(content._replace(payload=b""), header)
    signature = bytes(SIGNATURE_OCTETS) if content.is_signed else b""
    mac = bytes(MAC_OCTETS) if content.is_maced else None
    return replace(bare, signature=signature, mac=mac), len(content.payload)


def _replacements(state: DrillState, contact: DeviceContact) -> list[Replacement]:
    held = state.held[contact.entity_id]
    root = held[ROOT_CELL].generation
    cells = sorted(contact.cells, key=cell_order)
    return [state.participants.replacement(cell, held[cell], root) for cell in cells]


def _path(state: DrillState, contact: DeviceContact) -> tuple[bytes, ...]:
    held = state.held[contact.entity_id]
    generations = {each.generation for each in held.values()}
    return state.participants.path(generations, held[ROOT_CELL].generation)


def _certificates(state: DrillState, contact: DeviceContact, sizes: KeySizes) -> Iterator[bytes]:
    for each in _replacements(state, contact):
        yield resized(each.certificate, sizes)
