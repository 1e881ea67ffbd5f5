"""Device Certificates: of devices that the PKI makes, and of keys that devices made themselves."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from firmware_sim.bench.smki.ceremony import serial_number
from firmware_sim.bench.smki.certification import CertificationAuthority
from firmware_sim.bench.smki.holdings import Holding, PkiError
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.signing_request import DeviceSigningRequest, of_manufacturer
from firmware_sim.gbcs.certificate_build import CertificateRequest
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, KeyUsage
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key


@dataclass(frozen=True, slots=True)
class DeviceOffice:
    """The Issuing DCA of one generation, where the PKI makes devices.

    Attributes:
        seed: 32 octets from which keys and serial numbers of devices are drawn.
        private_key: the issuer's, a 32-octet scalar.
    """

    seed: bytes = field(repr=False)
    private_key: bytes = field(repr=False)


def device_label(entity: EntityId, usage: KeyUsage, generation: int = 1) -> str:
    """What key and serial number of a device's certificate are drawn from, beside the seed."""
    return f"{entity} {usage.short} {generation}"


class _Issuing:
    """The Issuing DCA of one generation at work; made once, because it issues for a whole fleet."""

    def __init__(
        self,
        certificate: Certificate,
        private_key: bytes,
        parameters: Parameters,
        suite: CryptoSuite,
    ) -> None:
        key = IssuingKey.of(certificate, private_key)
        self.private_key = private_key
        self.authority = CertificationAuthority(key, parameters, suite)
        self._not_before = certificate.not_before

    def within(self, content: CertificateRequest) -> CertificateRequest:
        """Not before its issuer: an imported PKI has a span of its own."""
        if content.not_before == self._not_before:
            return content
        return replace(content, not_before=self._not_before)


class DeviceCertifier:
    """The Issuing DCA of each generation.

    Args:
        holdings: of the PKI.
        seed: what device keys are derived from; None if the PKI makes no devices.
    """

    def __init__(
        self,
        holdings: Iterable[Holding],
        parameters: Parameters,
        suite: CryptoSuite,
        seed: bytes | None,
    ) -> None:
        self._suite = suite
        self._seed = seed
        self._issuing = {
            each.generation: _Issuing(each.certificate, each.private_key, parameters, suite)
            for each in holdings
            if each.kind is CertificateKind.ISSUING_DCA
            and each.issuer_generation == each.generation
            and each.private_key is not None
        }

    def office(self, entity: EntityId, usage: KeyUsage, generation: int) -> DeviceOffice:
        """What a new device's certificate is made with.

        Raises:
            PkiError: this PKI makes no devices.
        """
        if self._seed is None or generation not in self._issuing:
            raise PkiError(
                f"this PKI has no {usage.short} key of device {entity} and issues none",
                "pki import takes device certificates and keys",
            )
        return DeviceOffice(self._seed, self._issuing[generation].private_key)

    def new_device(
        self,
        entity: EntityId,
        usage: KeyUsage,
        generation: int,
        device_type: DeviceType | None,
    ) -> tuple[bytes, bytes]:
        """A private key (32 octets) and its certificate (DER), before the device is installed.

        Raises:
            PkiError: this PKI makes no devices.
        """
        seed = self.office(entity, usage, generation).seed
        label = device_label(entity, usage, generation)
        key = generate_private_key(HmacDrbg(seed, label.encode()))
        request = DeviceSigningRequest(
            of_manufacturer(device_type), entity, usage, self._suite.public_key(key), device_type
        )
        return key, self.certify(request, serial_number(seed, label), generation)

    def certify(self, request: DeviceSigningRequest, serial: int, generation: int) -> bytes:
        """The certificate (DER) that a request is answered with.

        Raises:
            NotEligibleError: the applicant is no Eligible Subscriber for it (SEC L3.16).
            PkiError: there is no Issuing DCA with its private key.
        """
        if generation not in self._issuing:
            raise PkiError("this PKI has no Issuing DCA key", "it issues no Device Certificates")
        issuing = self._issuing[generation]
        return issuing.authority.issue(request, serial, issuing.within)
