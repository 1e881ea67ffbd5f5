"""The firmware's message and payload code in a host library, answering with Python's own values."""

import ctypes
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message, Supplementary
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId
from tests.board.answers_in_c import EPOCH, AnswersInC
from tests.board.c_structures import (
    MODES,
    ROLES,
    ChangeView,
    CommandView,
    ControlView,
    Cursor,
    ElementView,
    MessageView,
    Octets,
    QueryView,
    Rule,
    cell_of,
    view,
)

REFUSED = "refused"

_SHAPES: dict[str, tuple[Any, ...]] = {
    "message_parse": (Octets, ctypes.POINTER(MessageView)),
    "update_command_decode": (Octets, ctypes.POINTER(CommandView)),
    "credentials_query_decode": (Octets, ctypes.POINTER(QueryView)),
    "key_usage_query_decode": (Octets, ctypes.POINTER(ctypes.c_int16)),
    "certificate_command_decode": (Octets,),
    "floors_next_change": (ctypes.POINTER(Cursor), ctypes.POINTER(ChangeView)),
    "update_control_decode": (Octets, ctypes.POINTER(ControlView)),
    "credentials_query_cell": (Octets, ctypes.POINTER(ctypes.c_uint16)),
    "floors_next_specialist": (ctypes.POINTER(Cursor), ctypes.POINTER(ctypes.c_uint64)),
    "der_any": (ctypes.POINTER(Cursor), ctypes.POINTER(ElementView), ctypes.c_bool),
    "der_time": (ctypes.c_uint8, Octets, ctypes.POINTER(ctypes.c_int64)),
    "der_is_object_identifier": (Octets,),
    "der_is_integer": (Octets,),
    "der_named_bits": (Octets, ctypes.POINTER(ctypes.c_uint16)),
    "code_is_known": (ctypes.c_uint16,),
    "device_executes": (ctypes.c_uint8, ctypes.c_uint16),
}


