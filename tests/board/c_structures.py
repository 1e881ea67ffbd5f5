"""The structures of hw/firmware/gbcs as ctypes knows them, on a computer of 64 bits."""

import ctypes

from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

ROLES = {int(role): role for role in RemotePartyRole}
MODES = {int(mode): mode for mode in ReplacementMode}


class Octets(ctypes.Structure):
    _fields_ = (("at", ctypes.c_void_p), ("length", ctypes.c_size_t))

    @property
    def value(self) -> bytes:
        return ctypes.string_at(self.at, self.length) if self.at else b""


class Writer(ctypes.Structure):
    """`struct writer`."""

    _fields_ = (
        ("at", ctypes.c_void_p),
        ("capacity", ctypes.c_size_t),
        ("length", ctypes.c_size_t),
        ("overflowed", ctypes.c_bool),
    )
    at: int
    capacity: int
    length: int
    overflowed: bool

    def put(self, octets: bytes) -> None:
        """What put_octets does."""
        if self.overflowed or len(octets) > self.capacity - self.length:
            self.overflowed = True
        elif octets:
            ctypes.memmove(self.at + self.length, octets, len(octets))
            self.length += len(octets)


class MessageView(ctypes.Structure):
    _fields_ = (
        ("octets", Octets),
        ("grouped", Octets),
        ("signed_octets", Octets),
        ("cra", ctypes.c_uint8),
        ("counter", ctypes.c_uint64),
        ("originator", ctypes.c_void_p),
        ("target", ctypes.c_void_p),
        ("code", ctypes.c_uint16),
        ("date_time", Octets),
        ("supplementary", Octets),
        ("payload", Octets),
        ("has_signature_field", ctypes.c_bool),
        ("signature", ctypes.c_void_p),
        ("mac", ctypes.c_void_p),
    )


class ControlView(ctypes.Structure):
    _fields_ = (
        ("mode", ctypes.c_uint8),
        ("time_checks", ctypes.c_bool),
        ("has_cell", ctypes.c_bool),
        ("cell", ctypes.c_uint16),
        ("counter", ctypes.c_uint64),
        ("has_floor", ctypes.c_bool),
        ("floor", ctypes.c_uint64),
        ("specialist_floors", Octets),
        ("other_changes", Octets),
        ("symmetric_key", Octets),
    )


class ReplacementView(ctypes.Structure):
    _fields_ = (("certificate", Octets), ("cell", ctypes.c_uint16))


class CommandView(ctypes.Structure):
    _fields_ = (
        ("control", ControlView),
        ("count", ctypes.c_size_t),
        ("replacements", ReplacementView * 16),
        ("path_count", ctypes.c_size_t),
        ("path", Octets * 8),
        ("has_execution", ctypes.c_bool),
        ("execution", ctypes.c_int64),
    )


class Cursor(ctypes.Structure):
    _fields_ = (("rest", Octets), ("failed", ctypes.c_bool))


class ElementView(ctypes.Structure):
    """`struct element`."""

    _fields_ = (("tag", ctypes.c_uint8), ("whole", Octets), ("content", Octets))


class ChangeView(ctypes.Structure):
    _fields_ = (
        ("role", ctypes.c_uint8),
        ("floor", ctypes.c_uint64),
        ("specialist_floors", Octets),
    )


class QueryView(ctypes.Structure):
    _fields_ = (
        ("authorising_cell", ctypes.c_uint16),
        ("count", ctypes.c_size_t),
        ("roles", ctypes.c_uint8 * 16),
    )


class OutcomeView(ctypes.Structure):
    _fields_ = (
        ("cell", ctypes.c_uint16),
        ("status", ctypes.c_uint8),
        ("existing", ctypes.c_uint8 * 16),
        ("replacing", ctypes.c_uint8 * 16),
    )


class ExecutionView(ctypes.Structure):
    _fields_ = (
        ("control", ctypes.POINTER(ControlView)),
        ("mode", ctypes.c_uint8),
        ("authorising_role", ctypes.c_uint8),
        ("count", ctypes.c_size_t),
        ("outcomes", ctypes.POINTER(OutcomeView)),
    )


class ContentsView(ctypes.Structure):
    _fields_ = (("cell", ctypes.c_uint16), ("identifiers", ctypes.c_char_p))


class Rule(ctypes.Structure):
    """`struct replacement_rule`, and the mode whose row it is."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("replaceable", ctypes.c_uint16),
        ("authorising_role", ctypes.c_uint8),
        ("root", ctypes.c_uint8),
        ("is_signed", ctypes.c_uint8),
        ("is_maced", ctypes.c_uint8),
    )
    mode: int


def view(octets: bytes) -> Octets:
    """A view of a copy that it keeps alive; a read beyond either end may be seen by a sanitizer."""
    buffer = ctypes.create_string_buffer(octets, len(octets)) if octets else None
    seen = Octets(ctypes.addressof(buffer) if buffer else None, len(octets))
    seen.buffer = buffer
    return seen


def cell_of(number: int) -> TrustAnchorCellId:
    """The cell that C names by a number."""
    return TrustAnchorCellId(
        ROLES[number >> 8], KeyUsage(number >> 4 & 0xF), CellUsage(number & 0xF)
    )


def cell_number(cell: TrustAnchorCellId) -> int:
    """Inverse of `cell_of`."""
    return cell.role << 8 | cell.key_usage.value << 4 | cell.cell_usage
