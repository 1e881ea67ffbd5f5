"""The keys between which a UTRN is good, from a drill PKI."""

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.utrn import TopUpParties
from firmware_sim.machine.meter.top_up import PREPAYMENT_CELL


def top_up_parties(
    pki: DrillPki, device: EntityId, suite: CryptoSuite, generation: int = 1
) -> TopUpParties:
    """The supplier of a PKI and one of its meters.

    Raises:
        UsageError: the PKI has no such prepayment key, or no certificate of the device.
    """
    held = pki.cell_certificate(PREPAYMENT_CELL, generation, under=1)
    private_key = next(
        (
            each.private_key
            for each in pki.holdings
            if each.cell == PREPAYMENT_CELL and each.generation == generation and each.private_key
        ),
        None,
    )
    if private_key is None or held.subject_unique_id is None:
        raise UsageError("the PKI has no prepayment key of a supplier", "use one of pki new")
    try:
        certificate = pki.device_certificate(device, KeyUsage.KEY_AGREEMENT)
    except PkiError as error:
        raise UsageError(f"the PKI knows no device {device}", "check --entity") from error
    secret = suite.agree(private_key, parse_certificate(certificate).public_key)
    return TopUpParties(held.subject_unique_id, device, secret)
