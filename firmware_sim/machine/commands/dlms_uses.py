"""ECS52, ECS17b, ECS17c and CCS05: a party reads values of a device that speaks DLMS."""

from firmware_sim.gbcs import dlms_protection
from firmware_sim.gbcs.dlms_access import (
    AccessItem,
    AccessKind,
    AccessOutcome,
    AccessRequest,
    AccessResult,
    answer,
    read_request,
)
from firmware_sim.gbcs.dlms_data import structure
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.sensitive import ItemKey, encrypted
from firmware_sim.gbcs.uses import DATA_PROTECTION, USES
from firmware_sim.machine.commands.asking import (
    Asker,
    authentic_asker,
    check_use_header,
    reader_of,
)
from firmware_sim.machine.commands.respond import use_response
from firmware_sim.machine.commands.spending import read_or_spend, spend
from firmware_sim.machine.context import Context
from firmware_sim.machine.meter.values import dlms_value

_UNDEFINED = AccessOutcome(AccessResult.OBJECT_UNDEFINED)


def read_values(context: Context, message: Message) -> tuple[bytes, ...]:
    """Answer with the values of a use case's objects.

    Raises:
        Refused: not authenticated, and nothing has changed; or malformed, and its counter is spent.
        InsufficientSpace: not even the counter fits; nothing is answered then.
    """
    use = USES[message.code]
    asker = authentic_asker(context, message, use)

    def read() -> AccessRequest:
        check_use_header(context, message, asker)
        return read_request(message.payload, message.counter)

    request = read_or_spend(asker.role, read)
    spend(context, message, asker.role)
    payload = answer(request, lambda item: _outcome(context, message, asker, item))
    return (use_response(context, message, payload, asker.cell.public_key),)


def _outcome(context: Context, message: Message, asker: Asker, item: AccessItem) -> AccessOutcome:
    use = USES[message.code]
    if use.encrypted:
        if item.kind is AccessKind.ACTION and item.name == DATA_PROTECTION:
            return _protected(context, message, asker, item)
    elif item.kind is AccessKind.GET and item.name in use.objects:
        return dlms_value(context.state, item.name)
    return _UNDEFINED


def _protected(context: Context, message: Message, asker: Asker, item: AccessItem) -> AccessOutcome:
    """The values of several objects, encrypted for their reader as one item."""
    reader = reader_of(context, message, asker)
    titles = dlms_protection.Titles(message.counter, message.originator, message.target)
    try:
        names = dlms_protection.asked_objects(item.data, titles)
    except RemoteError:
        return AccessOutcome(AccessResult.OTHER_REASON)
    if reader is None:
        return AccessOutcome(AccessResult.OTHER_REASON)
    use, values = USES[message.code], []
    for name in names:
        found = dlms_value(context.state, name) if name in use.objects else _UNDEFINED
        if found.result != AccessResult.SUCCESS:
            return AccessOutcome(found.result)
        values.append(found.data)
    secret = context.secret_with(reader.public_key)
    device = context.state.identity.entity
    key = ItemKey(secret, device, reader.unique_id, message.counter)
    sealed = encrypted(structure(*values), key, context.suite)
    return AccessOutcome(AccessResult.SUCCESS, dlms_protection.protected_answer(sealed, titles))
