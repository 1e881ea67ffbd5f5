"""What the answer to a use of keys tells of a device's values: registers, balance, firmware.

No message before it shows them, so they are state: the device is given them, and they are listed
apart. What a UTRN itself shows, that it is well-formed and authentic, is not given.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from firmware_sim.bench.experiments.conformance.answers import StateError
from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.protections import mac_secrets
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.used_tokens import top_up_state
from firmware_sim.devices.meter_values import MeterValues
from firmware_sim.gbcs import dlms_protection, zcl
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.dlms_access import AccessResponse, AccessResult, read_request
from firmware_sim.gbcs.dlms_data import parts_of
from firmware_sim.gbcs.payloads.activation import (
    ActivationAlert,
    ActivationCode,
    ActivationCommand,
    ActivationOutcome,
    ActivationResponse,
)
from firmware_sim.gbcs.protection import mac_is_valid
from firmware_sim.gbcs.sensitive import ItemKey, decrypted
from firmware_sim.gbcs.use_cases import CS01A, CS01B
from firmware_sim.gbcs.uses import (
    ELECTRICITY_FIRMWARE,
    GAS_FIRMWARE,
    USES,
    Language,
    ObjectName,
)
from firmware_sim.gbcs.zcl_attributes import read_records
from firmware_sim.machine.faults import Fault

_FIRMWARE = (ELECTRICITY_FIRMWARE, GAS_FIRMWARE)
_NO_ERROR = (zcl.ZclStatus.SUCCESS, zcl.ZclStatus.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class UseState:
    """The values that a device is given, the fault if one is, and in words what came from where."""

    values: MeterValues
    given: tuple[str, ...] = ()
    faults: frozenset[Fault] = frozenset()


def use_state(pair: Pair, keys: PublishedKeys, suite: CryptoSuite) -> UseState | None:
    """The values that a pair implies; None if it is about credentials.

    Raises:
        StateError: an item in the answer does not open with published keys.
        RemoteError: a payload does not decode.
    """
    use = USES.get(pair.command.code)
    if use is None:
        return None
    if use.code in (CS01A, CS01B):
        values, given = top_up_state(pair, keys, suite)
        return UseState(values, given)
    if use.language is Language.ASN1:
        return _activation(pair)
    read = _dlms if use.language is Language.DLMS else _zcl
    found = dict(read(pair, lambda item: _opened(item, pair, keys, suite)))
    return _of_readings(found)


_Reading = tuple[ObjectName, tuple[int, bytes]]
_Opener = Callable[[bytes], bytes]


def _of_readings(found: Mapping[ObjectName, tuple[int, bytes]]) -> UseState:
    registers = {name: data for name, (result, data) in found.items() if not result}
    failing = {name: result for name, (result, _) in found.items() if result}
    versions = [registers.pop(name) for name in _FIRMWARE if name in registers]
    given = ["the values of its registers"] * bool(registers)
    given += ["that an object of it fails"] * bool(failing)
    given += ["its firmware version"] * bool(versions)
    values = MeterValues(registers=registers, failing=failing)
    if versions:
        values = MeterValues(firmware_version=versions[0][2:])
    return UseState(values, tuple(given))


def _dlms(pair: Pair, opened: _Opener) -> Iterator[_Reading]:
    command = pair.command
    request = read_request(command.payload, command.counter)
    response = AccessResponse.decode(pair.response.payload)
    titles = dlms_protection.Titles(command.counter, command.originator, command.target)
    for item, outcome in zip(request.items, response.outcomes, strict=True):
        if not USES[command.code].encrypted:
            yield item.name, (outcome.result, outcome.data)
            continue
        names = dlms_protection.asked_objects(item.data, titles)
        if outcome.result != AccessResult.SUCCESS:
            yield names[0], (outcome.result, b"")
            continue
        plain = opened(dlms_protection.item_of(outcome.data, titles))
        for name, part in zip(names, parts_of(plain), strict=True):
            yield name, (AccessResult.SUCCESS, part)


def _zcl(pair: Pair, opened: _Opener) -> Iterator[_Reading]:
    [asked] = zcl.read_frames(pair.command.payload)
    [told] = zcl.read_frames(pair.response.payload)
    is_default = told.is_global and told.command == zcl.DEFAULT_RESPONSE
    if is_default and told.content[1] not in _NO_ERROR:
        if asked.is_global:
            raise StateError("a read was answered as a whole: no attribute says why")
        name = ObjectName(asked.cluster, asked.command, is_command=True)
        yield name, (told.content[1], b"")
    if told.is_global and told.command == zcl.READ_ATTRIBUTES_RESPONSE:
        content = opened(told.content) if told.is_encrypted else told.content
        for record in read_records(content):
            yield ObjectName(told.cluster, record.attribute), (record.status, record.data)


def _opened(item: bytes, pair: Pair, keys: PublishedKeys, suite: CryptoSuite) -> bytes:
    response = pair.response
    for _, secret in mac_secrets(response, keys, suite):
        if mac_is_valid(response, secret, suite):
            key = ItemKey(secret, response.originator, response.target, response.counter)
            return decrypted(item, key, suite)
    raise StateError("no published key opens the encrypted values")


def _activation(pair: Pair) -> UseState:
    command = ActivationCommand.decode(pair.command.payload)
    outcome = _outcome(pair)
    if outcome is None:
        return UseState(MeterValues())
    given = ("its firmware version", f"its image: code {outcome.code}")
    image = (outcome.version, command.image_hash)
    if outcome.code is ActivationCode.SUCCESS:
        return UseState(MeterValues(image=image), given)
    if outcome.code is ActivationCode.NO_IMAGE_HELD:
        return UseState(MeterValues(firmware_version=outcome.version), given)
    faults = frozenset[Fault]()
    if outcome.code is ActivationCode.HASH_MISMATCH:
        image = (outcome.version, bytes(octet ^ 1 for octet in command.image_hash))
    else:
        faults = frozenset((Fault.FIRMWARE_ACTIVATION,))
    values = MeterValues(firmware_version=outcome.version, image=image)
    return UseState(values, given, faults)


def _outcome(pair: Pair) -> ActivationOutcome | None:
    if pair.alert is not None:
        return ActivationAlert.decode(pair.alert.payload).outcome
    return ActivationResponse.decode(pair.response.payload).outcome
