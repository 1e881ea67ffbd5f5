"""Every point that public sources leave open: alternatives, default, and where each comes from.

One object, printed by every record; the points about uses of keys are in `gbcs.use_policy`. A
default is the alternative that trusts least among those that agree with the reference messages; an
alternative that weakens a Device says so.
"""

from dataclasses import dataclass
from typing import Any, Literal, Self

from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.open_points import OpenPoint as OpenPoint
from firmware_sim.gbcs.open_points import PolicyChoice, open_point, points_of
from firmware_sim.gbcs.use_policy import UsePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(UsePolicy):
    """What a Device does where the sources are silent or contradict each other."""

    def __hash__(self) -> int:
        # A run has one policy, or a few. To count in every point takes longer than a device takes
        # over what it looks up by its policy.
        return hash(self.wrap_algorithm)

    wrap_algorithm: Literal[
        "id-aes128-wrap-pad", "id-aes256-wrap-pad", "id-aes128-GCM", "id-aes256-GCM", "any"
    ] = open_point(
        "id-aes128-wrap-pad",
        "Which algorithm may wrap the contingency public key in a root certificate?",
        "assumption; RFC 5934 section 9 names none, RFC 5649 is the smallest that fits 91 octets",
    )
    contingency_unwrap_failure: Literal["silence", "status-22"] = open_point(
        "silence",
        "What answers a command whose symmetric key does not unwrap the contingency key?",
        "inferred: its sender is not authenticated; RFC 5934 section 5 has status 22",
        "status-22",
    )
    contingency_without_root: Literal["status-127", "refuse", "accept"] = open_point(
        "status-127",
        "What if anyByContingency leaves the root cell as it is?",
        "inferred from RFC 5934 section 4.5: the contingency key replaces the apex",
        "accept",
    )
    contingency_cell: Literal["named", "may-be-absent"] = open_point(
        "named",
        "Must anyByContingency name the root cell as the one that authorises it?",
        "draft GBCS 0.8.1, 13.3: only the Broker leaves it out, for its own cells, and on no hub",
    )
    contingency_renewal: Literal["required", "optional"] = open_point(
        "required",
        "Must a new root bring a wrapped contingency key that differs from the present one?",
        "inferred from RFC 5934 section 1.2.1: both keys of the apex change together",
        "optional",
    )
    contingency_failed_root: Literal["fails-every-cell", "judges-the-rest"] = open_point(
        "fails-every-cell",
        "What becomes of the other cells of anyByContingency if its new root is not accepted?",
        "assumption: the mode is for a root that is not trusted, and no cell should rest on it",
        "judges-the-rest",
    )
    normal_root: Literal["link-certificate", "never"] = open_point(
        "link-certificate",
        "When does the present root vouch for a new one?",
        "assumption: a certificate for the new key, issued by the present root, is in the path",
    )
    floor_scope: Literal["changed-keys", "always"] = open_point(
        "changed-keys",
        "When may a floor lower a role's counter?",
        "assumption: only if every key that authenticates the role changed in the same command",
        "always",
    )
    own_floor: Literal["floor", "not-below-command"] = open_point(
        "floor",
        "May the floor of the authorising role lower its counter below the command's own?",
        "assumption: the floor is the last word; the order of both changes is not public",
    )
    returning_key: Literal["remembered", "forgotten"] = open_point(
        "remembered",
        "What if a key comes back to a cell that held it before?",
        "assumption; GBCS lets a floor lower a counter, and does not say what a returning key may",
        "forgotten",
    )
    foreign_floors: Literal["status-127", "refuse", "ignore"] = open_point(
        "status-127",
        "What becomes of a command with a floor for a role that its mode does not cover?",
        "assumption; no reference message has one; see unfit_command for the answer",
    )
    duplicate_floors: Literal["status-127", "refuse", "last-wins"] = open_point(
        "status-127",
        "What if a command brings two floors for one counter?",
        "assumption; no reference message does; see unfit_command for the answer",
    )
    lone_specialist_floor: Literal["status-127", "refuse", "ignore"] = open_point(
        "status-127",
        "What if the authorising role's specialist floor comes without its floor?",
        "inferred: reference messages bring both or neither, and an outcome can list no other",
    )
    absent_specialist_floor: Literal["stays", "dropped"] = open_point(
        "stays",
        "What becomes of a role's specialist counter when its key changes and no floor is given?",
        "draft GBCS 0.8.1, 13.3: a floor is for a sequence of one's own; of its absence, nothing",
    )
    read_counter: Literal["advance", "ignore"] = open_point(
        "advance",
        "Does CS02a check and advance the asking role's counter?",
        "assumption; reference messages show the counter as it was before the asking command",
        "ignore",
        "ignore",
    )
    waiting_commands: Literal["void", "keep"] = open_point(
        "void",
        "What becomes of a future-dated command when the key that authorised it is replaced?",
        "assumption; kept, a compromised key could undo its own replacement later",
        "keep",
    )
    future_certificates: Literal["at-execution", "at-receipt-too"] = open_point(
        "at-execution",
        "When are the certificates of a future-dated command judged?",
        "reference messages: one with a bad certificate is accepted and fails when it is due",
    )
    invalid_clock: Literal["wait", "run"] = open_point(
        "wait",
        "Does a future-dated command fall due while the clock is invalid?",
        "assumption; no reference message shows the clock at the time of execution",
        "run",
    )
    overdue_command: Literal["runs", "can-be-cancelled"] = open_point(
        "runs",
        "What if a cancellation or a later command finds a command due that has not run yet?",
        "assumption: what happens must not depend on when a Device looks at what is due",
    )
    cannot_store: Literal["status", "silence"] = open_point(
        "status",
        "What answers a future-dated command that cannot be stored?",
        "inferred: RFC 5934 section 5 has resourcesBusy and insufficientMemory for it",
    )
    cancellation_scope: Literal["same-mode", "any-of-originator"] = open_point(
        "same-mode",
        "Which waiting commands of its originator does a cancellation cancel?",
        "inferred: a cancellation is a complete command of one mode and names no counter",
    )
    cancellation_of_nothing: Literal["accept", "status-127", "silence"] = open_point(
        "accept",
        "What answers a cancellation when nothing waits?",
        "assumption; reference messages do not show whether a command waited",
    )
    unfit_command: Literal["status-127", "silence"] = open_point(
        "status-127",
        "What answers an authentic update that contradicts its header, its mode or itself?",
        "inferred: in the draft GBCS 0.8.1, 11.5, every authentic CS06 command is answered",
    )
    header_extras: Literal["refuse", "ignore"] = open_point(
        "refuse",
        "What becomes of a command with supplementary fields or a date-time in its header?",
        "assumption; no reference command of these use cases has either",
    )
    mode_and_code: Literal["must-agree", "mode-decides"] = open_point(
        "must-agree",
        "What if the replacement mode is not the one of the message code?",
        "assumption; every reference message agrees",
        "mode-decides",
    )
    duplicate_cells: Literal["status-127", "refuse", "last-wins"] = open_point(
        "status-127",
        "What if a command replaces one cell twice?",
        "assumption; no reference message does; see unfit_command for the answer",
    )
    cell_outside_mode: Literal["status-127", "refuse"] = open_point(
        "status-127",
        "What if one replacement targets a cell that the mode does not cover?",
        "inferred: reference messages judge each cell on its own",
    )
    time_checks: Literal["reliable-clock", "always", "never"] = open_point(
        "reliable-clock",
        "When is a certificate's validity period checked, unless the command disapplies it?",
        "inferred: reference messages succeed outside the period at a clock that says unreliable",
        "never",
    )
    certificate_key_usage: Literal["must-match-cell", "ignored"] = open_point(
        "must-match-cell",
        "Must a certificate's key usage be the cell's?",
        "assumption; every reference message that succeeds agrees",
        "ignored",
    )
    certificate_role: Literal["any", "must-match-cell"] = open_point(
        "any",
        "Must a certificate's organisational unit be the cell's role?",
        "reference messages: supplier certificates succeed in load controller cells",
    )
    path_policy: Literal["any-shared", "issuing-environment"] = open_point(
        "any-shared",
        "Which certificate policy must the certificates of a path share?",
        "assumption; reference messages show the test environment's alone",
    )
    cs02f_refused_roles: Literal["transitional-cos", "none"] = open_point(
        "transitional-cos",
        "For which role does CS02f answer other, whether or not its cell is held?",
        "reference messages: transitionalCoS on two Devices; why is not public",
    )
    pending_key: Literal["replace", "keep"] = open_point(
        "replace",
        "What does CS02c do if a key pair of that usage waits for its certificate already?",
        "assumption: it generates another; kept, a request could be asked for again",
    )
    device_certificate_issuer: Literal["unchecked", "as-held"] = open_point(
        "unchecked",
        "Must the certificate that CS02d brings come from the issuer of the present one?",
        "assumption: no cell holds a Device authority's key, and names alone prove nothing",
    )
    install_response_key: Literal["new-key", "old-key"] = open_point(
        "new-key",
        "Which key signs the response to CS02d when it installs the signing certificate?",
        "assumption; the published key, which verifies the response, is the installed one",
    )
    own_certificate_alerts: Literal["silence", "alert"] = open_point(
        "silence",
        "Is there an alert besides the response when a Device's own certificate is replaced?",
        "reference messages: none follows CS02d, though alert codes 8F4C to 8F4F exist",
    )
    hub_certificate_authority: Literal["wan-provider", "access-control-broker"] = open_point(
        "wan-provider",
        "Who may replace the own certificates of a Communications Hub Function?",
        "assumption by analogy with rootByWanProvider; elsewhere it is the supplier",
    )
    refusal_alerts: Literal["alert", "silence"] = open_point(
        "alert",
        "Does a Device send a generic critical alert when it refuses a command?",
        "inferred: the alert exists (8F30 in the reference messages), its trigger is not public",
    )
    chf_transitional_cos: Literal["held", "absent"] = open_point(
        "held",
        "Does a Communications Hub Function hold a Transitional Change of Supplier cell?",
        "assumption; no reference message shows it",
    )
    gpf_wan_provider: Literal["absent", "held"] = open_point(
        "absent",
        "Does a Gas Proxy Function hold a WAN Provider cell?",
        "assumption; no reference message shows it",
    )

    esme_load_controller: Literal["absent", "held"] = open_point(
        "absent",
        "Does an Electricity Meter hold Load Controller cells?",
        "reference messages: some show them, a recovery of every cell does not; a product variant",
    )

    @classmethod
    def from_choices(cls, choices: dict[str, str]) -> Self:
        """The default policy with some points chosen.

        Raises:
            LocalError: no such point, or no such alternative; the text lists what there is.
        """
        known = {point.name: point for point in OPEN_POINTS}
        for name, choice in choices.items():
            if name not in known:
                raise LocalError(f"no policy point {name!r}; there are {', '.join(known)}")
            if choice not in known[name].alternatives:
                allowed = ", ".join(known[name].alternatives)
                raise LocalError(f"policy {name} is one of {allowed}, not {choice!r}")
        chosen: dict[str, Any] = dict(choices)
        return cls(**chosen)

    def describe(self) -> tuple[PolicyChoice, ...]:
        """Every point with what this policy chooses, in a fixed order, for records and reports."""
        return tuple(
            PolicyChoice(point, choice, choice in point.insecure)
            for point, choice in ((point, getattr(self, point.name)) for point in OPEN_POINTS)
        )


_OF_USES = points_of(UsePolicy)

OPEN_POINTS = (*(point for point in points_of(Policy) if point not in _OF_USES), *_OF_USES)
"""Credentials first, then the uses of keys."""
