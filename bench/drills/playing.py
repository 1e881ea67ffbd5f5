"""Plays one step after the other."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from firmware_sim.bench.drills.attack_points import AttackStep
from firmware_sim.bench.drills.attacking import play_attack
from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.auditing import play_audit
from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep, CeremonyStep
from firmware_sim.bench.drills.certificate_requests import play_coordinate, play_issue
from firmware_sim.bench.drills.certificate_steps import CoordinateStep, IssueStep
from firmware_sim.bench.drills.claim_steps import BreachActStep, ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.claiming import play_breach, play_claim, play_refer_breach
from firmware_sim.bench.drills.committee_steps import (
    AppointStep,
    DetermineStep,
    NominateStep,
    PerformStep,
    ReferStep,
)
from firmware_sim.bench.drills.compromise_steps import (
    CompromiseStep,
    ConfirmStep,
    EvidenceStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
)
from firmware_sim.bench.drills.custody_steps import (
    play_ask_custody,
    play_ceremony,
    play_report,
)
from firmware_sim.bench.drills.deciding import play_decide
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.determining import play_determine, play_refer
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.estimate_step import EstimateStep
from firmware_sim.bench.drills.estimating import play_estimate
from firmware_sim.bench.drills.failing import (
    play_delay,
    play_end_delay,
    play_revoke,
    play_stand_in,
    play_supplier_fails,
    play_transfer,
)
from firmware_sim.bench.drills.failure_steps import (
    DelayStep,
    EndDelayStep,
    RevokeStep,
    StandInStep,
    SupplierFailsStep,
    TransferStep,
)
from firmware_sim.bench.drills.governing import (
    play_compromise,
    play_confirm,
    play_evidence,
    play_notify,
    play_prepare,
)
from firmware_sim.bench.drills.hub_exchange import play_exchange
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep, OldHubStep
from firmware_sim.bench.drills.meeting import (
    play_ask_information,
    play_close_meeting,
    play_inform,
    play_leave,
    play_meet,
)
from firmware_sim.bench.drills.meeting_steps import (
    AskInformationStep,
    CloseMeetingStep,
    DecideStep,
    InformStep,
    LeaveStep,
    MeetStep,
)
from firmware_sim.bench.drills.old_hub import play_old_hub
from firmware_sim.bench.drills.presence import (
    STEP_NAME,
    STEP_TITLE,
    ask_devices_elsewhere,
)
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.reading import play_read_back
from firmware_sim.bench.drills.refusing import play_replay
from firmware_sim.bench.drills.repeating import RepeatedUpdate, play_repeated
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.tasks import play_appoint, play_nominate, play_perform
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.updating import play_update
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.using import play_use
from firmware_sim.bench.drills.waiting import carry_out_due
from firmware_sim.bench.dut.devices_target import DevicesTarget
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.step_words import BY_CUSTODY
from firmware_sim.bench.files.whole_files import CannotWriteError
from firmware_sim.bench.governance.committee import GateError
from firmware_sim.bench.outcome import Declared, ProcedureVerdict, RunVerdicts, Verdict
from firmware_sim.bench.smki.custody import CustodyError
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.errors import GbcsError


class PresenceStep(NamedTuple):
    """The step that no story has: it comes first where other programs serve devices."""

    name: str = STEP_NAME
    title: str = STEP_TITLE


async def _play_presence(state: DrillState, _step: PresenceStep, log: StepLog) -> None:
    await ask_devices_elsewhere(state, log)


PLAYERS: dict[type[Any], Callable[[DrillState, Any, StepLog], Awaitable[None]]] = {
    CompromiseStep: play_compromise,
    NotifyStep: play_notify,
    ConfirmStep: play_confirm,
    PrepareStep: play_prepare,
    MeetStep: play_meet,
    CloseMeetingStep: play_close_meeting,
    AskInformationStep: play_ask_information,
    InformStep: play_inform,
    ReferStep: play_refer,
    DetermineStep: play_determine,
    NominateStep: play_nominate,
    AppointStep: play_appoint,
    PerformStep: play_perform,
    DecideStep: play_decide,
    EvidenceStep: play_evidence,
    CeremonyStep: play_ceremony,
    CoordinateStep: play_coordinate,
    IssueStep: play_issue,
    LeaveStep: play_leave,
    ClaimActStep: play_claim,
    ReferBreachStep: play_refer_breach,
    BreachActStep: play_breach,
    AskCustodyStep: play_ask_custody,
    ReportStep: play_report,
    ReadBackStep: play_read_back,
    UpdateStep: play_update,
    UseStep: play_use,
    RepeatedUpdate: play_repeated,
    ReplayStep: play_replay,
    AuditStep: play_audit,
    EstimateStep: play_estimate,
    ExchangeHubStep: play_exchange,
    OldHubStep: play_old_hub,
    SupplierFailsStep: play_supplier_fails,
    DelayStep: play_delay,
    EndDelayStep: play_end_delay,
    StandInStep: play_stand_in,
    TransferStep: play_transfer,
    RevokeStep: play_revoke,
    PresenceStep: _play_presence,
    AttackStep: play_attack,
}


class StepPlayer:
    """Plays steps one by one.

    Attributes:
        is_cut_short: a step expected what cannot be, so that the later ones are not played.
        was_broken: a step ended in an error, or with a device that cannot go on.
    """

    def __init__(self, state: DrillState, declared: Declared = Declared()) -> None:  # noqa: B008
        self._state = state
        self._declared = declared
        self._without_device = False
        self.was_broken = False
        self.is_cut_short = False
        self.log = StepLog(state.ledger, 0, state.clock)

    async def play(self, step: "Step | PresenceStep | AttackStep") -> bool:
        """Play a step; returns whether the next one can be played."""
        state = self._state
        number = state.ledger.step(step.name, step.title, at=state.clock.time)
        heard = self.log.alerts
        self.log = log = StepLog(
            state.ledger, number, state.clock, order=state.contacts, strict=state.strict
        )
        log.overheard = state.conditions.overheard
        if isinstance(step, SendingStep) and step.role in IN_CUSTODY and not step.stolen:
            state.under_custody.append((number, state.participants.entity_id(step.by)))
        goes_on = False
        try:
            await carry_out_due(state, log, heard)
            await PLAYERS[type(step)](state, step, log)
            await _close(state, log)
        except CannotWriteError:
            raise  # the step has no end: with more room, the run goes on from here
        except DeviceFaultError as error:
            verdict, reason, self.was_broken = Verdict.FAILED, str(error), True
        except (CustodyError, GateError) as error:
            # People asked for what they may not have: it says nothing of a device, nor of us.
            verdict, reason = Verdict.SKIPPED, f"not sent: {error}"
            log.check(None, BY_CUSTODY, verdict, "signed", "refused", str(error))
        except (BenchError, GbcsError, LinkError) as error:
            verdict, reason, self.was_broken = Verdict.ERROR, str(error), True
        except Exception as error:
            reason = f"the bench broke: {type(error).__name__}"
            state.ledger.finish_step(number, Verdict.ERROR, reason, at=state.clock.time)
            raise
        else:
            verdict, reason = log.verdict()
            self.was_broken = verdict is Verdict.ERROR
            self.is_cut_short = log.is_last
            goes_on = not (self.was_broken or self.is_cut_short)
            self._without_device |= not log.verdicts
        state.ledger.finish_step(number, verdict, reason, at=state.clock.time)
        return goes_on

    def verdicts(self, procedure: ProcedureVerdict | None) -> RunVerdicts:
        """Both, of all steps so far."""
        devices = self._state.ledger.devices_verdict()
        return RunVerdicts(procedure, devices, self._without_device, self._declared)


async def _close(state: DrillState, log: StepLog) -> None:
    """Record what devices have sent besides: at the step, and the time, that it belongs to."""
    sender = CommandSender(state.target, state.waits, log)
    # A device of a DevicesTarget sends nothing but in answer, at once.
    at_once = isinstance(state.target, DevicesTarget)
    for contact in state.contacts:
        if not at_once or contact.entity_id in log.addressed:
            await sender.close(contact)
