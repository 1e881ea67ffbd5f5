"""May this certificate go into this cell? One verdict a replacement, independent of the others.

All certificates are judged against the root that the device will hold after the command: the
incoming one, if its own verdict is good, else the present one. By anyByContingency the present
root is not trusted any more: without the incoming one every cell fails.
"""

from collections.abc import Sequence
from datetime import datetime
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
from firmware_sim.gbcs.distinguished_name import parse_name
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
from firmware_sim.gbcs.payloads.update_credentials import Replacement, UpdateCommand
from firmware_sim.gbcs.replacement import ReplacementRule, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.layout import MAX_NAME_OCTETS
from firmware_sim.machine.image.records import Cell, Root
from firmware_sim.machine.ports import ClockReliability

ROOT_UNIQUE_ID = EntityId(bytes(8))
"""What a root cell reports as subject unique id."""


class CellVerdict(NamedTuple):
    """A status, the record to store on success, and why not otherwise."""

    status: StatusCode
    record: Cell | Root | None = None
    why: str = ""


_WITHOUT_ROOT = CellVerdict(StatusCode.NO_TRUST_ANCHOR, None, "the new root is not accepted")


class _Candidate(NamedTuple):
    """A verdict that holds at any moment at which every certificate of `path` is valid."""

    verdict: CellVerdict
    path: tuple[Certificate, ...]

    @property
    def record(self) -> Cell | Root | None:
        return self.verdict.record


class _Rejected(Exception):
    def __init__(self, status: StatusCode, why: str) -> None:
        self.verdict = CellVerdict(status, None, why)


def judge(
    context: Context, command: UpdateCommand, rule: ReplacementRule
) -> tuple[CellVerdict, ...]:
    """A verdict for each replacement of a command, in the command's order."""
    judging = _Judging(context, command, rule)
    anchor = present_anchor(context)
    verdicts: list[CellVerdict | None] = [None] * len(command.replacements)
    for index, replacement in enumerate(command.replacements):
        if replacement.cell == ROOT_CELL:
            verdict = verdicts[index] = judging.verdict(replacement, anchor)
            if isinstance(verdict.record, Root):
                anchor = _anchor_of(verdict.record)
    if judging.fails_with_root(verdicts):
        return tuple(verdict or _WITHOUT_ROOT for verdict in verdicts)
    return tuple(
        verdict or judging.verdict(replacement, anchor)
        for verdict, replacement in zip(verdicts, command.replacements, strict=True)
    )


def present_anchor(context: Context) -> Anchor:
    """The root that the device holds now."""
    return _anchor_of(context.state.root)


def _anchor_of(root: Root) -> Anchor:
    return Anchor(parse_name(root.subject_name), root.cell.public_key, root.cell.key_identifier)


class _Judging:
    """What is common to all replacements of one command."""

    def __init__(self, context: Context, command: UpdateCommand, rule: ReplacementRule) -> None:
        self.context = context
        self.rule = rule
        # Without a shared memory each command has its own: one issuer serves all its cells.
        self.known = context.verified or SignatureCache()
        self.at = _validity_moment(context, command)
        # An expired certificate must not stand in the way of its renewed twin.
        self.issuers = [
            each for each in _parse_all(self.known, command.path) if self._is_timely((each,))
        ]
        self.path = tuple(each.octets for each in self.issuers)
        self.candidates: tuple[Anchor, dict[Replacement, _Candidate]] | None = None

    def fails_with_root(self, verdicts: Sequence[CellVerdict | None]) -> bool:
        """Whether every cell fails because no new root is accepted; `verdicts` are of roots."""
        roots = [verdict for verdict in verdicts if verdict is not None]
        return (
            self.rule.root is RootReplacement.ABNORMAL
            and self.context.policy.contingency_failed_root == "fails-every-cell"
            and bool(roots)
            and all(verdict.record is None for verdict in roots)
        )

    def verdict(self, replacement: Replacement, anchor: Anchor) -> CellVerdict:
        cell = replacement.cell
        if not self.rule.may_replace(cell):
            return CellVerdict(
                StatusCode.OTHER, None, f"{self.rule.mode.label} does not cover {cell}"
            )
        if cell not in self.context.state.cells:
            return CellVerdict(
                StatusCode.TRUST_ANCHOR_NOT_FOUND, None, f"this device has no cell {cell}"
            )
        candidate = self._candidate_for(replacement, anchor)
        if candidate.record is not None and not self._is_timely(candidate.path):
            return CellVerdict(
                StatusCode.NO_TRUST_ANCHOR, None, "a certificate is out of its period"
            )
        return candidate.verdict

    def _candidate_for(self, replacement: Replacement, anchor: Anchor) -> "_Candidate":
        """Nothing but octets and constants decides here, so a fleet is judged once."""
        candidates = self._candidates_under(anchor)
        candidate = candidates.get(replacement)
        if candidate is None:
            candidate = candidates[replacement] = self._examined(replacement, anchor)
        return candidate

    def _candidates_under(self, anchor: Anchor) -> dict[Replacement, "_Candidate"]:
        """What is known of replacements under everything else that decides about them."""
        if self.candidates is None or self.candidates[0] is not anchor:
            inputs = (
                self.path,
                anchor.subject.octets,
                anchor.public_key,
                anchor.key_identifier,
                self.context.state.root.wrapped_contingency_key,
                self.rule.root,
                self.context.policy,
            )
            self.candidates = (anchor, self.known.derive(inputs, dict[Replacement, _Candidate]))
        return self.candidates[1]

    def _examined(self, replacement: Replacement, anchor: Anchor) -> "_Candidate":
        octets, cell = replacement
        try:
            if cell == ROOT_CELL:
                return self._root(octets, anchor)
            return self._cell(octets, cell, anchor)
        except _Rejected as rejected:
            return _Candidate(rejected.verdict, ())

    def _cell(self, octets: bytes, cell: TrustAnchorCellId, anchor: Anchor) -> "_Candidate":
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
        return _Candidate(CellVerdict(StatusCode.SUCCESS, record), result.path)

    def _root(self, octets: bytes, anchor: Anchor) -> "_Candidate":
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
        return _Candidate(CellVerdict(StatusCode.SUCCESS, record), path)

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

    def _is_timely(self, path: Sequence[Certificate]) -> bool:
        at = self.at
        return at is None or all(each.not_before <= at <= each.not_after for each in path)

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


def _parse_all(known: SignatureCache, path: Sequence[bytes]) -> list[Certificate]:
    """The path certificates that parse; one that does not can only be missing from a path."""
    parsed = []
    for octets in path:
        try:
            parsed.append(known.parse(octets))
        except RemoteError:
            continue
    return parsed


def _validity_moment(context: Context, command: UpdateCommand) -> datetime | None:
    choice = context.policy.time_checks
    if choice == "never" or not command.control.time_checks:
        return None
    reading = context.clock.now()
    if choice == "reliable-clock" and reading.reliability is not ClockReliability.RELIABLE:
        return None
    return reading.time