class LanguageInC(AnswersInC):
    """hw/firmware/gbcs/{message,der,…}.c, called."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        for name, arguments in _SHAPES.items():
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, ctypes.c_bool

        library.rule_of_code.restype = ctypes.POINTER(Rule)
        library.rule_authorising_cell.restype = ctypes.c_uint16
        library.rule_is_signed.restype = library.rule_may_replace.restype = ctypes.c_bool
        library.future_dated_alert.restype = ctypes.c_uint16

    def rule(self, code: int) -> Rule | None:
        """The row of the mode table for a message code."""
        found = self.library.rule_of_code(code)
        if not found:
            return None
        rule: Rule = found.contents
        table = ctypes.addressof(Rule.in_dll(self.library, "replacement_rules"))
        rule.mode = (ctypes.addressof(rule) - table) // ctypes.sizeof(Rule)
        return rule

    def rule_is_signed(self, rule: Rule, device_type: int) -> bool:
        return bool(self.library.rule_is_signed(ctypes.byref(rule), device_type))

    def authorising_cell(self, rule: Rule, device_type: int) -> int:
        return int(self.library.rule_authorising_cell(ctypes.byref(rule), device_type))

    def may_replace(self, rule: Rule, role: int) -> bool:
        return bool(self.library.rule_may_replace(ctypes.byref(rule), role))

    def octets_named(self, name: str, count: int) -> bytes:
        """The octets of a table."""
        return bytes((ctypes.c_uint8 * count).in_dll(self.library, name))

    def message(self, octets: bytes) -> tuple[Message, bytes, bytes] | None:
        """The message with what a signature and a MAC cover; None if it is refused."""
        read, seen = MessageView(), view(octets)
        if not self.library.message_parse(seen, read):
            return None
        mac = ctypes.string_at(read.mac, 12) if read.mac else None
        signature = None
        if read.has_signature_field:
            signature = ctypes.string_at(read.signature, 64) if read.signature else b""
        message = Message(
            CraFlag(read.cra),
            read.counter,
            EntityId(ctypes.string_at(read.originator, 8)),
            EntityId(ctypes.string_at(read.target, 8)),
            MessageCode(read.code),
            read.payload.value,
            read.date_time.value,
            _supplementary(read.supplementary.value),
            signature,
            mac,
        )
        return message, read.signed_octets.value, read.grouped.value

    def update_command(self, octets: bytes) -> UpdateCommand | None:
        """The CS02b command; None if it is refused."""
        read, seen = CommandView(), view(octets)
        if not self.library.update_command_decode(seen, read):
            return None
        replacements = (
            Replacement(item.certificate.value, cell_of(item.cell))
            for item in read.replacements[: read.count]
        )
        return UpdateCommand(
            self._control(read.control),
            tuple(replacements),
            tuple(item.value for item in read.path[: read.path_count]),
            EPOCH + timedelta(seconds=read.execution) if read.has_execution else None,
        )

    def control(self, octets: bytes) -> Control | None:
        """The control of a CS02b command; None if it is refused."""
        read, seen = ControlView(), view(octets)
        if not self.library.update_control_decode(seen, ctypes.byref(read)):
            return None
        return self._control(read)

    def _control(self, read: ControlView) -> Control:
        specialist = read.specialist_floors
        changes = read.other_changes
        return Control(
            MODES[read.mode],
            read.counter,
            cell_of(read.cell) if read.has_cell else None,
            read.floor if read.has_floor else None,
            tuple(self._specialist(specialist)) if specialist.at else None,
            tuple(self._changes(changes)) if changes.at else None,
            read.time_checks,
            read.symmetric_key.value if read.symmetric_key.at else None,
        )

    def _specialist(self, content: Octets) -> Iterable[SpecialistFloor]:
        values, floor = Cursor(content), ctypes.c_uint64()
        while self.library.floors_next_specialist(values, floor):
            yield SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, floor.value)
        assert not values.failed

    def _changes(self, content: Octets) -> Iterable[FloorChange]:
        values, change = Cursor(content), ChangeView()
        while self.library.floors_next_change(values, change):
            inner = change.specialist_floors
            specialist = tuple(self._specialist(inner)) if inner.at else None
            yield FloorChange(ROLES[change.role], change.floor, specialist)
        assert not values.failed

    def query(self, octets: bytes) -> CredentialsQuery | None:
        """The CS02a command; None if it is refused."""
        read = QueryView()
        if not self.library.credentials_query_decode(view(octets), read):
            return None
        roles = tuple(ROLES[role] for role in read.roles[: read.count])
        return CredentialsQuery(cell_of(read.authorising_cell), roles)

    def asking_cell(self, octets: bytes) -> TrustAnchorCellId | None:
        """The authorising cell of a CS02a command; None if it is refused."""
        cell = ctypes.c_uint16()
        if not self.library.credentials_query_cell(view(octets), ctypes.byref(cell)):
            return None
        return cell_of(cell.value)

    def key_usage(self, octets: bytes) -> KeyUsage | str | None:
        """The usage that a CS02c command asks for; `REFUSED`."""
        usage = ctypes.c_int16()
        if not self.library.key_usage_query_decode(view(octets), usage):
            return REFUSED
        return None if usage.value < 0 else KeyUsage(usage.value)

    def is_certificate_command(self, octets: bytes) -> bool:
        """Whether CS02d takes it."""
        return bool(self.library.certificate_command_decode(view(octets)))

    def whole(self, octets: bytes, *, long_tags: bool) -> bytes | None:
        """The content of the one DER value that the octets are; None if they are none."""
        seen = view(octets)
        cursor, element = Cursor(seen), ElementView()
        accepted = self.library.der_any(cursor, element, long_tags)
        assert accepted != cursor.failed
        assert cursor.rest.length <= len(octets)
        return element.content.value if accepted and cursor.rest.length == 0 else None

    def time(self, tag: int, content: bytes) -> datetime | None:
        """A UTCTime or GeneralizedTime; None if it is refused."""
        seconds = ctypes.c_int64()
        accepted = self.library.der_time(tag, view(content), seconds)
        return EPOCH + timedelta(seconds=seconds.value) if accepted else None

    def named_bits(self, content: bytes) -> int | None:
        """A BIT STRING's content as a number; None if it is refused."""
        bits = ctypes.c_uint16()
        return bits.value if self.library.der_named_bits(view(content), bits) else None

    def is_integer(self, content: bytes) -> bool:
        return bool(self.library.der_is_integer(view(content)))

    def is_object_identifier(self, content: bytes) -> bool:
        return bool(self.library.der_is_object_identifier(view(content)))

    def is_signed_by(self, octets: bytes, point: bytes) -> bool:
        """Whether a message carries a signature by the key of a point."""
        read, seen = MessageView(), view(octets)
        assert self.library.message_parse(seen, read)
        return bool(self.library.message_is_signed_by(ctypes.byref(read), point))

    def has_mac_of(self, octets: bytes, secret: bytes) -> bool:
        """Whether a message carries the MAC that an ECDH secret gives."""
        read, seen = MessageView(), view(octets)
        assert self.library.message_parse(seen, read)
        return bool(self.library.message_has_mac_of(ctypes.byref(read), secret))


def _supplementary(extra: bytes) -> Supplementary | None:
    if not extra:
        return None
    party = EntityId(extra[:8])
    first, second = (int.from_bytes(extra[at : at + 8], "big") for at in (8, 16))
    if len(extra) > 24:
        return Supplementary(party, first, certificate=extra[16:])
    return Supplementary(
        party, first if len(extra) > 8 else None, second if len(extra) > 16 else None
    )
