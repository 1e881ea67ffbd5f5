"""Read a message field by field: slowly, and saying at which octet something is wrong."""

from firmware_sim.gbcs.axdr import COUNTER_OCTETS, Reader
from firmware_sim.gbcs.crypto import MAC_OCTETS, SIGNATURE_OCTETS
from firmware_sim.gbcs.envelope import (
    CLAUSE,
    CODE_OCTETS,
    DATE_TIME_OCTETS,
    GROUPING_TAG,
    MAC_HEADER_START,
    SECURITY_HEADER,
    TRANSACTION_OCTETS,
    Message,
    Supplementary,
)
from firmware_sim.gbcs.identifiers import EntityId, MessageCode


def read_field_by_field(octets: bytes) -> Message:
    """Read one complete message of any length.

    Raises:
        RemoteError: not exactly one message in the layout of `firmware_sim.gbcs.envelope`.
    """
    reader = _Reader(octets, clause=CLAUSE)
    mac = reader.mac_header()
    reader.expect(bytes((GROUPING_TAG, TRANSACTION_OCTETS)), "the grouping header")
    cra = reader.cra()
    counter = reader.number(COUNTER_OCTETS, "the Originator Counter")
    originator = reader.entity("the originator")
    target = reader.entity("the target")
    date_time = reader.date_time()
    code, supplementary = reader.information()
    payload = reader.counted("the payload")
    signature = reader.signature(may_be_absent=mac is None)
    reader.finish()
    return Message(
        cra, counter, originator, target, code, payload, date_time, supplementary, signature, mac
    )


class _Reader(Reader):
    """The parts of a message that only this layout has."""

    __slots__ = ()

    def mac_header(self) -> bytes | None:
        """Step over the MAC header, and set the MAC aside; None if there is no MAC header."""
        if self.octets[:1] != MAC_HEADER_START[:1]:
            return None
        if self.octets[1:2] == bytes((TRANSACTION_OCTETS,)):
            raise self.wrong("a General Block Transfer block, not a whole message")
        self.expect(MAC_HEADER_START, "the MAC header")
        start = self.at
        length = self.length("the MAC header")
        follow, least = self.end - self.at, len(SECURITY_HEADER) + MAC_OCTETS
        if length != follow or length < least:
            known = f"{follow} follow" if length != follow else f"{least} are the least"
            raise self.wrong(f"the MAC header announces {length} octets, and {known}", start)
        self.expect(SECURITY_HEADER, "the security header")
        self.end -= MAC_OCTETS
        return self.octets[self.end :]

    def date_time(self) -> bytes:
        start = self.at
        date_time = self.counted("the date-time")
        if len(date_time) not in (0, DATE_TIME_OCTETS):
            raise self.wrong("a date-time has 12 octets or none", start)
        return date_time

    def information(self) -> tuple[MessageCode, Supplementary | None]:
        start = self.at
        information = self.counted("the other information")
        code = MessageCode(int.from_bytes(information[:CODE_OCTETS], "big"))
        extra = information[CODE_OCTETS:]
        if not extra and len(information) == CODE_OCTETS:
            return code, None
        # An identifier alone, one counter, two counters, or one counter and a certificate.
        if len(extra) not in (8, 16, 24) and not (len(extra) > 24 and extra[16] == 0x30):
            raise self.wrong("the other information has no such length", start)
        return code, read_supplementary(extra)

    def signature(self, *, may_be_absent: bool) -> bytes | None:
        if self.at == self.end and may_be_absent:
            return None
        start = self.at
        signature = self.counted("the signature")
        if len(signature) not in (0, SIGNATURE_OCTETS):
            raise self.wrong("a signature has 64 octets or none", start)
        return signature


def read_supplementary(extra: bytes) -> Supplementary:
    """The fields behind the message code: 8, 16 or 24 octets, or a certificate after 16."""
    party = EntityId(extra[:8])
    counter = int.from_bytes(extra[8:16], "big") if len(extra) > 8 else None
    if len(extra) > 24:
        return Supplementary(party, counter, certificate=extra[16:])
    second = int.from_bytes(extra[16:], "big") if len(extra) > 16 else None
    return Supplementary(party, counter, second)
