"""Device Certificates: of devices that the PKI makes, and of keys that devices made themselves."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from firmware_sim.bench.smki.ceremony import serial_number
from firmware_sim.bench.smki.certification import CertificationAuthority
from firmware_sim.bench.smki.holdings import Holding, PkiError
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.signing_request import DeviceSigningRequest, of_manufacturer
from firmware_sim.gbcs.certificate_build import CertificateRequest
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, KeyUsage
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key


@dataclass(frozen=True, slots=True)
class DeviceCertifier:
    """The Issuing DCA of each generation.

    Attributes:
        holdings: of the PKI.
        seed: what device keys are derived from; None if the PKI makes no devices.
    """

    holdings: tuple[Holding, ...]
    parameters: Parameters
    suite: CryptoSuite
    seed: bytes | None = field(repr=False)

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
        if self.seed is None or self._issuing_key(generation) is None:
            raise PkiError(
                f"this PKI has no {usage.short} key of device {entity} and issues none",
                "pki import takes device certificates and keys",
            )
        label = f"{entity} {usage.short} {generation}"
        key = generate_private_key(HmacDrbg(self.seed, label.encode()))
        request = DeviceSigningRequest(
            of_manufacturer(device_type), entity, usage, self.suite.public_key(key), device_type
        )
        return key, self.certify(request, serial_number(self.seed, label), generation)

    def certify(self, request: DeviceSigningRequest, serial: int, generation: int) -> bytes:
        """The certificate (DER) that a request is answered with.

        Raises:
            NotEligibleError: the applicant is no Eligible Subscriber for it (SEC L3.16).
            PkiError: there is no Issuing DCA with its private key.
        """
        issuing = self._issuing_key(generation)
        if issuing is None:
            raise PkiError("this PKI has no Issuing DCA key", "it issues no Device Certificates")
        key, first = issuing

        def within_issuer(content: CertificateRequest) -> CertificateRequest:
            # Not before its issuer: an imported PKI has a span of its own.
            return replace(content, not_before=first)

        authority = CertificationAuthority(key, self.parameters, self.suite)
        return authority.issue(request, serial, within_issuer)

    def _issuing_key(self, generation: int) -> tuple[IssuingKey, datetime] | None:
        """The key of the Issuing DCA, and since when its certificate is valid."""
        for each in self.holdings:
            wanted = CertificateKind.ISSUING_DCA, generation, generation
            if (each.kind, each.generation, each.issuer_generation) == wanted:
                if each.private_key is None:
                    return None
                issuer = IssuingKey.of(each.certificate, each.private_key)
                return issuer, each.certificate.not_before
        return None
