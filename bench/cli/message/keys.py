"""What a message can be verified with: a drill PKI, published keys, or certificates."""

from collections.abc import Collection, Iterator
from pathlib import Path

from firmware_sim.bench.cli.message.proof import read_certificate
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.published import KeyEntry
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, CellUsage


def keys_from(
    pki: DrillPki | None,
    keystore: Path | None,
    certificates: Collection[Path],
    messages: Collection[Message],
    suite: CryptoSuite,
) -> PublishedKeys:
    """The keys of one source, as the conformance checks use them.

    Args:
        pki: devices that the messages name are issued from it.
        keystore: published keys in the format of a reference set.
        certificates: PEM or DER, one a file; they verify signatures, but no MACs.

    Raises:
        UsageError: not exactly one source, or it cannot be read.
    """
    if sum(map(bool, (pki, keystore, certificates))) != 1:
        raise UsageError(
            "what to verify with is not said, or said twice",
            "give one of --pki DIR, --keystore FILE, --certificate FILE",
        )
    if keystore is not None:
        return read_published_keys(keystore, None, suite)
    if pki is not None:
        return PublishedKeys(_pki_entries(pki, messages), (), suite)
    return _certificates(certificates, suite)


def _certificates(files: Collection[Path], suite: CryptoSuite) -> PublishedKeys:
    keys = PublishedKeys([_entry(read_certificate(each)) for each in files], (), suite)
    for _, reason in keys.unusable:
        raise UsageError(
            f"a certificate is of no use: {reason}", "give an end entity's certificate"
        )
    return keys


def _pki_entries(pki: DrillPki, messages: Collection[Message]) -> Iterator[KeyEntry]:
    parties: set[EntityId | None] = {pki.contingency_entity_id}
    for held in pki.holdings:
        if held.cell is None or held.cell.cell_usage is not CellUsage.MANAGEMENT:
            continue  # an authority, or a key that protects no message
        parties.add(held.certificate.subject_unique_id)
        yield _entry(held.certificate.octets, held.private_key)
    named = {entity for message in messages for entity in (message.originator, message.target)}
    for entity in sorted(named - parties):
        yield from _device_entries(pki, entity)


def _device_entries(pki: DrillPki, entity: EntityId) -> Iterator[KeyEntry]:
    for generation in GENERATIONS:
        for usage in OWN_KEY_USAGES:
            known: dict[bytes, bytes | None] = {}
            try:
                known[pki.device_certificate(entity, usage, generation)] = None
                key, certificate = pki.issue_device(entity, usage, generation)
                known[certificate] = key
            except PkiError:
                pass  # an imported PKI may know a certificate without its key, or neither
            for certificate, private_key in known.items():
                yield _entry(certificate, private_key)


def _entry(certificate: bytes, private_key: bytes | None = None) -> KeyEntry:
    return KeyEntry(entity="", usage="", certificate=certificate, private_scalar=private_key)
