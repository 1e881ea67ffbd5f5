"""What the PKI of a drill does for a request, and whose certificates stand beneath an authority."""

from collections.abc import Collection
from typing import Final

from firmware_sim.bench.drills.drill_estate import data_of
from firmware_sim.bench.drills.issued import certificates_of
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.states import CaseState
from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.smki.applying import Application
from firmware_sim.bench.smki.ceremony import party_request, serial_number
from firmware_sim.bench.smki.checklist import REQUIRED, Required
from firmware_sim.bench.smki.organisations import certify_organisation
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.register import CertificateRegister, IssuedFor
from firmware_sim.bench.smki.signing_request import (
    DeviceSigningRequest,
    OrganisationSigningRequest,
    SigningRequest,
)
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

OPEN_CASES: Final = (
    CaseState.EVENT_A,
    CaseState.EVENT_B,
    CaseState.NO_EVENT,
    CaseState.CEREMONY,
    CaseState.CSR_COORDINATION,
    CaseState.EXECUTING,
    CaseState.READBACK,
)
"""Cases with something that a report could tell."""

_ROOT, _ISSUER = CertificateKind.ROOT_OCA, CertificateKind.ISSUING_OCA
_DCA: Final = (CertificateKind.ROOT_DCA, CertificateKind.ISSUING_DCA)
_SEED: Final = b"certificate signing request"


def register_of(state: DrillState) -> CertificateRegister:
    """The register; a root is being replaced while a case is open that decided so."""
    at = state.clock.time
    register = state.issued.register
    replaced = any(case.facts.replaces_oca for case in state.procedure.open_cases(*OPEN_CASES))
    if replaced and not register.is_replacing(_ROOT):
        register.begin_root_replacement(_ROOT, at)
    elif not replaced and register.is_replacing(_ROOT):
        register.end_root_replacement(_ROOT)
    return register


def key_for(state: DrillState, application: Application, generation: int) -> bytes:
    """The 65-octet point that a request is for: that of the PKI's own key, or a new one."""
    wanted = application.wanted
    if isinstance(wanted, TrustAnchorCellId) and wanted.role is not RemotePartyRole.OTHER:
        return state.participants.public_key(Credential(wanted, generation))
    seed = (state.participants.pki.inventory.device_seed or b"") + _SEED
    label = f"{application.name} {generation}"
    return P256Suite().public_key(generate_private_key(HmacDrbg(seed, label.encode())))


def certify(
    state: DrillState, application: Application, request: SigningRequest, generation: int
) -> bytes | None:
    """The key identifier of the certificate that the PKI gives out; None for people's.

    An authority's, and one for a cell, was computed beforehand; any other is made now.
    """
    pki, wanted = state.participants.pki, application.wanted
    serial = serial_number(pki.inventory.device_seed or b"", f"{application.name} {generation}")
    if isinstance(request, DeviceSigningRequest):
        return parse_certificate(pki.certify_device(request, serial)).key_identifier
    if isinstance(wanted, CertificateKind):
        return pki.authority(wanted, generation).certificate.key_identifier
    if isinstance(wanted, TrustAnchorCellId) and wanted.role is not RemotePartyRole.OTHER:
        return pki.cell_certificate(wanted, generation).key_identifier
    if isinstance(request, OrganisationSigningRequest):
        return certify_organisation(pki, P256Suite(), request, serial).key_identifier
    return None


def subscribers_beneath(state: DrillState, case: Case) -> list[tuple[RemotePartyRole, IssuedFor]]:
    """The certificates beneath the authority of a case, with their roles.

    Those that stand in cells, and those that the DCC keeps for the commissioning of devices
    (SEC L3.23), which exist whether or not a device of the story holds them.
    """
    key = case.key
    if key is None:
        return []
    found = {}
    for filled in state.believed.values():
        held = data_of(filled)
        for data, each in zip(held.values(), certificates_of(held), strict=True):
            if data.issuer == key.generation and each.what is not _ROOT:
                found[each] = data.issued_for.role
    found |= _kept_by_dcc(state, key.generation, {each.what for each in found})
    return [(role, each) for each, role in found.items()]


def _kept_by_dcc(
    state: DrillState, generation: int, in_cells: Collection[object]
) -> dict[IssuedFor, RemotePartyRole]:
    """Those of the nine that parties hold, and no cell of a device."""
    return {
        issued: what.role
        for _, what in REQUIRED
        if isinstance(what, TrustAnchorCellId) and what not in in_cells
        if register_of(state).exists(issued := IssuedFor(DCC, what, generation), state.clock.time)
    }


def issue_beneath(state: DrillState, case: Case, applied: Collection[RemotePartyRole]) -> int:
    """Issue what those who applied need beneath the new authority; returns how many."""
    register, at, issued = register_of(state), state.clock.time, 0
    new = GENERATIONS[-1]
    authority = Application(wanted=_ISSUER)
    of_issuer = IssuedFor(DCC, _ISSUER, new)
    if not register.exists(of_issuer, at):
        register.issue(authority.request(key_for(state, authority, new)), of_issuer, at)
    for role, old in subscribers_beneath(state, case):
        cell, wanted = old.what, old._replace(generation=new)
        if role not in applied or register.exists(wanted, at):
            continue
        assert isinstance(cell, TrustAnchorCellId)  # noqa: S101 - only those fill cells
        point = state.participants.public_key(Credential(cell, new))
        name = "" if old.organisation == DCC else old.organisation
        entity = state.participants.entity_id(role)
        register.issue(party_request(cell, entity, point, name), wanted, at)
        issued += 1
    return issued


def not_lodged(state: DrillState, case: Case) -> list[Required]:
    """The Certificates of SEC L3.23 that do not exist: beneath the new authority, or of the DCA.

    Where only the Issuing OCA is replaced the root stays.
    """
    register, at = register_of(state), state.clock.time
    new = GENERATIONS[-1] if register.is_replacing(_ROOT) else GENERATIONS[0]
    stays = _DCA if ROOT_CELL in case.cells else (*_DCA, _ROOT)
    return [
        each
        for each in REQUIRED
        if not register.exists(
            IssuedFor(DCC, each.what, GENERATIONS[0] if each.what in stays else new), at
        )
    ]
