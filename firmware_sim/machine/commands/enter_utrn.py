"""A UTRN that a customer types in: the same credit as by command, without a command.

Whoever stands in front of the meter may type: so what is not authentic is counted, and after ten in
a row no more is taken until a top-up by command succeeds.
"""

from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.utrn import Utrn
from firmware_sim.machine.commands.respond import non_critical_alert
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.records import Record
from firmware_sim.machine.image.use_records import TopUpFlag
from firmware_sim.machine.meter import top_up as checks
from firmware_sim.machine.meter import utrn_cache
from firmware_sim.machine.meter.top_up import Good, NotGood
from firmware_sim.machine.refusals import RefusalReason, Refused

MAX_FAILURES = 10

_METERS = (DeviceType.ESME, DeviceType.GSME)
_RECIPIENT = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT)


def enter_utrn(context: Context, digits: str) -> tuple[bytes, ...]:
    """Credit it; the alert to the supplier, if its key agreement cell is held.

    Raises:
        Refused: it is not good here, or nothing is taken; see `firmware_sim.machine.meter.top_up`.
    """
    kind, meter = context.state.identity.device_type, context.state.meter
    if kind not in _METERS:
        raise Refused(RefusalReason.USE_CASE_NOT_SUPPORTED, f"{kind.name} takes no UTRN")
    if context.policy.topup_lockout != "never" and meter.entry_failures >= MAX_FAILURES:
        text = f"{MAX_FAILURES} UTRNs in a row were not authentic"
        raise Refused(RefusalReason.TOP_UP_ENTRY_SUSPENDED, text)
    try:
        utrn = checks.read_token(digits.encode("ascii", "replace"))
        counter = _counter(context, utrn)
        good = checks.judge(context, utrn, counter)
    except NotGood as not_good:
        raise Refused(not_good.reason, not_good.text) from not_good
    return _credit(context, counter, good)


def _counter(context: Context, utrn: Utrn) -> int:
    """The whole counter of an authentic UTRN."""
    counter = utrn_cache.whole_counter(context.state, utrn.counter_low, context.policy)
    try:
        if counter is None:
            raise NotGood(RefusalReason.TOP_UP_NOT_AUTHENTIC, "no counter fits the UTRN")
        checks.check_authentic(context, utrn, counter)
    except NotGood as not_good:
        raise Refused(not_good.reason, not_good.text, puts=_failed(context)) from not_good
    checks.check_floor(context, counter)
    return counter


def _failed(context: Context) -> tuple[Record, ...]:
    meter = context.state.meter
    if meter.entry_failures >= MAX_FAILURES:
        return ()
    return (meter._replace(entry_failures=meter.entry_failures + 1),)


def _credit(context: Context, counter: int, good: Good) -> tuple[bytes, ...]:
    state = context.state
    remembered = utrn_cache.remember(state, counter, TopUpFlag.CREDITED)
    meter = remembered.meter._replace(balance=good.balance, entry_failures=0)
    changes = state.changes()
    changes.put(*remembered._replace(meter=meter).records(state.meter))
    recipient = state.cells.get(_RECIPIENT)
    if recipient is None:
        changes.commit()
        return ()
    own = changes.next_own_counter()
    changes.commit()
    return (non_critical_alert(context, AlertCode.CREDIT_ADDED_LOCALLY, own, recipient),)
