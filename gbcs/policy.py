"""Every point that public sources leave open: alternatives, default, and where each comes from.

One object, printed by every record. A default is the alternative that trusts least among those
that agree with the reference messages; an alternative that weakens a Device says so.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Literal, NamedTuple, Self, get_args, get_type_hints

from gbcs.errors import LocalError


def _open(default: str, question: str, source: str, *insecure: str) -> Any:
    metadata = {"question": question, "source": source, "insecure": insecure}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a Device does where the sources are silent or contradict each other."""

    wrap_algorithm: Literal[
        "id-aes128-wrap-pad", "id-aes256-wrap-pad", "id-aes128-GCM", "id-aes256-GCM", "any"
    ] = _open(
        "id-aes128-wrap-pad",
        "Which algorithm may wrap the contingency public key in a root certificate?",
        "assumption; RFC 5934 section 9 names none, RFC 5649 is the smallest that fits 91 octets",
    )
    contingency_unwrap_failure: Literal["silence", "status-22"] = _open(
        "silence",
        "What answers a command whose symmetric key does not unwrap the contingency key?",
        "inferred: its sender is not authenticated; RFC 5934 section 5 has status 22",
        "status-22",
    )
    contingency_without_root: Literal["refuse", "accept"] = _open(
        "refuse",
        "May anyByContingency leave the root cell as it is?",
        "inferred from RFC 5934 section 4.5: the contingency key replaces the apex",
        "accept",
    )
    contingency_renewal: Literal["required", "optional"] = _open(
        "required",
        "Must a new root bring a wrapped contingency key that differs from the present one?",
        "inferred from RFC 5934 section 1.2.1: both keys of the apex change together",
        "optional",
    )
    normal_root: Literal["link-certificate", "never"] = _open(
        "link-certificate",
        "When does the present root vouch for a new one?",
        "assumption: a certificate for the new key, issued by the present root, is in the path",
    )
    floor_scope: Literal["changed-keys", "always"] = _open(
        "changed-keys",
        "When may a floor lower a role's counter?",
        "assumption: only if every key that authenticates the role changed in the same command",
        "always",
    )
    foreign_floors: Literal["refuse", "ignore"] = _open(
        "refuse",
        "What becomes of a command with a floor for a role that its mode does not cover?",
        "assumption; no reference message has one",
    )
    read_counter: Literal["advance", "ignore"] = _open(
        "advance",
        "Does CS02a check and advance the asking role's counter?",
        "assumption; reference messages show the counter as it was before the asking command",
        "ignore",
        "ignore",
    )
    waiting_commands: Literal["void", "keep"] = _open(
        "void",
        "What becomes of a future-dated command when the key that authorised it is replaced?",
        "assumption; kept, a compromised key could undo its own replacement later",
        "keep",
    )
    mode_and_code: Literal["must-agree", "mode-decides"] = _open(
        "must-agree",
        "What if the replacement mode is not the one of the message code?",
        "assumption; every reference message agrees",
        "mode-decides",
    )
    duplicate_cells: Literal["refuse", "last-wins"] = _open(
        "refuse",
        "What if a command replaces one cell twice?",
        "assumption; no reference message does",
    )
    cell_outside_mode: Literal["status-127", "refuse"] = _open(
        "status-127",
        "What if one replacement targets a cell that the mode does not cover?",
        "inferred: reference messages judge each cell on its own",
    )
    time_checks: Literal["reliable-clock", "always", "never"] = _open(
        "reliable-clock",
        "When is a certificate's validity period checked, unless the command disapplies it?",
        "inferred: reference messages succeed outside the period at a clock that says unreliable",
        "never",
    )
    certificate_key_usage: Literal["must-match-cell", "ignored"] = _open(
        "must-match-cell",
        "Must a certificate's key usage be the cell's?",
        "assumption; every reference message that succeeds agrees",
        "ignored",
    )
    certificate_role: Literal["any", "must-match-cell"] = _open(
        "any",
        "Must a certificate's organisational unit be the cell's role?",
        "reference messages: supplier certificates succeed in load controller cells",
    )
    refusal_alerts: Literal["alert", "silence"] = _open(
        "alert",
        "Does a Device send a generic critical alert when it refuses a command?",
        "inferred: the alert exists (8F30 in the reference messages), its trigger is not public",
    )
    chf_transitional_cos: Literal["held", "absent"] = _open(
        "held",
        "Does a Communications Hub Function hold a Transitional Change of Supplier cell?",
        "assumption; no reference message shows it",
    )
    gpf_wan_provider: Literal["absent", "held"] = _open(
        "absent",
        "Does a Gas Proxy Function hold a WAN Provider cell?",
        "assumption; no reference message shows it",
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

    def describe(self) -> tuple["PolicyChoice", ...]:
        """Every point with what this policy chooses, in a fixed order, for records and reports."""
        return tuple(
            PolicyChoice(point, choice, choice in point.insecure)
            for point, choice in ((point, getattr(self, point.name)) for point in OPEN_POINTS)
        )


class OpenPoint(NamedTuple):
    """One question that the public sources do not settle."""

    name: str
    question: str
    alternatives: tuple[str, ...]
    default: str
    source: str
    insecure: tuple[str, ...]


class PolicyChoice(NamedTuple):
    """A point and what a policy chose; `insecure` marks a choice that weakens the Device."""

    point: OpenPoint
    choice: str
    insecure: bool


def _open_points() -> tuple[OpenPoint, ...]:
    hints = get_type_hints(Policy)
    return tuple(
        OpenPoint(
            item.name,
            item.metadata["question"],
            get_args(hints[item.name]),
            str(item.default),
            item.metadata["source"],
            item.metadata["insecure"],
        )
        for item in fields(Policy)
    )


OPEN_POINTS = _open_points()
