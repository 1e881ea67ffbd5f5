"""May this certificate ever go into this cell? Octets and constants decide, and no moment.

So the answer is the same for every device that is handed the same octets under the same root.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from firmware_sim.gbcs.certificate_profiles import (
    CONTINGENCY_KEY_RULE,
    CertificateKind,
    Rule,
    check_profile,
)
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.contingency import allowed_algorithms, check_unwrappable, is_without_key
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import (
    TEST_ENVIRONMENT_POLICY,
    Anchor,
    PathResult,
    SignatureCache,
    is_signed_by,
    validate_path,
)
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import ReplacementRule, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.layout import MAX_NAME_OCTETS
from firmware_sim.machine.image.records import Cell, Root

ROOT_UNIQUE_ID = EntityId(bytes(8))
"""What a root cell reports as subject unique id."""


class CellVerdict(NamedTuple):
    """A status, the record to store on success, and why not otherwise."""

    status: StatusCode
    record: Cell | Root | None = None
    why: str = ""


class Candidate(NamedTuple):
    """A verdict that holds at any moment at which every certificate of `path` is valid."""

    verdict: CellVerdict
    path: tuple[Certificate, ...]

    @property
    def record(self) -> Cell | Root | None:
        """What a good one puts into the cell."""
        return self.verdict.record


class _Rejected(Exception):
    def __init__(self, status: StatusCode, why: str) -> None:
        self.verdict = CellVerdict(status, None, why)


class Examination:
    """What is common to all certificates of one command.

    Args:
        known: remembers certificates and their signatures.
        issuers: certificates to choose issuers from.
    """

    def __init__(
        self,
        context: Context,
        rule: ReplacementRule,
        known: SignatureCache,
        issuers: Sequence[Certificate],
    ) -> None:
        self.context = context
        self.rule = rule
        self.known = known
        self.issuers = issuers

    def candidate(self, replacement: Replacement, anchor: Anchor) -> Candidate:
        """The verdict on one replacement under a root."""
        octets, cell = replacement
        try:
            if cell == ROOT_CELL:
                return self._root(octets, anchor)
            return self._cell(octets, cell, anchor)
        except _Rejected as rejected:
            return Candidate(rejected.verdict, ())

    def _cell(self, octets: bytes, cell: TrustAnchorCellId, anchor: Anchor) -> Candidate:
        certificate = self._parsed(octets)
        self._check_profile(certificate, CertificateKind.ORGANISATION)
        self._check_fits(certificate, cell)
        unique_id = certificate.subject_unique_id
        if unique_id is None:
            raise _Rejected(StatusCode.BAD_CERTIFICATE, "the subject has no unique identifier")
        result = self._path_of(certificate, self.issuers, anchor)
        if not result:
            raise _Rejected(StatusCode.NO_TRUST_ANCHOR, str(result))
        record = _record(certificate, cell, unique_id)
        return Candidate(CellVerdict(StatusCode.SUCCESS, record), result.path)

    def _root(self, octets: bytes, anchor: Anchor) -> Candidate:
        certificate = self._parsed(octets)
        # Whether it must bring a contingency key at all is a matter of policy.
        self._check_profile(certificate, CertificateKind.ROOT_OCA, CONTINGENCY_KEY_RULE)
        if not is_signed_by(certificate, certificate.public_key, self.context.suite, self.known):
            raise _Rejected(StatusCode.BAD_CERTIFICATE, "the root is not signed by itself")
        self._check_contingency_key(certificate.wrapped_contingency_key or b"")
        path: tuple[Certificate, ...] = (certificate,)
        if self.rule.root is RootReplacement.NORMAL:
            path += self._link_to(certificate, anchor)
        if len(certificate.subject.octets) > MAX_NAME_OCTETS:
            raise _Rejected(StatusCode.INSUFFICIENT_MEMORY, "the root's name exceeds its cell")
        record = Root(
            _record(certificate, ROOT_CELL, ROOT_UNIQUE_ID),
            certificate.subject.octets,
            certificate.wrapped_contingency_key or b"",
        )
        return Candidate(CellVerdict(StatusCode.SUCCESS, record), path)

    def _parsed(self, octets: bytes) -> Certificate:
        try:
            return self.known.parse(octets)
        except RemoteError as error:
            raise _Rejected(StatusCode.BAD_CERTIFICATE, str(error)) from error

    def _check_profile(
        self, certificate: Certificate, kind: CertificateKind, *waived: Rule
    ) -> None:
        broken = check_profile(certificate, kind, self.context.suite, waived)
        if broken:
            raise _Rejected(StatusCode.BAD_CERTIFICATE, f"not so: {broken[0]}")

    def _check_fits(self, certificate: Certificate, cell: TrustAnchorCellId) -> None:
        policy = self.context.policy
        must_match = policy.certificate_key_usage == "must-match-cell"
        if must_match and not certificate.serves(cell.key_usage):
            raise _Rejected(
                StatusCode.BAD_CERTIFICATE, f"its key usage is not {cell.key_usage.label}"
            )
        if policy.certificate_role == "must-match-cell" and certificate.subject_role != cell.role:
            raise _Rejected(StatusCode.BAD_CERTIFICATE, f"its role is not {cell.role.label}")

    def _path_of(
        self, certificate: Certificate, issuers: Sequence[Certificate], anchor: Anchor
    ) -> PathResult:
        is_strict = self.context.policy.path_policy == "issuing-environment"
        return validate_path(
            certificate,
            issuers,
            anchor,
            suite=self.context.suite,
            verified=self.known,
            policy=TEST_ENVIRONMENT_POLICY if is_strict else None,
        )

    def _link_to(self, root: Certificate, anchor: Anchor) -> tuple[Certificate, ...]:
        """Normal replacement: the command holds a certificate for the new key by the old root."""
        if self.context.policy.normal_root == "link-certificate":
            for link in self.issuers:
                is_for_root = link.public_key == root.public_key and link.subject.matches(
                    root.subject
                )
                if link.is_ca and is_for_root and self._path_of(link, (), anchor):
                    return (link,)
        raise _Rejected(
            StatusCode.NO_TRUST_ANCHOR, "the present root does not vouch for the new one"
        )

    def _check_contingency_key(self, apex: bytes) -> None:
        """Refuse a root that would end contingency recovery, however it is installed."""
        policy = self.context.policy
        is_required = policy.contingency_renewal == "required"
        present = self.context.state.root.wrapped_contingency_key
        if is_required and (is_without_key(apex) or apex == present):
            raise _Rejected(StatusCode.BAD_CERTIFICATE, "the root brings no new contingency key")
        if is_without_key(apex):
            return
        try:
            check_unwrappable(apex, allowed=allowed_algorithms(policy))
        except RemoteError as error:
            raise _Rejected(StatusCode.BAD_CERTIFICATE, str(error)) from error


def _record(certificate: Certificate, cell: TrustAnchorCellId, unique_id: EntityId) -> Cell:
    digest = sha256(certificate.octets).digest()
    return Cell(cell, unique_id, certificate.key_identifier, certificate.public_key, digest)
