"""The drill PKI as parties, provisioning and stories use it."""

from pathlib import Path

from firmware_sim.bench.smki import folder
from firmware_sim.bench.smki.ceremony import hold_ceremony
from firmware_sim.bench.smki.custody import Custody
from firmware_sim.bench.smki.device_issue import DeviceCertifier, DeviceOffice
from firmware_sim.bench.smki.holdings import (
    Holding,
    Inventory,
    NoGenerationError,
    PartyCredentials,
    PkiError,
)
from firmware_sim.bench.smki.parameters import GENERATIONS, Parameters
from firmware_sim.bench.smki.signing_request import DeviceSigningRequest
from firmware_sim.bench.smki.validity import Periods, as_all_others
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

_SEED_OCTETS = 32


class DrillPki:
    """Certificates and keys of two generations; what needs a decision is in `custody`.

    Args:
        inventory: what there is.
        parameters: what the certificates of new devices say.
        suite: signs the certificates of new devices.
        periods: of single certificates that are still to be made.

    Attributes:
        periods: the same.
    """

    def __init__(
        self,
        inventory: Inventory,
        parameters: Parameters | None = None,
        suite: CryptoSuite | None = None,
        periods: Periods = as_all_others,
    ) -> None:
        self.periods = periods
        self._inventory = inventory
        self._parameters = parameters or Parameters()
        self._suite = suite or P256Suite()
        self._held: dict[tuple[TrustAnchorCellId | CertificateKind, int, int], Holding] = {
            (each.cell or each.kind, each.generation, each.issuer_generation): each
            for each in inventory.holdings
            if each.kind is not CertificateKind.DEVICE
        }
        self._of_devices: dict[EntityId | None, list[Holding]] = {}
        for each in inventory.holdings:
            self._of_devices.setdefault(each.certificate.device_entity_id, []).append(each)
        self._devices = DeviceCertifier(
            inventory.holdings, self._parameters, self._suite, inventory.device_seed
        )

    @classmethod
    def generate(
        cls,
        seed: int | bytes,
        parameters: Parameters | None = None,
        suite: CryptoSuite | None = None,
        periods: Periods = as_all_others,
        roots: int = len(GENERATIONS),
    ) -> "DrillPki":
        """A whole PKI from a seed: the same seed gives the same octets, whatever is added to it."""
        octets = seed.to_bytes(_SEED_OCTETS, "big") if isinstance(seed, int) else seed
        chosen, signer = parameters or Parameters(), suite or P256Suite()
        inventory = hold_ceremony(octets, chosen, signer, periods, roots)
        return cls(inventory, chosen, signer, periods)

    @classmethod
    def load(cls, path: Path, suite: CryptoSuite | None = None) -> "DrillPki":
        """A PKI that `save` wrote.

        Raises:
            UsageError: the folder is not one, or a file in it is missing or damaged.
        """
        signer = suite or P256Suite()
        return cls(folder.read(path, signer), suite=signer)

    def save(self, path: Path) -> None:
        """Write everything, private keys too, into a new or empty folder (mode 0700).

        Raises:
            UsageError: there is something in the folder already.
        """
        folder.write(self._inventory, path)

    @property
    def custody(self) -> Custody:
        """Who signs with the Recovery and Contingency Private Keys."""
        return self._inventory.custody

    @property
    def contingency_entity_id(self) -> EntityId:
        """Business Originator of contingency commands."""
        return self._inventory.contingency_entity_id

    @property
    def holdings(self) -> tuple[Holding, ...]:
        """Every certificate there is."""
        return self._inventory.holdings

    @property
    def inventory(self) -> Inventory:
        """All that the PKI has."""
        return self._inventory

    def root(self, generation: int = 1) -> Certificate:
        """The Root OCA Certificate."""
        return self.authority(CertificateKind.ROOT_OCA, generation).certificate

    def root_link(self, generation: int = 2) -> Certificate:
        """NewWithOld: the key of a root, certified by the root before it."""
        return self.authority(CertificateKind.ROOT_OCA, generation, generation - 1).certificate

    def anchor(self, generation: int = 1) -> Anchor:
        """What a root cell holds; also for a root known by its public key only.

        Raises:
            PkiError: nothing is known of that root.
        """
        known = self._inventory.roots.get(generation)
        return known or Anchor.of_certificate(self.root(generation))

    def issuing(self, generation: int = 1, under: int | None = None) -> Certificate:
        """The Issuing OCA Certificate; `under` is the generation of the root, its own if None."""
        return self.authority(CertificateKind.ISSUING_OCA, generation, under).certificate

    def authority(
        self, kind: CertificateKind, generation: int = 1, under: int | None = None
    ) -> Holding:
        """An authority with its private key.

        Raises:
            PkiError: there is no such certificate.
        """
        return self._find(kind, generation, generation if under is None else under)

    def party(
        self, role: RemotePartyRole, generation: int = 1, under: int | None = None
    ) -> PartyCredentials:
        """A party's certificates and the keys that it holds itself.

        Raises:
            PkiError: there is no certificate for that role.
        """
        issuer = generation if under is None else under
        held = {
            each.cell: each
            for each in self._inventory.holdings
            if each.cell is not None
            and each.cell.role is role
            and (each.generation, each.issuer_generation) == (generation, issuer)
        }
        entities = {each.certificate.subject_unique_id for each in held.values()} - {None}
        if not entities:
            raise PkiError(f"generation {generation} has no certificate for {role.label}")
        return PartyCredentials(
            role=role,
            entity_id=min(filter(None, entities)),
            generation=generation,
            certificates={cell: each.certificate for cell, each in held.items()},
            private_keys={cell: key for cell, each in held.items() if (key := each.private_key)},
        )

    def cell_certificate(
        self, cell: TrustAnchorCellId, generation: int = 1, under: int | None = None
    ) -> Certificate:
        """The certificate that fills a cell; `under` is the issuer's generation.

        Raises:
            PkiError: there is none.
        """
        if cell == ROOT_CELL:
            return self.authority(CertificateKind.ROOT_OCA, generation, under).certificate
        return self._find(cell, generation, generation if under is None else under).certificate

    def issue_device(
        self,
        entity_id: EntityId,
        usage: KeyUsage,
        generation: int = 1,
        device_type: DeviceType | None = None,
    ) -> tuple[bytes, bytes]:
        """A device's private key (32 octets) and Device Certificate (DER).

        The same device and usage get the same octets, in any order. An imported PKI gives the
        certificate and key that it brought, if it brought both: those of the generation if it
        brought several.

        Args:
            device_type: what is asked for (SEC L3.16); None: a Production Proving Device.

        Raises:
            PkiError: the PKI cannot issue devices, and has none such.
        """
        held = [
            (each.generation != generation, each.private_key, each.certificate.octets)
            for each in self._of_devices.get(entity_id, ())
            if each.private_key is not None and each.certificate.key_usage is usage
        ]
        if not held:
            return self._devices.new_device(entity_id, usage, generation, device_type)
        _, key, octets = min(held)
        return key, octets

    def device_office(
        self, entity_id: EntityId, usage: KeyUsage, generation: int = 1
    ) -> DeviceOffice:
        """What a new Device Certificate is made with.

        Raises:
            PkiError: the PKI makes no devices.
        """
        return self._devices.office(entity_id, usage, generation)

    def device_certificate(
        self, entity_id: EntityId, usage: KeyUsage, generation: int = 1
    ) -> bytes:
        """A device's certificate (DER), also one that came without its private key.

        Of several, that of the generation if there is one; of none, one that the PKI issues.

        Raises:
            PkiError: the PKI has none, and cannot issue devices.
        """
        held = [
            (each.generation != generation, each.private_key is None, each.certificate.octets)
            for each in self._of_devices.get(entity_id, ())
            if each.certificate.key_usage is usage
        ]
        if held:
            return min(held)[2]
        return self._devices.new_device(entity_id, usage, generation, None)[1]

    def certify_device(
        self, request: DeviceSigningRequest, serial: int, generation: int = 1
    ) -> bytes:
        """The certificate (DER) for a key that a device made itself.

        Raises:
            NotEligibleError: the applicant is no Eligible Subscriber for it (SEC L3.16).
            PkiError: the PKI has no Issuing DCA with its private key.
        """
        return self._devices.certify(request, serial, generation)

    def _find(
        self, what: TrustAnchorCellId | CertificateKind, generation: int, under: int
    ) -> Holding:
        try:
            return self._held[what, generation, under]
        except KeyError:
            name = what.value if isinstance(what, CertificateKind) else str(what)
            found = sorted(key[1:] for key in self._held if key[0] == what)
            there = ", ".join(f"{made} (issued by generation {by})" for made, by in found)
            raise NoGenerationError(
                f"the PKI has no {name} Certificate of generation {generation} that generation "
                f"{under} of its authority issued; it has {there or 'none'}",
                "pki show lists what there is",
            ) from None

    def __repr__(self) -> str:
        return f"DrillPki({len(self._inventory.holdings)} certificates)"
