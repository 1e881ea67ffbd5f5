"""Start states that are wrong in one point: with each, a pair must no longer match.

The start state is derived from the answers, among other things. So equal answers prove
something only if another start state gives other answers.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from firmware_sim.bench.experiments.conformance.own_credentials import (
    OTHER_POINT,
    waiting_key_matter,
)
from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.payloads import read_payload
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.stand_in import device_seed
from firmware_sim.bench.experiments.conformance.state import ImpliedState
from firmware_sim.bench.experiments.conformance.wrong_uses import (
    after_command,
    is_spent,
    other_uses,
)
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateResponse
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key
from firmware_sim.machine.meter.top_up import PREPAYMENT_CELL
from firmware_sim.machine.ports import ClockReading


class WrongState(NamedTuple):
    """A start state, and what is wrong with it."""

    wrong: str
    state: ImpliedState


def wrong_states(state: ImpliedState, pair: Pair, keys: PublishedKeys) -> Iterator[WrongState]:
    """Every wrong state that must show in the pair's answers, one point wrong at a time.

    The state names no cell that the pair does not show or need, so each of its cells counts.
    """
    yield WrongState("another device", replace(state, entity=_other_entity(state.entity)))
    yield WrongState("counter already used", _used(state, pair))
    for cell, certificate in state.cells.items():
        if cell == PREPAYMENT_CELL and is_spent(state.use):
            continue  # another cause would be answered in the same way
        other = _other_certificate(cell, certificate, keys)
        if other is not None:
            cells = {**state.cells, cell: other}
            yield WrongState(f"another certificate in {cell}", replace(state, cells=cells))
    if _root_vouches(pair):
        yield WrongState("another root key", _with_other_root(state))
    if pair.response.date_time:
        yield WrongState("another clock", replace(state, clock=_shifted(state)))
    if state.later is not None:
        early = state.later._replace(time=state.later.time - timedelta(seconds=1))
        yield WrongState("not yet due", replace(state, later=early))
        own = state.own_counter + 1
        yield WrongState("another own counter", replace(state, own_counter=own))
    yield from _wrong_own_credentials(state, pair, keys)
    for wrong, use in other_uses(state.use):
        yield WrongState(wrong, replace(state, use=use))


def _used(state: ImpliedState, pair: Pair) -> ImpliedState:
    """The command's counter is spent: top-ups have a sequence of their own."""
    counters = dict.fromkeys(RemotePartyRole, pair.command.counter)
    return replace(state, counters=counters, use=after_command(state.use, pair.command))


def _wrong_own_credentials(
    state: ImpliedState, pair: Pair, keys: PublishedKeys
) -> Iterator[WrongState]:
    own = state.own
    if own.generated is not None:
        other_pair = replace(own, generated=OTHER_POINT)
        yield WrongState("another key pair made", replace(state, own=other_pair))
    if own.faults:
        yield WrongState("no fault", replace(state, own=replace(own, faults=frozenset())))
    matter = waiting_key_matter(pair)
    for wrong, waiting in (matter.others() if matter else {}).items():
        yield WrongState(wrong, replace(state, own=replace(own, waiting=waiting)))
    for usage, certificate in own.certificates.items():
        for wrong, other in _other_own_certificates(state.entity, usage, keys).items():
            if other != certificate:
                held = {**own.certificates, usage: other}
                other_own = replace(own, certificates=held)
                yield WrongState(wrong, replace(state, own=other_own))


def _other_own_certificates(
    entity: EntityId, usage: KeyUsage, keys: PublishedKeys
) -> dict[str, bytes]:
    """None at all, and the published one for the device's other key."""
    is_signing = usage is KeyUsage.DIGITAL_SIGNATURE
    other = KeyUsage.KEY_AGREEMENT if is_signing else KeyUsage.DIGITAL_SIGNATURE
    choices = {"no own certificate": b""}
    for key in keys.of(entity, other)[:1]:
        choices["another own certificate"] = key.certificate.octets
    return choices


def _other_entity(entity: EntityId) -> EntityId:
    return EntityId(entity[:-1] + bytes((entity[-1] ^ 1,)))


def _other_certificate(
    cell: TrustAnchorCellId, certificate: bytes, keys: PublishedKeys
) -> bytes | None:
    """Some party's certificate of the same key usage for another key."""
    key_held = parse_certificate(certificate).public_key
    others = (
        key.certificate.octets
        for role in RemotePartyRole
        for key in keys.held_by(role, cell.key_usage)
        if key.certificate.public_key != key_held
    )
    return next(others, None)


def _root_vouches(pair: Pair) -> bool:
    """Whether an answer reports a success, which only a path to the root can give."""
    answers = (read_payload(message) for message in (pair.response, pair.alert) if message)
    return any(
        item.status is StatusCode.SUCCESS
        for answer in answers
        if isinstance(answer, UpdateResponse | UpdateAlert) and answer.outcome
        for item in answer.outcome.outcomes
    )


def _with_other_root(state: ImpliedState) -> ImpliedState:
    """The same name and key identifier, so that nothing but the key can tell."""
    private_key = generate_private_key(HmacDrbg(device_seed(state.entity), b"another root"))
    point = P256Suite().public_key(private_key)
    return replace(state, root=state.root.model_copy(update={"public_point": point}))


def _shifted(state: ImpliedState) -> ClockReading:
    return state.clock._replace(time=state.clock.time + timedelta(seconds=1))
