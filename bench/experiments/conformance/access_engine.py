"""The DLMS access engine, tried on every published request: registers and results are state.

The state is read off the answer, so equal octets say how the engine puts an answer together: data
and results in their order, nulls, and what becomes of the items behind one that fails. That it says
so is shown by a state that is wrong in one item: then the answer must be another one.
"""

from collections.abc import Callable, Iterator, Mapping

from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.gbcs.dlms_access import (
    AccessItem,
    AccessOutcome,
    AccessRequest,
    AccessResponse,
    AccessResult,
    answer,
    read_request,
)
from firmware_sim.gbcs.errors import RemoteError

_REQUEST = b"\xd9"
_FAILURE = AccessOutcome(AccessResult.HARDWARE_FAULT)

Registers = Mapping[AccessItem, AccessOutcome]
"""What each item gives if it is carried out."""


def is_access(pair: Pair) -> bool:
    """Whether a pair is about DLMS access."""
    return pair.command.payload.startswith(_REQUEST)


def engine_differs(pair: Pair) -> str:
    """How the engine's answer differs, or which wrong state does not show; empty if all is well."""
    try:
        request = read_request(pair.command.payload, pair.command.counter)
        registers = _registers(request, AccessResponse.decode(pair.response.payload))
    except RemoteError as error:
        return f"it does not decode: {error}"
    if answer(request, _engine(registers)) != pair.response.payload:
        return "the engine's answer is another one"
    for wrong, others in _wrong(registers):
        if answer(request, _engine(others)) == pair.response.payload:
            return f"the answer is the same with a wrong state: {wrong}"
    return ""


def _registers(request: AccessRequest, response: AccessResponse) -> Registers:
    """The state before the command: items that were not reached would have succeeded."""
    registers: dict[AccessItem, AccessOutcome] = {}
    has_failed = False
    for item, outcome in zip(request.items, response.outcomes, strict=True):
        registers.setdefault(item, AccessOutcome(AccessResult.SUCCESS) if has_failed else outcome)
        has_failed = has_failed or outcome.result != AccessResult.SUCCESS
    return registers


def _engine(registers: Registers) -> Callable[[AccessItem], AccessOutcome]:
    return lambda item: registers[item]


def _wrong(registers: Registers) -> Iterator[tuple[str, Registers]]:
    for item, outcome in registers.items():
        if outcome.result != AccessResult.SUCCESS:
            yield "no item fails", {**registers, item: AccessOutcome(AccessResult.SUCCESS)}
            return
        yield "an item that fails", {**registers, item: _FAILURE}
