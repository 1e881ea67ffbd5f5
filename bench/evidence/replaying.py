"""A run beside the same run played again: what devices were sent, answered, refused and hold."""

from collections.abc import Hashable, Iterator
from itertools import zip_longest
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.difference import Difference
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import DeviceRecord
from firmware_sim.bench.outcome import Outcome, Verdict

_PLAYED: Final = (Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED)
"""Steps that a device, and not the bench, brought to their end."""
_DIFFERS: Final = "is not what playing the run again gives"


class Replayed(NamedTuple):
    """How many devices were played again, how many agree, and where the first other one differs."""

    devices: int
    agree: int
    difference: Difference | None


class _Told(NamedTuple):
    """One thing that the ledger tells of a device: where, which value, and the value."""

    row: str
    field: str
    value: Hashable


def compare_runs(record: RunRecord, again: RunRecord, devices: int) -> Replayed:
    """The first so many devices of a record, and the steps of both.

    Of a run that was stopped, or whose bench broke, the steps that ended are compared.
    """
    steps = {step.id for step in record.steps if step.verdict in _PLAYED}
    whole = len(steps) == len(record.steps) and record.run.outcome not in (
        Outcome.INTERRUPTED,
        Outcome.ERROR,
        None,
    )
    chosen = [device.entity for device in record.devices[:devices]]
    ours, theirs = (_by_device(each, chosen, steps, whole=whole) for each in (record, again))
    differences = [
        (entity, found)
        for entity in chosen
        if (found := _first(ours[entity], theirs[entity])) is not None
    ]
    agree = len(chosen) - len(differences)
    if differences:
        entity, difference = differences[0]
        problem = f"of device {entity} {_DIFFERS}"
        return Replayed(len(chosen), agree, difference._replace(problem=problem))
    return Replayed(len(chosen), agree, _of_steps(record, again, steps))


def _by_device(
    record: RunRecord, chosen: list[str], steps: set[int], *, whole: bool
) -> dict[str | None, list[_Told]]:
    """What is told of each chosen device: a few, of a run that may have thousands."""
    told: dict[str | None, list[_Told]] = {entity: [] for entity in chosen}
    for message in record.messages:
        if message.device in told and message.step in steps:
            sent = (message.step, message.direction, message.at, message.digest)
            told[message.device].append(_Told(f"message {message.id}", "octets", sent))
    for number, refusal in enumerate(record.refusals, start=1):
        if refusal.device in told and refusal.step in steps:
            why = (refusal.step, refusal.at, refusal.reason)
            told[refusal.device].append(_Told(f"refusal {number}", "reason", why))
    for number, check in enumerate(record.checks, start=1):
        if check.device in told and check.step in steps:
            found = (check.step, check.name, check.verdict, check.expected, check.actual)
            told[check.device].append(_Told(f"verdict {number}", "verdict", found))
    for device in record.devices if whole else ():
        if device.entity in told:
            told[device.entity] += _held(device)
    return told


def _held(device: DeviceRecord) -> Iterator[_Told]:
    for cell in device.cells:
        value = (*sorted(cell.before.items()), *sorted(cell.after.items()))
        yield _Told(f"cell {device.entity} {cell.cell}", "key_identifier", value)
    # In memory, over a broker or on an emulated board: an image is the same to the octet.
    digests = (device.image_before, device.image_after)
    yield _Told(f"flash {device.entity}", "image", digests)


def _first(ours: list[_Told], theirs: list[_Told]) -> Difference | None:
    for mine, other in zip_longest(ours, theirs):
        if mine is None:
            return Difference(LEDGER_NAME, other.row, None)
        if other is None or mine.value != other.value:
            return Difference(LEDGER_NAME, mine.row, mine.field)
    return None


def _of_steps(record: RunRecord, again: RunRecord, steps: set[int]) -> Difference | None:
    """What no single device tells: the verdict of each step, what people did, both verdicts.

    Of a part of the devices nothing of this follows, nor of a part of the steps what people did.
    """
    if len(again.devices) != len(record.devices):
        return None
    theirs = {step.id: (step.name, step.verdict) for step in again.steps}
    for step in record.steps:
        if step.id in steps and theirs.get(step.id) != (step.name, step.verdict):
            return Difference(LEDGER_NAME, f"step {step.id}", "verdict", _DIFFERS)
    if len(steps) != len(record.steps):
        return None
    for row, played in zip_longest(record.governance, again.governance):
        if row != played:
            number = (row or played).id
            return Difference(LEDGER_NAME, f"governance {number}", "detail", _DIFFERS)
    return _of_procedure(record, again)


def _of_procedure(record: RunRecord, again: RunRecord) -> Difference | None:
    """What governance told, and the verdicts that follow."""
    told = zip_longest(record.accounts.told, again.accounts.told)
    for number, (account, played) in enumerate(told, start=1):
        if account != played:
            return Difference(LEDGER_NAME, f"account {number}", "content", _DIFFERS)
    for name in ("procedure_verdict", "devices_verdict"):
        if getattr(record, name) is not getattr(again, name):
            return Difference(LEDGER_NAME, "run_end", name, _DIFFERS)
    return None
