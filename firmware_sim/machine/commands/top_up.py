"""CS01a and CS01b: a top-up by command (GBCS 14.3).

The command's Originator Counter is that of the UTRN. It is remembered with every authentic command,
refused or not: its keys have made an answer. Balance and cache change in one transaction.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_sim.gbcs import dlms_access, zcl
from firmware_sim.gbcs.dlms_data import OCTET_STRING, one_value
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.use_cases import CS01A
from firmware_sim.gbcs.uses import CONSUMER_TOP_UP, TOKEN_GATEWAY, USES
from firmware_sim.gbcs.utrn import is_utrn_counter, low_bits
from firmware_sim.machine.commands.asking import Asker, check_use_header, find_asker
from firmware_sim.machine.commands.authenticate import (
    check_counter,
    check_mac,
    check_protection_form,
)
from firmware_sim.machine.commands.respond import use_response
from firmware_sim.machine.commands.zcl_uses import only_frame
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials.floors import advanced
from firmware_sim.machine.image.records import Record
from firmware_sim.machine.image.use_records import TopUpFlag
from firmware_sim.machine.meter import top_up as checks
from firmware_sim.machine.meter import utrn_cache
from firmware_sim.machine.meter.top_up import Good, NotGood
from firmware_sim.machine.refusals import RefusalReason, Refused

_REMOTE = 0
_BY_CAUSE: Mapping[RefusalReason, int] = MappingProxyType(
    {
        RefusalReason.TOP_UP_MALFORMED: 12,
        RefusalReason.TOP_UP_RESERVED_CLASS: 12,
        RefusalReason.TOP_UP_OF_ANOTHER_COMMAND: 13,
        RefusalReason.TOP_UP_NOT_AUTHENTIC: 13,
        RefusalReason.DUPLICATE_TOP_UP: 3,
        RefusalReason.TOP_UP_EXCEEDS_BALANCE: 2,
    }
)
"""DLMS action results by cause: type unmatched, scope of access, read-write denied, temporary."""
_ZSE_RESULTS: Mapping[RefusalReason, int] = MappingProxyType(
    {RefusalReason.DUPLICATE_TOP_UP: 2, RefusalReason.TOP_UP_EXCEEDS_BALANCE: 4}
)
_ZSE_INVALID = 1
_NO_NUMBER = bytes.fromhex("ffffffff")


def top_up(context: Context, message: Message) -> tuple[bytes, ...]:
    """Credit a UTRN, or answer why not.

    Raises:
        Refused: not authenticated, and nothing has changed; or refused, and its counter is spent.
    """
    asker = _authentic(context, message)
    puts = _spending(context, message)
    try:
        check_use_header(context, message, asker)
        read, answer = _LANGUAGES[message.code == CS01A]
        digits = read(message)
    except RemoteError as error:
        raise Refused(RefusalReason.MALFORMED, str(error), puts=puts) from error

    def answered(result: Good | RefusalReason) -> tuple[bytes, ...]:
        payload = answer(message, result, context.policy)
        return (use_response(context, message, payload, asker.cell.public_key),)

    try:
        good = _judge(context, message, digits)
    except NotGood as not_good:
        reason = not_good.reason
        raise Refused(reason, not_good.text, answered(reason), puts=puts) from not_good
    _credit(context, message, good)
    return answered(good)


def _authentic(context: Context, message: Message) -> Asker:
    """The counter comes first: for a message that repeats one, no MAC is computed."""
    check_protection_form(message, signed=False, maced=True)
    asker = find_asker(context, message, USES[message.code])
    counter = message.counter
    if not is_utrn_counter(counter):
        raise Refused(RefusalReason.MALFORMED, f"{counter} is no UTRN counter")
    if context.policy.topup_counter == "shared":
        check_counter(context, message, asker.role)
    try:
        checks.check_floor(context, counter)
    except NotGood as not_good:
        raise Refused(not_good.reason, not_good.text) from not_good
    if utrn_cache.has(context.state, counter, TopUpFlag.ANSWERED):
        text = f"UTRN counter {counter} has been answered"
        raise Refused(RefusalReason.DUPLICATE_TOP_UP, text)
    check_mac(context, message)
    return asker


def _judge(context: Context, message: Message, digits: bytes) -> Good:
    utrn = checks.read_token(digits)
    if utrn.counter_low != low_bits(message.counter):
        text = f"the UTRN has counter bits {utrn.counter_low}, not {low_bits(message.counter)}"
        raise NotGood(RefusalReason.TOP_UP_OF_ANOTHER_COMMAND, text)
    checks.check_authentic(context, utrn, message.counter)
    return checks.judge(context, utrn, message.counter)


def _spending(context: Context, message: Message) -> tuple[Record, ...]:
    """What the refusal of an authentic command leaves behind."""
    if context.policy.authentic_but_refused_topup == "ignore":
        return ()
    state = context.state
    remembered = utrn_cache.remember(state, message.counter, TopUpFlag.ANSWERED)
    return tuple(remembered.records(state.meter)) + _shared(context, message)


def _credit(context: Context, message: Message, good: Good) -> None:
    """Balance and cache entry, together or not at all.

    Raises:
        InsufficientSpace: they do not fit; nothing has changed.
    """
    state = context.state
    flags = TopUpFlag.CREDITED | TopUpFlag.ANSWERED
    remembered = utrn_cache.remember(state, message.counter, flags)
    meter = remembered.meter._replace(balance=good.balance, entry_failures=0)
    changes = state.changes()
    changes.put(*remembered._replace(meter=meter).records(state.meter), *_shared(context, message))
    changes.commit()


def _shared(context: Context, message: Message) -> tuple[Record, ...]:
    """The supplier's counter, where top-ups count in it."""
    if context.policy.topup_counter == "separate":
        return ()
    [role] = USES[message.code].askers
    counters = advanced(context.state, role, message.counter)
    remembered = utrn_cache.remember(context.state, message.counter, TopUpFlag.ANSWERED).counters
    if remembered is not None:
        counters = counters._replace(specialist=remembered.specialist)
    return (counters,)


