"""Whether the steps of a story can be taken, one after the other."""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep, CeremonyStep
from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule
from firmware_sim.bench.drills.compromise_steps import ReportStep
from firmware_sim.bench.drills.concerned import present_cells
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY, SPEAKERS
from firmware_sim.bench.drills.hub_steps import OldHubStep
from firmware_sim.bench.drills.meeting_steps import (
    CloseMeetingStep,
    DecideStep,
    LeaveStep,
    MeetStep,
)
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story_step import CaseStep
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import TOP_UP
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.bench.governance.committee import Attendance, specialist_stands_in
from firmware_sim.bench.parties.party import MODES_OF
from firmware_sim.bench.smki.custody import PERMITS
from firmware_sim.bench.smki.shares import Custodians

_SENDING: Final = ("update", "read back", "use")


def _name_twice(step: Step, so_far: SoFar) -> Iterator[Found]:
    if step.name in so_far.names:
        yield ("name",), f"two steps are named {step.name!r}"


def _not_kept(step: Step, so_far: SoFar) -> Iterator[Found]:
    key = "kept" if isinstance(step, ReplayStep | OldHubStep) else "overheard"
    name = getattr(step, key, None)
    if name is not None and name not in so_far.kept and not so_far.may_have(*_SENDING):
        near = suggestion(name, so_far.kept)
        yield (key,), f"step {step.name!r} uses {name!r}, not kept before it{near}"


def _not_audited(step: Step, so_far: SoFar) -> Iterator[Found]:
    term = step.found if isinstance(step, SendingStep) else None
    if term is None or term.audit in so_far.audits or so_far.may_have("audit"):
        return
    near = suggestion(term.audit, so_far.audits)
    yield ("found", "audit"), f"no audit before it is named {term.audit!r}{near}"


def _audit_of_nothing(step: Step, so_far: SoFar) -> Iterator[Found]:
    if isinstance(step, AuditStep) and not present_cells(so_far.story, so_far.policy, step.devices):
        yield ("devices",), "none of these takes part; name devices of the story"


def _not_sold(step: Step, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, UseStep) or so_far.may_have("use"):
        return
    if step.what == TOP_UP and step.token is not None and step.token not in so_far.sold:
        near = suggestion(step.token, so_far.sold)
        yield ("token",), f"no step before it sells tokens {step.token!r}{near}"
    if step.kept is not None and step.kept not in so_far.recorded:
        near = suggestion(step.kept, so_far.recorded)
        yield ("kept",), f"no use before it keeps answers as {step.kept!r}{near}"


def _no_case(step: Step, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, CaseStep) or so_far.may_have("compromise"):
        return
    # An early report or meeting is no mistake of the author's: the procedure verdict tells.
    may_be_early = isinstance(step, MeetStep | ReportStep)
    if step.about is not None and step.about not in so_far.cases:
        near = suggestion(step.about, so_far.cases)
        yield ("about",), f"no compromise step before it is named {step.about!r}{near}"
    elif not so_far.cases and not may_be_early:
        yield ("do",), "nothing is compromised before it; put a compromise step first"


def _no_meeting(step: Step, so_far: SoFar) -> Iterator[Found]:
    is_of_meeting = isinstance(step, DecideStep | LeaveStep | CloseMeetingStep)
    if is_of_meeting and so_far.meeting is None and not so_far.may_have("meet"):
        yield ("do",), "no meeting has been called before it; put a meet step first"


def _not_there(step: Step, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, LeaveStep) or so_far.meeting is None or so_far.may_have("meet"):
        return
    for number, office in enumerate(step.offices):
        if office not in so_far.present:
            near = suggestion(office, so_far.present)
            yield ("offices", number), f"{office} is not there and cannot leave{near}"


def _two_offices(step: Step, _so_far: SoFar) -> Iterator[Found]:
    """A meeting that is said to have no quorum may show just that."""
    if not isinstance(step, MeetStep) or step.expect != "quorum":
        return
    seats: dict[str, Attendance] = {}
    for number, seat in enumerate(step.present):
        here = seat.attendance
        other = seats.setdefault(here.sitter, here)
        if other is not here and not specialist_stands_in({other, here}):
            text = f"{here.sitter} sits for {other.office} and for {here.office}"
            if here.office is other.office:
                text = f"{here.office} is represented twice"
            yield ("present", number), f"{text}; give each office one person of its own"


def _unknown_custodian(step: Step, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, CeremonyStep) or "assumptions" in so_far.unread_keys:
        return
    custodians = Custodians(total=so_far.story.assumptions.custodians).names
    for number, name in enumerate(step.present):
        if name not in custodians:
            near = suggestion(name, custodians) or f"; they are {', '.join(custodians)}"
            yield ("present", number), f"there is no Key Custodian {name!r}{near}"


