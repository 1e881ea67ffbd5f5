"""The machine: octets in, effects out. All durable state is in flash; power-on rebuilds RAM."""

from collections.abc import Iterable
from typing import NamedTuple

from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.commands.dispatch import dispatch
from firmware_sim.machine.commands.enter_utrn import enter_utrn
from firmware_sim.machine.commands.respond import critical_alert
from firmware_sim.machine.commands.scheduler import run_due
from firmware_sim.machine.commands.spending import spent
from firmware_sim.machine.context import Context
from firmware_sim.machine.drbg import HmacDrbg
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.ports import Clock, Flash
from firmware_sim.machine.refusals import (
    ALERTS,
    TOP_UP_ALERTS,
    Refusal,
    RefusalReason,
    Refused,
)
from firmware_sim.machine.security_log import RefusalTallies
from firmware_sim.machine.state import Changes, DeviceState
from firmware_sim.machine.store.errors import InsufficientSpace, StoreError
from firmware_sim.machine.store.store import Store


class Effects(NamedTuple):
    """What came of an input.

    Attributes:
        messages: complete octets to send, in order; what they report is durable already.
        refusal: why a message was refused, for the program that hosts the device; a device only
            logs it.
    """

    messages: tuple[bytes, ...] = ()
    refusal: Refusal | None = None


class Machine:
    """One device over one flash.

    No input octets make it raise. Only `PowerCut` of a simulated flash passes through; the
    object is dead then, and a new one is powered on over the same flash.
    """

    def __init__(
        self,
        flash: Flash,
        *,
        clock: Clock,
        suite: CryptoSuite,
        policy: Policy | None = None,
        verified: SignatureCache | None = None,
        faults: Iterable[Fault] = (),
    ) -> None:
        """Power on.

        Args:
            verified: facts about certificates, shared by devices; None to verify each time.
            faults: operations that shall fail whenever they are tried.

        Raises:
            StoreError: the flash holds no sound state; a device that cannot trust its memory
                does not run.
        """
        state = DeviceState.load(Store.open(flash))
        # A new boot number before anything is drawn: no random octets come twice.
        changes = state.changes()
        changes.put(state.own._replace(boots=state.own.boots + 1))
        changes.commit()
        entropy = HmacDrbg(state.identity.seed, state.own.boots.to_bytes(4, "big"))
        self.context = Context(
            state,
            policy or Policy(),
            suite,
            clock,
            entropy,
            verified,
            faults=frozenset(faults),
        )
        self._tallies = RefusalTallies(self.context)

    @property
    def state(self) -> DeviceState:
        """The device's durable state, as it was committed."""
        return self.context.state

    def receive(self, octets: bytes) -> Effects:
        """Handle what arrived on the link; every refusal has a reason and changes no credential."""
        message = None
        try:
            message = parse_message(octets)
            return Effects(dispatch(self.context, message))
        except Refused as refused:
            return self._refuse(refused, message)
        except RemoteError as error:
            return self._refuse(Refused(RefusalReason.MALFORMED, str(error)), message)
        except StoreError as error:
            return self._refuse(_unstored(error), message)

    def enter(self, digits: str) -> Effects:
        """Take a UTRN that a customer has typed in; a credit is reported to the supplier."""
        try:
            return Effects(enter_utrn(self.context, digits))
        except Refused as refused:
            return self._refuse(refused, None)
        except StoreError as error:
            return self._refuse(_unstored(error), None)

    def tick(self) -> Effects:
        """Do what has fallen due; to be called now and then, and after power-on."""
        alerts: list[bytes] = []
        try:
            alerts.extend(run_due(self.context))
        except StoreError as error:
            return Effects(tuple(alerts), _unstored(error).refusal(None))
        return Effects(tuple(alerts))

    def _refuse(self, refused: Refused, message: Message | None) -> Effects:
        """Count the refusal; when the count is worth a durable record, send the alert too.

        An authentic command is spent in the same transaction: after a power cut the log does
        not lack the refusal of a command that is spent.
        """
        refusal = refused.refusal(message)
        tally = self._tallies.count(refusal)
        changes = self._spending(refused, message)
        alert = None
        if tally is not None:
            changes.put(tally)
            alert = self._alert_for(refusal.reason)
        counter = changes.next_own_counter() if alert else 0
        try:
            changes.commit()
        except StoreError as error:
            return self._refuse_uncounted(refused, message, error)
        if alert is None:
            return Effects(refused.answer, refusal)
        code, recipient = alert
        return Effects(
            (*refused.answer, critical_alert(self.context, code, counter, recipient)), refusal
        )

    def _refuse_uncounted(
        self, refused: Refused, message: Message | None, error: StoreError
    ) -> Effects:
        """Where the count has no room, spend the command at least; unspent, it has no answer."""
        if not refused.changes_something:
            return Effects(refused.answer, refused.refusal(message))
        if isinstance(error, InsufficientSpace):
            try:
                self._spending(refused, message).commit()
                return Effects(refused.answer, refused.refusal(message))
            except StoreError as unspent:
                error = unspent
        return Effects((), _unstored(error).refusal(message))

    def _spending(self, refused: Refused, message: Message | None) -> Changes:
        """Changes that begin with what the refusal of an authentic command spends."""
        if refused.spends is None or message is None:
            changes = self.state.changes()
        else:
            changes = spent(self.context, message, refused.spends)
        changes.put(*refused.puts)
        return changes

    def _alert_for(self, reason: RefusalReason) -> tuple[AlertCode, EntityId] | None:
        """The alert that a refusal deserves and its recipient; None for silence."""
        code = ALERTS.get(reason)
        if self.context.policy.topup_refusal_alerts == "alert":
            code = code or TOP_UP_ALERTS.get(reason)
        recipient = next(filter(None, map(self.state.cells.get, _ALERT_RECIPIENTS)), None)
        if code is None or recipient is None or self.context.policy.refusal_alerts == "silence":
            return None
        return code, recipient.unique_id


def _unstored(error: StoreError) -> Refused:
    full = isinstance(error, InsufficientSpace)
    return Refused(RefusalReason.NO_ROOM if full else RefusalReason.STORAGE_FAILED, str(error))


# A Communications Hub Function has no supplier: its alerts go to the Access Control Broker.
_ALERT_RECIPIENTS = (
    TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
    ACB_KEY_AGREEMENT,
)
