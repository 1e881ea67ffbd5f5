"""ZigBee frames in GBCS payloads (profile 0109): commands to clusters, and their answers.

A payload is ``01 09``, the number of components, then each of them::

    <control> <cluster 2> <length 2> <frame>
    frame: <frame control> <sequence> <command> <content>
    encrypted: 00 <frame counter> <frame control> <sequence> <command> <length 2> 31 00000000 …

Bit 0 of the control octet marks the last component, bit 1 an encrypted one, bit 4 one whose frame
has the four octets of its due time in front. Clusters and lengths are big-endian, what ZCL defines
is little-endian.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from firmware_sim.gbcs.axdr import Reader
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.sensitive import ITEM_START

CLAUSE: Final = "GBCS 7.2.9, ZCL 2.3"
MAX_COMPONENTS: Final = 16
MAX_ATTRIBUTES: Final = 32
"""A request for more attributes is refused; reference messages have up to 19."""

READ_ATTRIBUTES, READ_ATTRIBUTES_RESPONSE, DEFAULT_RESPONSE = 0x00, 0x01, 0x0B
GLOBAL_TO_SERVER, CLUSTER_TO_SERVER, CLUSTER_TO_CLIENT = 0x00, 0x01, 0x09

_PROFILE = b"\x01\x09"
_LAST, _ENCRYPTED, _TIMED = 0x01, 0x02, 0x10
_TIME_OCTETS = 4
_NO_SEQUENCE = 0
_FROM_SERVER = 0x08
_SILENT = 0x10
_FRAME_HEAD_OCTETS = 3
_FRAME_COUNTER = bytes(2)


class ZclStatus(IntEnum):
    """The ZCL statuses that are used here (ZCL 2.6.3)."""

    SUCCESS = 0x00
    UNSUPPORTED_CLUSTER_COMMAND = 0x81
    NOT_AUTHORISED = 0x7E
    INVALID_FIELD = 0x85
    UNSUPPORTED_ATTRIBUTE = 0x86
    NOT_FOUND = 0x8B
    HARDWARE_FAILURE = 0xC0


class ZclFrame(NamedTuple):
    """One component.

    Attributes:
        content: what follows the command octet; of an encrypted frame the item, from its ``31``.
        due: the time that stands in front of the frame, 4 octets; empty if none does.
    """

    cluster: int
    frame_control: int
    command: int
    content: bytes = b""
    sequence: int = _NO_SEQUENCE
    is_encrypted: bool = False
    due: bytes = b""

    @property
    def is_global(self) -> bool:
        """Whether the command is one that every cluster has."""
        return not self.frame_control & 1


def read_frames(octets: bytes) -> tuple[ZclFrame, ...]:
    """The components of a command's or response's payload.

    Raises:
        RemoteError: it is no such payload, or a length lies.
    """
    reader = Reader(octets, clause=CLAUSE)
    reader.expect(_PROFILE, "the profile")
    frames = read_components(reader, reader.number(1, "the number of components"))
    reader.finish()
    return frames


def read_components(reader: Reader, count: int) -> tuple[ZclFrame, ...]:
    """So many components from where a reader stands; RemoteError as for `read_frames`."""
    if not 0 < count <= MAX_COMPONENTS:
        raise reader.wrong(f"a payload has 1 to {MAX_COMPONENTS} components, not {count}")
    return tuple(_component(reader, is_last=number == count) for number in range(1, count + 1))


def build_frames(frames: Sequence[ZclFrame]) -> bytes:
    """The payload.

    Raises:
        LocalError: there are none or too many.
    """
    if not 0 < len(frames) <= MAX_COMPONENTS:
        raise LocalError(f"a payload has 1 to {MAX_COMPONENTS} components", clause=CLAUSE)
    parts = [_PROFILE, bytes((len(frames),))]
    for number, frame in enumerate(frames, 1):
        octets = _frame(frame)
        control = _control(frame, is_last=number == len(frames))
        parts += (bytes((control,)), frame.cluster.to_bytes(2, "big"))
        parts += (len(octets).to_bytes(2, "big"), octets)
    return b"".join(parts)


def default_response(asked: ZclFrame, status: int) -> ZclFrame:
    """The answer that only tells what became of a command."""
    direction = asked.frame_control & _FROM_SERVER ^ _FROM_SERVER
    content = bytes((asked.command, status))
    return ZclFrame(asked.cluster, direction, DEFAULT_RESPONSE, content)


def asked_attributes(asked: ZclFrame) -> tuple[int, ...]:
    """The attributes that a read asks for.

    Raises:
        RemoteError: none, too many, or half of one.
    """
    reader = Reader(asked.content, clause=CLAUSE)
    count, rest = divmod(len(asked.content), 2)
    if rest or not 0 < count <= MAX_ATTRIBUTES:
        raise reader.wrong(f"a read asks for 1 to {MAX_ATTRIBUTES} attributes of 2 octets")
    return tuple(number_at(asked.content, 2 * place, 2) for place in range(count))


def attribute_records(attributes: Sequence[int], read: Callable[[int], tuple[int, bytes]]) -> bytes:
    """The content of the answer to a read.

    Args:
        read: gives the status of an attribute and, for success, its type and value as octets.
    """
    records = []
    for attribute in attributes:
        status, data = read(attribute)
        records += [attribute.to_bytes(2, "little"), bytes((status,))]
        records += [data] if status == ZclStatus.SUCCESS else []
    return b"".join(records)


def attributes_response(asked: ZclFrame, content: bytes, *, is_encrypted: bool) -> ZclFrame:
    """The answer to a read. An encrypted one tells its reader to send no default response."""
    control = _FROM_SERVER | (_SILENT if is_encrypted else 0)
    return ZclFrame(
        asked.cluster, control, READ_ATTRIBUTES_RESPONSE, content, is_encrypted=is_encrypted
    )


def number_at(octets: bytes, at: int, count: int) -> int:
    """An unsigned number of ZCL: little-endian."""
    return int.from_bytes(octets[at : at + count], "little")


def _component(reader: Reader, *, is_last: bool) -> ZclFrame:
    control = reader.number(1, "a control octet")
    if control & _LAST != is_last or control & ~_LAST not in (0, _ENCRYPTED, _TIMED):
        raise reader.wrong(f"the control octet {control:02x} does not fit")
    cluster = reader.number(2, "a cluster")
    length = reader.number(2, "the length of a frame")
    frame = Reader(reader.take(length, "a frame"), clause=CLAUSE)
    if control & _ENCRYPTED:
        return _encrypted(frame, cluster)
    due = frame.take(_TIME_OCTETS if control & _TIMED else 0, "a due time")
    head = frame.take(_FRAME_HEAD_OCTETS, "a frame")
    return ZclFrame(cluster, head[0], head[2], frame.octets[frame.at :], head[1], due=due)


def _encrypted(frame: Reader, cluster: int) -> ZclFrame:
    frame.expect(_FRAME_COUNTER, "an encrypted frame")
    head = frame.take(_FRAME_HEAD_OCTETS, "a frame")
    item = frame.take(frame.number(2, "the length of an item"), "an encrypted item")
    frame.finish()
    if not item.startswith(ITEM_START):
        raise frame.wrong("not an encrypted item")
    return ZclFrame(cluster, head[0], head[2], item, head[1], is_encrypted=True)


def _control(frame: ZclFrame, *, is_last: bool) -> int:
    return _LAST * is_last | _ENCRYPTED * frame.is_encrypted | _TIMED * bool(frame.due)


def _frame(frame: ZclFrame) -> bytes:
    head = bytes((frame.frame_control, frame.sequence, frame.command))
    if not frame.is_encrypted:
        return frame.due + head + frame.content
    return _FRAME_COUNTER + head + len(frame.content).to_bytes(2, "big") + frame.content
