"""May this certificate go into this cell? One verdict a replacement, independent of the others.

All certificates are judged against the root that the device will hold after the command: the
incoming one, if its own verdict is good, else the present one.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from firmware_sim.context import Context
from firmware_sim.image.records import Cell, Root
from firmware_sim.ports import ClockReliability
from gbcs.certificate_profiles import CertificateKind, check_profile
from gbcs.certificates import Certificate
from gbcs.distinguished_name import parse_name
from gbcs.errors import RemoteError
from gbcs.identifiers import EntityId
from gbcs.path import Anchor, is_signed_by, validate_path
from gbcs.payloads.cells import StatusCode
from gbcs.payloads.update_credentials import Replacement, UpdateCommand
from gbcs.replacement import ReplacementRule, RootReplacement
from gbcs.roles import ROOT_CELL, TrustAnchorCellId

ROOT_UNIQUE_ID = EntityId(bytes(8))
"""What a root cell reports as subject unique id."""


class Verdict(NamedTuple):
    """A status, the record to store on success, and why not otherwise."""

    status: StatusCode
    record: Cell | Root | None = None
    why: str = ""


class _Rejected(Exception):
    def __init__(self, status: StatusCode, why: str) -> None:
        self.verdict = Verdict(status, None, why)


def judge(context: Context, command: UpdateCommand, rule: ReplacementRule) -> tuple[Verdict, ...]:
    """A verdict for each replacement of a command, in the command's order."""
    judging = _Judging(context, command, rule)
    anchor = present_anchor(context)
    verdicts: list[Verdict | None] = [None] * len(command.replacements)
    for index, replacement in enumerate(command.replacements):
        if replacement.cell == ROOT_CELL:
            verdict = verdicts[index] = judging.verdict(replacement, anchor)
            if isinstance(verdict.record, Root):
                anchor = _anchor_of(verdict.record)
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
        self.path = _parse_all(context, command.path)
        self.at = _validity_moment(context, command)

    def verdict(self, replacement: Replacement, anchor: Anchor) -> Verdict:
        cell = replacement.cell
        try:
            if not self.rule.may_replace(cell):
                raise _Rejected(StatusCode.OTHER, f"{self.rule.mode.label} does not cover {cell}")
            if cell not in self.context.state.cells:
                raise _Rejected(StatusCode.TRUST_ANCHOR_NOT_FOUND, f"this device has no {cell}")
            certificate = self._parsed(replacement)
            if cell == ROOT_CELL:
                return Verdict(StatusCode.SUCCESS, self._root(certificate, anchor))
            return Verdict(StatusCode.SUCCESS, self._cell(certificate, cell, anchor))
        except _Rejected as rejected:
            return rejected.verdict

    def _parsed(self, replacement: Replacement) -> Certificate:
        try:
            return self.context.parse_certificate(replacement.certificate)
        except RemoteError as error:
            raise _Rejected(StatusCode.BAD_CERTIFICATE, str(error)) from error

    def _cell(self, certificate: Certificate, cell: TrustAnchorCellId, anchor: Anchor) -> Cell:
        self._check_profile(certificate, CertificateKind.ORGANISATION)
        self._check_fits(certificate, cell)
        unique_id = certificate.subject_unique_id
        if unique_id is None:
            raise _Rejected(StatusCode.BAD_CERTIFICATE, "the subject has no unique identifier")
        self._check_path(certificate, anchor)
        return _record(certificate, cell, unique_id)

    def _root(self, certificate: Certificate, anchor: Anchor) -> Root:
        self._check_profile(certificate, CertificateKind.ROOT_OCA)
        if not is_signed_by(
            certificate, certificate.public_key, self.context.suite, self.context.verified
        ):
            raise _Rejected(StatusCode.BAD_CERTIFICATE, "the root is not signed by itself")
        self._check_moment(certificate)
        if self.rule.root is RootReplacement.NORMAL:
            self._check_vouched_for(certificate, anchor)
        else:
            self._check_new_contingency_key(certificate)
        return Root(
            _record(certificate, ROOT_CELL, ROOT_UNIQUE_ID),
            certificate.subject.octets,
            certificate.wrapped_contingency_key or b"",
        )

    def _check_profile(self, certificate: Certificate, kind: CertificateKind) -> None:
        broken = check_profile(certificate, kind, self.context.suite)
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

    def _check_path(self, certificate: Certificate, anchor: Anchor) -> None:
        result = validate_path(
            certificate,
            self.path,
            anchor,
            suite=self.context.suite,
            at=self.at,
            verified=self.context.verified,
        )
        if not result:
            raise _Rejected(StatusCode.NO_TRUST_ANCHOR, str(result))

    def _check_moment(self, certificate: Certificate) -> None:
        if self.at is not None and not certificate.not_before <= self.at <= certificate.not_after:
            raise _Rejected(StatusCode.NO_TRUST_ANCHOR, "the root is outside its validity period")

    def _check_vouched_for(self, certificate: Certificate, anchor: Anchor) -> None:
        """Normal replacement: the path holds a certificate for the new key by the present root."""
        links = (
            link
            for link in self.path
            if link.public_key == certificate.public_key
            and link.subject.matches(certificate.subject)
        )
        if self.context.policy.normal_root == "never" or not any(
            self._is_link(link, anchor) for link in links
        ):
            raise _Rejected(
                StatusCode.NO_TRUST_ANCHOR, "the present root does not vouch for the new one"
            )

    def _is_link(self, link: Certificate, anchor: Anchor) -> bool:
        context = self.context
        return link.is_ca and bool(
            validate_path(
                link, (), anchor, suite=context.suite, at=self.at, verified=context.verified
            )
        )

    def _check_new_contingency_key(self, certificate: Certificate) -> None:
        present = self.context.state.root.wrapped_contingency_key
        renewed = certificate.wrapped_contingency_key
        if self.context.policy.contingency_renewal == "required" and (
            not renewed or renewed == present
        ):
            raise _Rejected(StatusCode.BAD_CERTIFICATE, "the root brings no new contingency key")


def _record(certificate: Certificate, cell: TrustAnchorCellId, unique_id: EntityId) -> Cell:
    digest = sha256(certificate.octets).digest()
    return Cell(cell, unique_id, certificate.key_identifier, certificate.public_key, digest)


def _parse_all(context: Context, path: Sequence[bytes]) -> list[Certificate]:
    """The path certificates that parse; one that does not can only be missing from a path."""
    parsed = []
    for octets in path:
        try:
            parsed.append(context.parse_certificate(octets))
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
