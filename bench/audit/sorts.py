"""What an audit can say of one cell, and how it comes to say it."""

from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.population.estate import HeldData
from firmware_sim.gbcs.roles import ROOT_CELL


class Sort(StrEnum):
    """One cell, compared with what the inventory says of it."""

    RIGHT = "right"
    WRONG_PARTY = "wrong party"
    """Another organisation's certificate, or a key that is on no record."""
    WRONG_GENERATION = "wrong generation"
    """Another key of the right organisation, under the authority that is believed."""
    STALE_ISSUER = "stale issuer"
    """Below an authority before the one that is believed."""
    ROLE_MISMATCH = "role mismatch"
    """A certificate for another role or key usage; or no such cell is reported."""
    UNREACHABLE = "unreachable"
    """No answer that is verified: nothing is known of it."""


class ReportedCell(NamedTuple):
    """What a device reports of one cell: subject unique id and key identifier, 8 octets each."""

    subject_id: bytes
    key_identifier: bytes

    def __str__(self) -> str:
        return f"key {self.key_identifier.hex()} of {self.subject_id.hex()}"


def sort_of(believed: HeldData, held: HeldData | None) -> Sort:
    """The first difference, in the order role, organisation, issuer, generation.

    Args:
        believed: with the issuer 0 if the inventory does not say under which root.
        held: as the register of certificates knows it; None for a key that is on no record.
    """
    if held is None:
        return Sort.WRONG_PARTY
    if held.issued_for != believed.issued_for:
        return Sort.ROLE_MISMATCH
    if held.organisation != believed.organisation:
        return Sort.WRONG_PARTY
    if believed.issued_for != ROOT_CELL and held.issuer < believed.issuer:
        return Sort.STALE_ISSUER
    if held.generation != believed.generation:
        return Sort.WRONG_GENERATION
    return Sort.RIGHT


def words_of(held: HeldData) -> str:
    """As an inventory writes it, and for what it was issued: ``alpha 2 (supplier.KA)``."""
    return f"{held.organisation} {held.generation} ({held.issued_for})"
