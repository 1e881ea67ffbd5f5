"""One verdict a replacement, independent of the others.

All certificates are judged against the root that the device will hold after the command: the
incoming one, if its own verdict is good, else the present one. By anyByContingency the present
root is not trusted any more: without the incoming one every cell fails.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.distinguished_name import parse_name
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.path import Anchor, SignatureCache
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import Replacement, UpdateCommand
from firmware_sim.gbcs.replacement import ReplacementRule, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials.candidates import Candidate, CellVerdict, Examination
from firmware_sim.machine.image.records import Root
from firmware_sim.machine.ports import ClockReliability

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)

_WITHOUT_ROOT = CellVerdict(StatusCode.NO_TRUST_ANCHOR, None, "the new root is not accepted")


class Judgement(NamedTuple):
    """A verdict for each replacement of a command, in its order.

    Attributes:
        since, until: between these, the verdicts are the same as without time checks: every
            certificate that they rest on is valid.
    """

    verdicts: tuple[CellVerdict, ...]
    since: datetime
    until: datetime


def judge(
    context: Context, command: UpdateCommand, rule: ReplacementRule, at: datetime | None
) -> Judgement:
    """Judge every replacement of a command.

    Args:
        at: the moment at which certificates must be valid; None for no time checks.
    """
    judging = _Judging(context, command, rule, at)
    anchor = present_anchor(context)
    verdicts: list[CellVerdict | None] = [None] * len(command.replacements)
    for index, replacement in enumerate(command.replacements):
        if replacement.cell == ROOT_CELL:
            verdict = verdicts[index] = judging.verdict(replacement, anchor)
            if isinstance(verdict.record, Root):
                anchor = _anchor_of(verdict.record)
    if judging.fails_with_root(verdicts):
        judged = tuple(verdict or _WITHOUT_ROOT for verdict in verdicts)
    else:
        judged = tuple(
            verdict or judging.verdict(replacement, anchor)
            for verdict, replacement in zip(verdicts, command.replacements, strict=True)
        )
    return judging.judgement(judged)


def validity_moment(context: Context, command: UpdateCommand) -> datetime | None:
    """When the certificates of a command must be valid; None for no time checks."""
    choice = context.policy.time_checks
    if choice == "never" or not command.control.time_checks:
        return None
    reading = context.clock.now()
    if choice == "reliable-clock" and reading.reliability is not ClockReliability.RELIABLE:
        return None
    return reading.time


def present_anchor(context: Context) -> Anchor:
    """The root that the device holds now."""
    return _anchor_of(context.state.root)


def _anchor_of(root: Root) -> Anchor:
    return Anchor(parse_name(root.subject_name), root.cell.public_key, root.cell.key_identifier)


class _Judging:
    """What is common to all replacements of one command."""

    def __init__(
        self,
        context: Context,
        command: UpdateCommand,
        rule: ReplacementRule,
        at: datetime | None,
    ) -> None:
        self.context = context
        self.rule = rule
        # Without a shared memory each command has its own: one issuer serves all its cells.
        self.known = context.verified or SignatureCache()
        self.at = at
        # An expired certificate must not stand in the way of its renewed twin.
        self.issuers = [
            each for each in _parse_all(self.known, command.path) if self._is_timely((each,))
        ]
        self.path = tuple(each.octets for each in self.issuers)
        self.relied_on = set(self.issuers)
        self.examination = Examination(context, rule, self.known, self.issuers)
        self.candidates: tuple[Anchor, dict[Replacement, Candidate]] | None = None

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
        self.relied_on.update(candidate.path)
        return candidate.verdict

    def judgement(self, verdicts: tuple[CellVerdict, ...]) -> Judgement:
        """The verdicts, with the time for which they hold."""
        since = max((each.not_before for each in self.relied_on), default=_EARLIEST)
        until = min((each.not_after for each in self.relied_on), default=_LATEST)
        return Judgement(verdicts, since, until)

    def _candidate_for(self, replacement: Replacement, anchor: Anchor) -> Candidate:
        """Nothing but octets and constants decides here, so a fleet is judged once."""
        candidates = self._candidates_under(anchor)
        candidate = candidates.get(replacement)
        if candidate is None:
            candidate = candidates[replacement] = self.examination.candidate(replacement, anchor)
        return candidate

    def _candidates_under(self, anchor: Anchor) -> dict[Replacement, Candidate]:
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
            self.candidates = (anchor, self.known.derive(inputs, dict[Replacement, Candidate]))
        return self.candidates[1]

    def _is_timely(self, path: Sequence[Certificate]) -> bool:
        at = self.at
        return at is None or all(each.not_before <= at <= each.not_after for each in path)


def _parse_all(known: SignatureCache, path: Sequence[bytes]) -> list[Certificate]:
    """The path certificates that parse; one that does not can only be missing from a path."""
    parsed = []
    for octets in path:
        try:
            parsed.append(known.parse(octets))
        except RemoteError:
            continue
    return parsed