def _dlms_digits(message: Message) -> bytes:
    request = dlms_access.read_request(message.payload, message.counter)
    [item] = request.items if len(request.items) == 1 else [None]
    if item is None or item.name != TOKEN_GATEWAY:
        raise RemoteError("not one call of the token gateway")
    value = one_value(item.data)
    if value.tag != OCTET_STRING:
        raise RemoteError("the UTRN is no octet-string")
    return value.content


def _zcl_digits(message: Message) -> bytes:
    frame = only_frame(message.payload)
    is_top_up = (frame.cluster, frame.command) == CONSUMER_TOP_UP[:2]
    if not is_top_up or frame.frame_control != zcl.CLUSTER_TO_SERVER:
        raise RemoteError("not a Consumer Top Up")
    device, length, digits = frame.content[:1], frame.content[1:2], frame.content[2:]
    if device != bytes((_REMOTE,)) or length != bytes((len(digits),)):
        raise RemoteError("an originating device that is not remote, or a length that lies")
    return digits


def _dlms_answer(message: Message, result: Good | RefusalReason, policy: Policy) -> bytes:
    code = 0
    if isinstance(result, RefusalReason):
        is_one = policy.topup_result_esme == "one-value"
        hardware_fault = dlms_access.AccessResult.HARDWARE_FAULT
        code = hardware_fault if is_one else _BY_CAUSE.get(result, hardware_fault)
    request = dlms_access.read_request(message.payload, message.counter)
    return dlms_access.answer(request, lambda _: dlms_access.AccessOutcome(code))


def _zcl_answer(_message: Message, result: Good | RefusalReason, _policy: Policy) -> bytes:
    numbers, code = (_NO_NUMBER, _NO_NUMBER), 0
    if isinstance(result, RefusalReason):
        code = _ZSE_RESULTS.get(result, _ZSE_INVALID)
    else:
        credit, balance = (number.to_bytes(4, "little", signed=True) for number in result)
        numbers = credit, balance
    content = bytes((code,)) + numbers[0] + bytes(1) + numbers[1]
    cluster, command = CONSUMER_TOP_UP[0], 3
    return zcl.build_frames((zcl.ZclFrame(cluster, zcl.CLUSTER_TO_CLIENT, command, content),))


_Reader = Callable[[Message], bytes]
_Answerer = Callable[[Message, Good | RefusalReason, Policy], bytes]
_LANGUAGES: Mapping[bool, tuple[_Reader, _Answerer]] = {
    True: (_dlms_digits, _dlms_answer),
    False: (_zcl_digits, _zcl_answer),
}
