"""Many new devices of the engine at once: what `manufacture` makes one by one, to the octet."""

from collections.abc import Mapping, Sequence

from firmware_sim.bench.dut.blueprint import blueprint_of_new
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.smki.device_issue import device_label
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, DeviceType, KeyUsage, TrustAnchorCellId
from firmware_sim.hw.engine.device import EngineDevice, RawRecord
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.hw.engine.manufacture import CertificateTemplate, Factory, manufacture_all
from firmware_sim.machine.image.records import RecordKind

_SERIAL_OCTETS = 16
_SAMPLE = EntityId(bytes.fromhex("5a5a5a5a5a5a5a5a"))
_OF_EACH_DEVICE = (RecordKind.IDENTITY, RecordKind.DEVICE_KEY, RecordKind.DEVICE_CERTIFICATE)


class NativeFactory:
    """Makes devices of one type.

    Args:
        seed: 32 octets, as `manufacture` takes it.
        certificates: what the cells hold, as `manufacture` takes it.

    Raises:
        PkiError: the PKI cannot issue devices, or has no certificate for a cell.
    """

    def __init__(
        self,
        pki: DrillPki,
        device_type: DeviceType,
        seed: bytes,
        certificates: Mapping[TrustAnchorCellId, bytes] | None = None,
    ) -> None:
        sample = manufacture(
            pki, device_type, _SAMPLE, seed=seed, policy=Policy(), certificates=certificates
        )
        signing, agreement = (_template(pki, usage) for usage in OWN_KEY_USAGES)
        office = pki.device_office(_SAMPLE, OWN_KEY_USAGES[0])
        self._factory = Factory(
            device_type,
            office.seed,
            seed,
            office.private_key,
            (signing, agreement),
            tuple(
                RawRecord(key.kind, key.number, body)
                for key, body in blueprint_of_new(sample).records
                if key.kind not in _OF_EACH_DEVICE
            ),
        )

    def make(
        self, library: EngineLibrary, devices: Sequence[EngineDevice], entities: Sequence[EntityId]
    ) -> None:
        """Give each device its first image; it stays off.

        Raises:
            EngineError: a device does not get it.
        """
        signing, agreement = (
            [device_label(entity, usage) for entity in entities] for usage in OWN_KEY_USAGES
        )
        manufacture_all(library, self._factory, devices, entities, (signing, agreement))


def _template(pki: DrillPki, usage: KeyUsage) -> CertificateTemplate:
    _, octets = pki.issue_device(_SAMPLE, usage)
    certificate = parse_certificate(octets)
    return CertificateTemplate(
        certificate.tbs,
        certificate.serial.to_bytes(_SERIAL_OCTETS, "big"),
        certificate.public_key,
        certificate.key_identifier,
        _SAMPLE,
        usage.value,
    )
