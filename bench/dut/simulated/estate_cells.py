"""What the cells of simulated devices hold when an estate says it, device by device."""

from collections.abc import Mapping

from firmware_sim.bench.population.estate import Estate
from firmware_sim.bench.smki.organisations import OrganisationCertificates
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId

CellCertificates = Mapping[TrustAnchorCellId, bytes]
"""Certificates in DER, of every cell but the root's."""


def certificates_of_estate(
    estate: Estate, certificates: OrganisationCertificates
) -> dict[EntityId, CellCertificates]:
    """The certificates of each device, for `build_premises`; devices of one owner share them.

    Raises:
        PkiError: a cell holds data that this PKI issued no certificate for.
    """
    made: dict[int, CellCertificates] = {}
    found: dict[EntityId, CellCertificates] = {}
    for device in estate:
        # One mapping of cells stands behind all devices of one owner; the estate keeps it alive.
        owner = id(device.holds)
        if owner not in made:
            made[owner] = {
                cell: certificates.certificate(data).octets
                for cell, data in device.holds.items()
                if cell != ROOT_CELL
            }
        found[device.entity_id] = made[owner]
    return found