def _no_sender(step: Step, _so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, SendingStep):
        return
    if _is_custody_in_disguise(step):
        yield ("as",), f"{step.by.label} does not act as {step.role.label}"
    elif not step.stolen and not _is_speaker(step):
        key = "by" if step.by not in SPEAKERS else "as"
        known = ", ".join(role.label for role in SPEAKERS)
        wrong = (step.by if key == "by" else step.role).label
        yield (key,), f"no party of a drill acts as {wrong}; use one of {known}"


def _not_stolen(step: Step, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, SendingStep) or not step.stolen or _is_custody_in_disguise(step):
        return
    acting = {(name, step.credentials) for name in step.keys_to_steal}
    # Without a name it is the one organisation of the role; another name is a mistake itself.
    fitting = {
        (name, generation)
        for name, generation, whose in so_far.stolen
        if None in (whose, step.party) or whose == step.party
    }
    if acting.isdisjoint(fitting) and not so_far.may_have("compromise"):
        key = words.role_key(step.by, step.credentials, step.party or "")
        if isinstance(step, UseStep):
            key = f"the key of {step.keys_to_steal[0]}, generation {step.credentials}"
        yield ("stolen",), f"no step before it stole {key}; put a compromise step first"


def _not_decided(step: Step, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, SendingStep) or not _is_honest(step) or so_far.may_have("decide"):
        return
    key = IN_CUSTODY.get(step.role)
    if isinstance(step, UpdateStep) and step.expect == "not signed":
        return  # without a decision custody must not sign either
    if key is None or (so_far.outcome is not None and key in PERMITS[so_far.outcome]):
        return
    wanted = next(outcome for outcome, opened in PERMITS.items() if key in opened)
    text = f"no decision before it opens the {key} key; put a decide step {wanted} first"
    yield ("by",), text


def _decided_already(step: Step, so_far: SoFar) -> Iterator[Found]:
    """A key that people may use is not refused; `ask custody` is for one that they may not."""
    if not isinstance(step, AskCustodyStep) or so_far.outcome is None:
        return
    if so_far.is_open and step.use in PERMITS[so_far.outcome]:
        text = f"the decision before it opens the {step.use} key; ask for one that it does not open"
        yield ("use",), text


def _not_its_mode(step: Step, _so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, UpdateStep) or not _is_honest(step):
        return
    if step.mode not in MODES_OF[step.role]:
        allowed = ", ".join(sorted(mode.label for mode in MODES_OF[step.role]))
        text = f"{step.role.label} does not use {step.mode.label}; it uses {allowed}"
        yield ("mode",), text


def _is_custody_in_disguise(step: SendingStep) -> bool:
    return step.acting is not None and not IN_CUSTODY.keys().isdisjoint((step.acting, step.by))


def _is_speaker(step: SendingStep) -> bool:
    return step.role in SPEAKERS and step.by in SPEAKERS


def _is_honest(step: SendingStep) -> bool:
    return not step.stolen and _is_speaker(step) and not _is_custody_in_disguise(step)


ORDER_RULES: Final = (
    StepRule("name-twice", "a step has a name of its own", "", _name_twice),
    StepRule(
        "kept-before-use", "messages are kept before they are replayed or overheard", "", _not_kept
    ),
    StepRule(
        "audit-before-found", "an audit is made before its findings are used", "", _not_audited
    ),
    StepRule("audit-of-devices", "an audit is of devices that take part", "", _audit_of_nothing),
    StepRule(
        "token-before-use",
        "tokens are sold before they are brought, and answers kept before they are opened",
        "GBCS 14.3",
        _not_sold,
    ),
    StepRule(
        "compromise-before-procedure",
        "a key has fallen before people act on it",
        "SEC L10.30(c)",
        _no_case,
    ),
    StepRule(
        "meeting-before-decision",
        "a meeting is called before one decides or is closed",
        "SEC L1.13",
        _no_meeting,
    ),
    StepRule(
        "leaving-without-being-there", "who leaves a meeting is there", "SEC L1.13", _not_there
    ),
    StepRule(
        "person-in-two-offices",
        "a person sits for one office, unless no quorum is expected",
        "SEC L1.4, L1.12",
        _two_offices,
    ),
    StepRule(
        "unknown-custodian",
        "who comes to a ceremony is a Key Custodian",
        "SEC L10.1(b)",
        _unknown_custodian,
    ),
    StepRule(
        "party-without-key", "who sends has a key and speaks in that role", "GBCS 13.3", _no_sender
    ),
    StepRule(
        "key-before-theft", "the attacker has the key that it uses", "SEC L10.30(c)", _not_stolen
    ),
    StepRule(
        "key-before-decision",
        "a decision opens the protected key that is used",
        "SEC L10.2(a)",
        _not_decided,
    ),
    StepRule(
        "custody-asked-in-vain",
        "custody is asked in vain for a key that no decision opens",
        "SEC L10.2(a)",
        _decided_already,
    ),
    StepRule("mode-of-party", "a party uses a mode of its own", "GBCS 13.3", _not_its_mode),
)
"""In the order in which they are told."""
