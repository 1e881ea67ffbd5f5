"""The attacker of a drill as a sender: how it protects a command, and what it puts into one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple

from firmware_sim.bench.adversary.forged_certificates import ADVERSARY
from firmware_sim.bench.adversary.origins import (
    ENROLLED,
    Origin,
    issued_to_it,
    self_made,
)
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.commands.requests import Floors, UpdateRequest
from firmware_sim.bench.drills.attacker_terms import AttackerTerm
from firmware_sim.bench.drills.attackers_keys import (
    attackers_certificate,
    attackers_key,
    issuer_of,
)
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.victims import Victim
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.parties.party import Originator, Party
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

LOCKING_FLOOR: Final = MAX_SEQ_NUMBER - (1 << 20)
"""No party's counter comes here before its clock does; the attacker's own go on above."""

_FIRST, _SECOND = 1, 2
_SUITE = P256Suite()


class _AboveTheFloor(OriginatorCounters):
    """Counters with which the attacker goes on at a device once it has raised a floor there."""

    __slots__ = ("_victim",)

    def __init__(self, victim: Victim) -> None:
        self._victim = victim

    def next(self, device: EntityId | None = None) -> int:
        del device  # one victim, one sequence
        self._victim.counter += 1
        return self._victim.counter


class Attempt(NamedTuple):
    """One command to one device.

    Attributes:
        name: what it is, for the record.
        own: the number of the key that stands in the cells, if the device obeys.
        is_good: its certificates are those of a subscriber, fit for the cells.
        raises: the role whose counter it is to raise.
    """

    name: str
    request: UpdateRequest
    own: int
    is_good: bool
    raises: RemotePartyRole | None = None


class Thief:
    """One attacker of one drill.

    Raises:
        BenchError: no step has given it the key that it holds.
    """

    def __init__(self, state: DrillState, term: AttackerTerm) -> None:
        stolen = state.participants.stolen(term.key, term.generation, term.organisation)
        if stolen is None:
            raise BenchError(
                f"no step gave the attacker {term.holds} of generation {term.generation}",
                "put a compromise step before it",
            )
        self.term = term
        self._state = state
        self._stolen = stolen

    def party(self, victim: Victim, contact: DeviceContact, own: int | None) -> Party:
        """Who it speaks as: the owner of the stolen key, or itself.

        Args:
            own: the number of its own key; None for the stolen one.
        """
        role, participants = self.term.role, self._state.participants
        entity = participants.entity_id(role, self.term.organisation)
        originator = Originator(role, entity if own is None else ADVERSARY)
        # A device counts by role: whoever stands in the cell goes on above what was there.
        usual = participants.counters_of(Originator(role, entity))
        counters = _AboveTheFloor(victim) if victim.counter else usual
        broker = participants.macs(self._state.broker_generation(contact))
        signer = KeySigner(self._key(own), _SUITE)
        modes = frozenset(ReplacementMode)
        return Party(originator, signer, counters, _SUITE, broker, modes=modes)

    def can_act(self, contact: DeviceContact, own: int | None) -> bool:
        """Whether a device must believe a command of its, by the mode table and its cells."""
        held = self._state.held[contact.entity_id]
        due = self.term.rule.authorising_cell(contact.device_type)
        if due not in held or self.term.via is None:
            return False
        return self._state.participants.public_key(held[due]) == _SUITE.public_key(self._key(own))

    def command(self, party: Party, contact: DeviceContact, request: UpdateRequest) -> Message:
        """Protected as far as it can: without the Broker the MAC is left out."""
        message = party.update_credentials(contact, request)
        return message if self.term.via == "broker" else replace(message, mac=None)

    def rotations(self, contact: DeviceContact, number: int = _FIRST) -> Iterator[Attempt]:
        """Its certificates of every origin, those that a device may believe last."""
        for origin in self._origins():
            if origin.name != ENROLLED:
                request = self._request(self._of(origin, contact), origin.path)
                yield Attempt(f"rotate to own: {origin.name}", request, 0, is_good=False)
        if self.term.own_certificate is not None:
            yield self.rotation(contact, number)

    def rotation(
        self,
        contact: DeviceContact,
        number: int,
        floors: Floors = Floors(),  # noqa: B008
    ) -> Attempt:
        """The certificates that SMKI issued to it, for its keys of one number."""
        pki = self._state.participants.pki
        put = tuple(
            Replacement(attackers_certificate(pki, cell.key_usage, number).octets, cell)
            for cell in self.cells(contact)
        )
        name = "rotate to own: issued by SMKI" if number == _FIRST else "race: a second key"
        request = self._request(put, (pki.issuing().octets,))._replace(floors=floors)
        return Attempt(name, request, number, is_good=True)

    def race(self, contact: DeviceContact) -> Iterator[Attempt]:
        """The cells change once more, to a key of which nobody can have read."""
        if self.term.own_certificate is not None:
            yield self.rotation(contact, _SECOND)
        else:
            yield from self.rotations(contact)

    def lock_outs(self, contact: DeviceContact, own: int | None) -> Iterator[Attempt]:
        """Floors for Recovery, for the Broker, and for the role of its own key."""
        plain = self._unchanged(contact, own)
        for role in (RemotePartyRole.RECOVERY, RemotePartyRole.ACCESS_CONTROL_BROKER):
            floors = Floors(others=(FloorChange(role, LOCKING_FLOOR),))
            name = f"lock out counter: {role.label}"
            request = plain.request._replace(floors=floors)
            yield plain._replace(name=name, request=request, is_good=False, raises=role)
        name = f"lock out counter: {self.term.role.label}"
        request = plain.request._replace(floors=Floors(LOCKING_FLOOR))
        yield plain._replace(name=name, request=request, raises=self.term.role)

    def _unchanged(self, contact: DeviceContact, own: int | None) -> Attempt:
        """What stands in the cells is put there once more: only the floors say something new."""
        if own is not None:
            return self.rotation(contact, own)
        participants, held = self._state.participants, self._state.held[contact.entity_id]
        root = held[ROOT_CELL].generation
        put = tuple(
            participants.replacement(cell, held[cell], root) for cell in self.cells(contact)
        )
        path = participants.path({held[cell].generation for cell in self.cells(contact)}, root)
        return Attempt("", self._request(put, path), 0, is_good=True)

    def _key(self, own: int | None) -> bytes:
        return self._stolen if own is None else attackers_key(KeyUsage.DIGITAL_SIGNATURE, own)

    def cells(self, contact: DeviceContact) -> tuple[TrustAnchorCellId, ...]:
        """The cells of a device that its key may replace."""
        cells = (cell for cell in contact.cells if self.term.rule.may_replace(cell))
        return tuple(sorted(cells, key=lambda cell: (cell.key_usage.value, cell.cell_usage)))

    def _origins(self) -> Iterator[Origin]:
        pki = self._state.participants.pki
        yield from self_made(pki.root(), pki.issuing())
        if self.term.own_certificate is not None:
            ended = self._state.clock.time - timedelta(days=1)
            yield from issued_to_it(pki.issuing(), issuer_of(pki), ended)

    def _of(self, origin: Origin, contact: DeviceContact) -> tuple[Replacement, ...]:
        owner = self._state.participants.entity_id(self.term.role, self.term.organisation)
        root = () if origin.root is None else (Replacement(origin.root, ROOT_CELL),)
        cells = self.cells(contact)
        return (*root, *(Replacement(origin.leaves(cell, owner), cell) for cell in cells))

    def _request(self, put: tuple[Replacement, ...], path: tuple[bytes, ...]) -> UpdateRequest:
        return UpdateRequest(self.term.rule.mode, put, path)
