"""DER building blocks that the credential use cases share: cell names, counters, status codes."""

from enum import IntEnum
from typing import Annotated

from firmware_sim.gbcs.der import (
    BitString,
    Default,
    enumerated,
    key_usage_bits,
    read_enumerated,
    read_key_usage,
    sequence,
)
from firmware_sim.gbcs.der import Tlv as Tlv
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import CellUsage, RemotePartyRole, TrustAnchorCellId, cell_id

MAX_SEQ_NUMBER = 2**63 - 1
"""SeqNumber ::= INTEGER (0..9223372036854775807)."""


class StatusCode(IntEnum):
    """StatusCode of a cell or role (ENUMERATED; numbers as in RFC 5934 section 5)."""

    SUCCESS = 0
    BAD_CERTIFICATE = 5
    NO_TRUST_ANCHOR = 10
    INSUFFICIENT_MEMORY = 17
    CONTINGENCY_PUBLIC_KEY_DECRYPT = 22
    TRUST_ANCHOR_NOT_FOUND = 25
    RESOURCES_BUSY = 30
    OTHER = 127

    @property
    def label(self) -> str:
        """The specification's spelling, e.g. ``noTrustAnchor``."""
        first, *rest = self.name.split("_")
        return first.lower() + "".join(word.title() for word in rest)


@sequence
class CellIdSchema:
    """TrustAnchorCellIdentifier."""

    role: RemotePartyRole
    key_usage: BitString
    cell_usage: Annotated[CellUsage, Default(CellUsage.MANAGEMENT)]


def read_cell_id(schema: CellIdSchema) -> TrustAnchorCellId:
    """The cell that a decoded identifier names; RemoteError for an undefined key usage."""
    usage = read_key_usage(schema.key_usage, what="the cell's key usage")
    return cell_id(schema.role, usage, schema.cell_usage)


def cell_id_schema(cell: TrustAnchorCellId) -> CellIdSchema:
    """The encodable form of a cell identifier."""
    return CellIdSchema(
        role=cell.role, key_usage=key_usage_bits(cell.key_usage), cell_usage=cell.cell_usage
    )


def read_seq_number(value: int, *, what: str) -> int:
    """The value, if it is a SeqNumber; RemoteError otherwise."""
    if not 0 <= value <= MAX_SEQ_NUMBER:
        raise RemoteError(f"{what} is outside 0..2**63-1", clause="GBCS SeqNumber")
    return value


def read_status(element: Tlv) -> StatusCode:
    """The status that an ENUMERATED states; RemoteError for a number without a meaning."""
    value = read_enumerated(element, what="statusCode")
    try:
        return StatusCode(value)
    except ValueError:
        raise RemoteError(f"{value} is not a StatusCode", clause="GBCS StatusCode") from None


def status_element(status: StatusCode) -> Tlv:
    """The encodable form of a status."""
    return enumerated(status)
