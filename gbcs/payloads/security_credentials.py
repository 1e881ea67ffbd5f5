"""CS02a Provide Security Credential Details: which credentials does the Device hold? (GBCS 13.2)"""

from typing import Annotated, NamedTuple, Self

from firmware_sim.gbcs.der import (
    BitString,
    Default,
    decode,
    encode,
    in_sequence,
    key_usage_bits,
    out_of_sequence,
    read_key_usage,
    sequence,
    split_first,
)
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.cells import (
    CellIdSchema,
    StatusCode,
    Tlv,
    cell_id_schema,
    read_cell_id,
    read_seq_number,
    read_status,
    status_element,
)
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

MAX_ROLES = 16
"""A command that asks for more roles is refused: there are ten."""


class CredentialsQuery(NamedTuple):
    """CS02a Command: the roles asked for, in order, and the cell whose key protects it."""

    authorising_cell: TrustAnchorCellId
    roles: tuple[RemotePartyRole, ...]

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a command payload; RemoteError if it is not one, or asks for over 16 roles."""
        schema = decode(_Query, octets, what="the CS02a command")
        if len(schema.roles) > MAX_ROLES:
            raise RemoteError(f"{len(schema.roles)} roles asked for, at most {MAX_ROLES}")
        return cls(read_cell_id(schema.authorising_cell), tuple(schema.roles))

    @staticmethod
    def asking_cell(octets: bytes) -> TrustAnchorCellId:
        """The authorising cell of a command payload; what follows it is not looked at.

        Raises:
            RemoteError: no DER, or the identifier of no cell.
        """
        first, _ = split_first(octets)
        return read_cell_id(decode(CellIdSchema, first, what="the asking cell"))

    def encode(self) -> bytes:
        """The command payload."""
        cell = cell_id_schema(self.authorising_cell)
        return encode(_Query(authorising_cell=cell, roles=list(self.roles)))


class CellContents(NamedTuple):
    """What one Trust Anchor Cell holds: the certificate's subject and key identifiers, 8 octets."""

    key_usage: KeyUsage
    cell_usage: CellUsage
    subject_unique_id: bytes
    subject_key_identifier: bytes


class RoleCredentials(NamedTuple):
    """The answer for one role; counter and cells are there only on success."""

    role: RemotePartyRole
    status: StatusCode
    counter: int | None = None
    cells: tuple[CellContents, ...] | None = None


class CredentialsReport(NamedTuple):
    """CS02a Response: one entry a role, in the order asked."""

    roles: tuple[RoleCredentials, ...]

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a response payload; RemoteError if it is not one."""
        schema = decode(_Report, in_sequence(octets), what="the CS02a response")
        return cls(tuple(_read_details(details) for details in schema.roles))

    def encode(self) -> bytes:
        """The response payload."""
        return out_of_sequence(encode(_Report(roles=[_details(role) for role in self.roles])))


@sequence
class _Query:
    authorising_cell: CellIdSchema
    roles: list[RemotePartyRole]


@sequence
class _Contents:
    key_usage: BitString
    cell_usage: Annotated[CellUsage, Default(CellUsage.MANAGEMENT)]
    subject_unique_id: bytes
    subject_key_identifier: bytes


@sequence
class _Details:
    role: RemotePartyRole
    status: Tlv
    counter: int | None
    cells: list[_Contents] | None


@sequence
class _Report:
    roles: list[_Details]


def _read_details(schema: _Details) -> RoleCredentials:
    cells = None
    if schema.cells is not None:
        cells = tuple(
            CellContents(
                read_key_usage(cell.key_usage, what="the cell's key usage"),
                cell.cell_usage,
                cell.subject_unique_id,
                cell.subject_key_identifier,
            )
            for cell in schema.cells
        )
    counter = schema.counter
    if counter is not None:
        counter = read_seq_number(counter, what="currentSeqNumber")
    return RoleCredentials(schema.role, read_status(schema.status), counter, cells)


def _details(role: RoleCredentials) -> _Details:
    cells = None
    if role.cells is not None:
        cells = [
            _Contents(
                key_usage=key_usage_bits(cell.key_usage),
                cell_usage=cell.cell_usage,
                subject_unique_id=cell.subject_unique_id,
                subject_key_identifier=cell.subject_key_identifier,
            )
            for cell in role.cells
        ]
    return _Details(
        role=role.role, status=status_element(role.status), counter=role.counter, cells=cells
    )
