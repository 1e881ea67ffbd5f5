"""What the firmware writes: payloads of responses and alerts, and dates."""

import ctypes
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SpecialistFloor
from firmware_sim.gbcs.payloads.security_credentials import RoleCredentials
from firmware_sim.gbcs.payloads.update_credentials import Control, ExecutionOutcome
from firmware_sim.gbcs.roles import TrustAnchorCellId
from tests.board.c_structures import (
    ContentsView,
    ControlView,
    ExecutionView,
    Octets,
    OutcomeView,
    Writer,
    cell_number,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ROOM_OCTETS = 16384


class AnswersInC:
    """The functions of hw/firmware/gbcs that append to a writer."""

    library: ctypes.CDLL

    def put_at_once(self, tag: int, content: bytes) -> bytes | None:
        """A DER value."""
        put = self.library.der_put
        return self.written(lambda writer: put(writer, tag, content, ctypes.c_size_t(len(content))))

    def put_around(self, tag: int, content: bytes, **room: int) -> bytes | None:
        """A DER value whose content is written between its beginning and its end."""
        c = self.library
        c.der_begin.restype = ctypes.c_size_t

        def write(writer: Any) -> None:
            start = ctypes.c_size_t(c.der_begin(writer, tag))
            writer.contents.put(content)
            c.der_end(writer, start)

        return self.written(write, **room)

    def put_number(self, tag: int, number: int) -> bytes | None:
        """An INTEGER."""
        put = self.library.der_put_number
        return self.written(lambda writer: put(writer, tag, ctypes.c_uint64(number)))

    def stamp(self, seconds: int, status: int) -> bytes | None:
        """A date-time of 12 octets."""
        put = self.library.times_put_stamp
        return self.written(lambda writer: put(writer, ctypes.c_uint64(seconds), status))

    def digits(self, seconds: int) -> bytes | None:
        """YYYYMMDDhhmmss."""
        put = self.library.times_put_digits
        return self.written(lambda writer: put(writer, ctypes.c_int64(seconds)))

    def dlms_alert(self, code: int, counter: int, stamp: bytes) -> bytes | None:
        put = self.library.alert_put_dlms
        return self.written(lambda writer: put(writer, code, ctypes.c_uint64(counter), stamp))

    def gbz_alert(self, code: int, seconds: int) -> bytes | None:
        put = self.library.alert_put_gbz
        return self.written(lambda writer: put(writer, code, ctypes.c_uint64(seconds)))

    def written(self, write: Callable[[Any], object], room: int = _ROOM_OCTETS) -> bytes | None:
        """What is written into so much room; None if it is too little."""
        buffer = ctypes.create_string_buffer(room)
        writer = Writer(ctypes.addressof(buffer), room, 0, False)
        write(ctypes.pointer(writer))
        assert writer.length <= room
        return None if writer.overflowed else buffer.raw[: writer.length]

    def update_response(
        self, outcome: ExecutionOutcome | None, control: Control, **room: int
    ) -> bytes | None:
        """The CS02b response; `control` must ask for the changes that `outcome` lists."""
        put = self.library.update_response_put
        with_outcome = None if outcome is None else _execution(outcome, control)
        return self.written(lambda writer: put(writer, with_outcome), **room)

    def update_alert(
        self, code: int, execution: datetime, outcome: ExecutionOutcome, control: Control
    ) -> bytes | None:
        """The alert after a future-dated command."""
        seconds = int((execution - EPOCH).total_seconds())
        put = self.library.update_alert_put
        return self.written(
            lambda writer: put(
                writer,
                ctypes.c_uint16(code),
                ctypes.c_int64(seconds),
                _execution(outcome, control),
            )
        )

    def credentials_report(self, roles: Iterable[RoleCredentials]) -> bytes | None:
        """The CS02a response."""
        self.library.der_begin.restype = ctypes.c_size_t

        def write(writer: Any) -> None:
            start = ctypes.c_size_t(self.library.der_begin(writer, 0x30))
            for role in roles:
                self._put_role(writer, role)
            self.library.der_end(writer, start)

        return self.written(write)

    def _put_role(self, writer: Any, role: RoleCredentials) -> None:
        cells = role.cells or ()
        identifiers = [cell.subject_unique_id + cell.subject_key_identifier for cell in cells]
        contents = (ContentsView * len(cells))()
        for place, cell, octets in zip(contents, cells, identifiers, strict=True):
            place.cell = cell_number(TrustAnchorCellId(role.role, cell.key_usage, cell.cell_usage))
            place.identifiers = octets
        self.library.credentials_put_role(
            writer,
            ctypes.c_uint8(role.role),
            ctypes.c_uint8(role.status),
            ctypes.c_uint64(role.counter or 0),
            contents,
            ctypes.c_size_t(len(cells)),
        )


def _execution(outcome: ExecutionOutcome, control: Control) -> Any:
    """`struct execution_outcome`, whose changes are the control's."""
    read = ControlView(mode=control.mode, counter=outcome.counter)
    read.has_floor = control.floor is not None
    own = outcome.changes[:1] if read.has_floor else ()
    if own:
        read.floor = own[0].floor
        read.specialist_floors = _content(own[0].specialist_floors, _specialist_octets)
    read.other_changes = _content(outcome.changes[len(own) :], _change_octets)
    places = (OutcomeView * len(outcome.outcomes))()
    for place, item in zip(places, outcome.outcomes, strict=True):
        place.cell, place.status = cell_number(item.cell), StatusCode(item.status)
        place.existing[:] = item.existing_subject_id + item.existing_key_identifier
        place.replacing[:] = item.replacing_subject_id + item.replacing_key_identifier
    role = own[0].role if own else 0
    pointer = ctypes.pointer(read)
    execution = ExecutionView(pointer, outcome.mode, role, len(places), places)
    return ctypes.byref(execution)


def _content(values: Any, encode: Callable[[Any], bytes]) -> Octets:
    """The content of a list, encoded by hand; no view at all of None."""
    return Octets() if values is None else view_of_list(b"".join(map(encode, values)))


def view_of_list(octets: bytes) -> Octets:
    """A view that is there even if it is empty."""
    buffer = ctypes.create_string_buffer(octets, max(1, len(octets)))
    seen = Octets(ctypes.addressof(buffer), len(octets))
    _kept.append(buffer)
    return seen


# A structure's field does not keep alive what a view in it looks at.
_kept: list[Any] = []


def _specialist_octets(floor: SpecialistFloor) -> bytes:
    return _tlv(0x30, _number(floor.usage) + _number(floor.floor))


def _change_octets(change: FloorChange) -> bytes:
    content = _number(change.role) + _number(change.floor)
    if change.specialist_floors is not None:
        content += _tlv(0x30, b"".join(map(_specialist_octets, change.specialist_floors)))
    return _tlv(0x30, content)


def _number(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _tlv(tag: int, content: bytes) -> bytes:
    assert len(content) < 0x80
    return bytes((tag, len(content))) + content
