"""What the drill PKI puts into certificates where SMKI's own values are not public."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Self

from firmware_sim.bench.errors import UsageError
from firmware_sim.gbcs.contingency import WrapAlgorithm
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import TEST_ENVIRONMENT_POLICY
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

GENERATIONS = (1, 2)
"""Generation 1 is what devices are provisioned with; generation 2 replaces it."""

MAX_ROOTS = 3
"""How many roots there can be, one after the other: a device that missed one needs the next too."""

# Locally administered (bit 1 of the first octet), so no real EUI-64.
_ENTITY_PREFIX = bytes.fromhex("02465300000000")

CONTINGENCY_ENTITY_ID = EntityId(_ENTITY_PREFIX + b"\xff")
"""Business Originator of a command that the Contingency Private Key signs."""


def entity_id_of(role: RemotePartyRole, number: int = 0) -> EntityId:
    """A drill's party in a role; its last octet is the role code.

    Args:
        number: of the organisation in that role, from 0 to 255: the last octet but one.
    """
    return EntityId(_ENTITY_PREFIX[:-1] + bytes((number, role)))


_DS, _KA = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT

PARTY_CELLS: tuple[TrustAnchorCellId, ...] = (
    TrustAnchorCellId(RemotePartyRole.RECOVERY, _DS),
    TrustAnchorCellId(RemotePartyRole.SUPPLIER, _DS),
    TrustAnchorCellId(RemotePartyRole.SUPPLIER, _KA),
    TrustAnchorCellId(RemotePartyRole.SUPPLIER, _KA, CellUsage.PREPAYMENT_TOP_UP),
    TrustAnchorCellId(RemotePartyRole.NETWORK_OPERATOR, _DS),
    TrustAnchorCellId(RemotePartyRole.NETWORK_OPERATOR, _KA),
    TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, _DS),
    TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, _KA),
    TrustAnchorCellId(RemotePartyRole.TRANSITIONAL_COS, _DS),
    TrustAnchorCellId(RemotePartyRole.WAN_PROVIDER, _DS),
    TrustAnchorCellId(RemotePartyRole.LOAD_CONTROLLER, _DS),
    TrustAnchorCellId(RemotePartyRole.LOAD_CONTROLLER, _KA),
)
"""Every cell that an Organisation Certificate can fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Values that every drill certificate shares.

    The object identifiers are those of the published test PKI; production ones are not
    public. The validity is fixed, so that a seed gives the same certificates on any day.

    Attributes:
        organisation_policy: certificate policy of OCA and Organisation Certificates.
        device_policy: certificate policy of DCA and Device Certificates.
        hardware_type: hwType in a Device Certificate's SubjectAltName.
        wrap_algorithm: how roots carry the contingency key; an assumption, as SMKI's choice
            is not public.
    """

    organisation_policy: str = TEST_ENVIRONMENT_POLICY
    device_policy: str = "1.2.826.0.1.1800000.1.2.1.4"
    hardware_type: str = "1.2.826.0.1.8641679.1.2.2.1"
    wrap_algorithm: WrapAlgorithm = WrapAlgorithm.AES128_WRAP_PAD
    not_before: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    party_not_after: datetime = datetime(2039, 12, 31, 23, 59, 59, tzinfo=UTC)
    authority_not_after: datetime = datetime(2069, 12, 31, 23, 59, 59, tzinfo=UTC)

    def valid(self, first: date | None, last: date | None) -> Self:
        """The same values with another validity, in whole days of UTC; None leaves a bound.

        Raises:
            UsageError: no certificate can say so (RFC 5280 4.1.2.5: a year before 1950 has no
                encoding), or it would end before it starts; the text names the span.
        """
        start = self.not_before if first is None else _at(first, time.min)
        ends = self.party_not_after, self.authority_not_after
        if last is not None:
            ends = (_at(last, _LAST_SECOND),) * 2
        if start < _EARLIEST or min(ends) <= start:
            span = f"{start.date()} to {min(ends).date()}"
            mend = f"give dates from {_EARLIEST.date()} to {date.max}, the earlier one first"
            raise UsageError(f"no certificate can be valid from {span}", mend)
        return replace(self, not_before=start, party_not_after=ends[0], authority_not_after=ends[1])


_EARLIEST = datetime(1950, 1, 1, tzinfo=UTC)
_LAST_SECOND = time(23, 59, 59)


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=UTC)
