"""Where a cost belongs: exactly one paragraph of SEC L10.17, or none, with the reason.

A device may stand behind several costs: a key that was used on it without success is one under
(a), and the engineer who then replaces it one under (b)(i).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from firmware_sim.bench.governance.relevant_devices import RelevantDeviceSet
from firmware_sim.gbcs.identifiers import EntityId

REHEARSAL_RULE: Final = (
    "a drill is no Recovery Event: what it costs a Party itself is no Recovery Cost, and is "
    "reimbursed by the DCC as far as it was caused solely and directly by support of the "
    "arrangements [SEC L10.6]"
)
"""What a report says beside the costs of a story, which are rehearsed ones."""


class CostHead(StrEnum):
    """The paragraphs of SEC L10.17."""

    KEY_USE = "L10.17(a)"
    DEVICE = "L10.17(b)(i)"
    DATA = "L10.17(b)(ii)"
    NONE = "none"


class CostCause(StrEnum):
    """What a Party paid for."""

    KEY_USE = "use of the key"
    NEW_DEVICE = "replacement of a device"
    NEW_DATA = "replacement of data in a device"
    SUPPORT = "support of the arrangements"
    ASSISTANCE = "assistance to the SMKI PMA"
    OTHER = "something else"


class KeyUse(StrEnum):
    """What came of the Recovery or Contingency Private Key at one device."""

    NOT_USED = "not used"
    SUCCEEDED = "used with success"
    FAILED = "used without success"


@dataclass(frozen=True, slots=True)
class PartyCost:
    """One cost of one Party.

    Attributes:
        pence: the amount; 0 if it is not known.
        at: when it was incurred.
        device: which device it is about; None if about none.
        reasonable: whether it was reasonably incurred.
        anyway: whether it would have been incurred without the Event too.
    """

    party: str
    cause: CostCause
    pence: int
    at: datetime
    device: EntityId | None = None
    reasonable: bool = True
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class CostFacts:
    """What a cost is judged by.

    Attributes:
        event_at: when the Recovery Event occurred; None if there is none.
        key_required: whether the SMKI PMA required the use of a key: an Event by L10.15.
        key_use: what came of the key at each device; those that are not named: not used.
    """

    event_at: datetime | None
    key_required: bool
    relevant: RelevantDeviceSet | None
    key_use: Mapping[EntityId, KeyUse] = field(default_factory=dict)

    def used(self, device: EntityId) -> KeyUse:
        """What came of the key at one device."""
        return self.key_use.get(device, KeyUse.NOT_USED)


class Allocation(NamedTuple):
    """Where one cost belongs.

    Attributes:
        instead: the clause outside L10.17 by which the DCC reimburses it; empty if none does.
    """

    cost: PartyCost
    head: CostHead
    reason: str
    instead: str = ""


def allocate(cost: PartyCost, facts: CostFacts) -> Allocation:
    """The one paragraph that a cost belongs under."""
    for says, reason, instead in _exclusions(cost, facts):
        if says:
            return Allocation(cost, CostHead.NONE, reason, instead)
    if cost.cause is CostCause.KEY_USE:
        return Allocation(cost, CostHead.KEY_USE, "the SMKI PMA required the use of the key")
    why = f"the key was {facts.used(_device_of(cost))} there"
    head = CostHead.DEVICE if cost.cause is CostCause.NEW_DEVICE else CostHead.DATA
    return Allocation(cost, head, f"a Relevant Device of its Responsible Supplier; {why}")


def _exclusions(cost: PartyCost, facts: CostFacts) -> Iterator[tuple[bool, str, str]]:
    """Whether each reason for no paragraph applies, the reason, and what applies instead."""
    yield (
        cost.cause is CostCause.SUPPORT,
        "it supports the arrangements and is not in consequence of an Event [SEC L10.6]",
        "L10.6",
    )
    yield (
        cost.cause is CostCause.ASSISTANCE,
        "it is for information that the SMKI PMA asked for [SEC L10.12]",
        "L10.12",
    )
    yield facts.event_at is None, "there is no Recovery Event [SEC L10.14]", ""
    before = facts.event_at is not None and cost.at < facts.event_at
    yield before, "it was incurred before the Event [SEC L10.17]", ""
    yield not cost.reasonable, "it was not reasonably incurred [SEC L10.17]", ""
    yield cost.anyway, "it would have been incurred otherwise too [SEC L10.17]", ""
    yield cost.cause is CostCause.OTHER, "it is for neither key, device nor data [SEC L10.17]", ""
    if cost.cause is CostCause.KEY_USE:
        yield not facts.key_required, "the SMKI PMA required no key [SEC L10.17(a)]", ""
    else:
        yield from _device_exclusions(cost, facts)


def _device_exclusions(cost: PartyCost, facts: CostFacts) -> Iterator[tuple[bool, str, str]]:
    relevant = facts.relevant
    if relevant is None or cost.device is None or cost.device not in relevant:
        yield True, "it is about no Relevant Device [SEC L10.30(a)]", ""
        return
    responsible = relevant[cost.device].responsible_supplier
    yield (
        cost.party != responsible,
        f"the Responsible Supplier is {responsible} [SEC L10.17(b)(i)]",
        "",
    )
    succeeded = facts.used(cost.device) is KeyUse.SUCCEEDED
    yield succeeded, "the key was used there with success [SEC L10.17(b)]", ""


def _device_of(cost: PartyCost) -> EntityId:
    if cost.device is None:
        raise ValueError("a cost of a device without the device")
    return cost.device


class Claimable(NamedTuple):
    """A Relevant Device that its Responsible Supplier may claim for under L10.17(b).

    Attributes:
        why: whether the key was not used there, or used without success.
    """

    device: EntityId
    responsible_supplier: str
    why: KeyUse


def claimable(relevant: RelevantDeviceSet, facts: CostFacts) -> tuple[Claimable, ...]:
    """Every device of L10.17(b), in the order of the set; empty without an Event."""
    if facts.event_at is None:
        return ()
    return tuple(
        Claimable(each.entity_id, each.responsible_supplier, facts.used(each.entity_id))
        for each in relevant
        if facts.used(each.entity_id) is not KeyUse.SUCCEEDED
    )


def totals(allocations: Iterable[Allocation]) -> dict[CostHead, int]:
    """Pence under each paragraph, also those with none."""
    sums = dict.fromkeys(CostHead, 0)
    for each in allocations:
        sums[each.head] += each.cost.pence
    return sums
