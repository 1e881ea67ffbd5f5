"""The story that mends what an audit found: audited, mended group by group, audited again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import yaml

from firmware_sim.bench.audit.result import AuditFinding, AuditResult
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.drills.repairs import OWN_MODES, Beliefs, Repair, in_order, repairs_of
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.population.estate import Estate, HeldData
from firmware_sim.bench.population.schema import DCC, Population
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole

BEFORE: Final = "audit-before"

_NAMED: Final = 10

WHOSE: Final = (
    "The inventory alone says whose these devices are. Where it is wrong, remove the device's line "
    "from it and audit again: without a line a device is neither asked nor changed."
)


class Handed(NamedTuple):
    """Devices whose cells of a role the plan gives to another organisation.

    Attributes:
        giver: who is in them now; None if the key is on no record.
    """

    role: RemotePartyRole
    giver: str | None
    taker: str
    devices: tuple[EntityId, ...]

    def __str__(self) -> str:
        giver = self.giver or "a party on no record"
        named = ", ".join(map(str, self.devices[:_NAMED]))
        more = len(self.devices) - _NAMED
        rest = f", and {more:,} more" if more > 0 else ""
        number = count(len(self.devices), "device")
        return f"{self.role.label}: {number} from {giver} to {self.taker}: {named}{rest}"


class MendingPlan(NamedTuple):
    """A story for what was found.

    Attributes:
        text: the story, as YAML.
        repairs: how many commands it has, each to some devices.
        left: cells that no step mends; the unreachable ones are not among them.
        handed: what changes its owner, which only the inventory asks for.
    """

    text: str
    repairs: int
    left: tuple[AuditFinding, ...]
    handed: tuple[Handed, ...]


def mending_plan(
    story: Story, head: Mapping[str, Any], premises: int, result: AuditResult, *,
    estate: Estate, beliefs: Beliefs, inventory: str,
) -> MendingPlan:  # fmt: skip
    """The plan for an audit of the estate that a drill begins with.

    Args:
        head: the story of that drill as it is written: its keys and their values.
        beliefs: of each device in which something was found.
        inventory: name of the file beside the plan with what is believed.
    """
    wrong = [each for each in result.findings if each.sort is not Sort.UNREACHABLE]
    population = story.effective_population
    repairs = repairs_of(wrong, beliefs, lambda each: _can_hold(each.believed, population))
    ordered = in_order(repairs.values())
    left = tuple(each for each in wrong if each not in repairs)
    issued = {
        (held.organisation, held.generation) for each in estate for held in each.holds.values()
    }
    steps = [
        _audit(BEFORE, "Every device is asked what it holds", result.findings),
        *_issues(ordered, issued),
        *(_step(number, repair) for number, repair in enumerate(ordered, 1)),
        _audit("audit-after", "Every device is asked again", _still(result, left)),
    ]
    kept = {key: head[key] for key in ("start", "devices", "provision", "links") if key in head}
    told = {
        "name": f"mend-{story.name}"[:60].rstrip("-"),
        "title": f"What an audit found in the estate of {story.name} is mended",
        **kept,
        "population": head.get("population", {"premises": premises}),
        "inventory": inventory,
        "steps": steps,
    }
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)
    handed = tuple(_handed(repairs))
    return MendingPlan(_remarks(left, handed, result) + text, len(ordered), left, handed)


def _handed(repaired: Iterable[AuditFinding]) -> Iterator[Handed]:
    found: dict[tuple[RemotePartyRole, str | None, str], dict[EntityId, None]] = {}
    for each in repaired:
        giver = None if each.held is None else each.held.organisation
        if each.sort is Sort.WRONG_PARTY and giver != each.believed.organisation:
            key = each.cell.role, giver, each.believed.organisation
            found.setdefault(key, {})[each.device] = None
    for (role, giver, taker), devices in found.items():
        yield Handed(role, giver, taker, tuple(devices))


def _can_hold(believed: HeldData, population: Population) -> bool:
    """Whether the organisation has certificates for such a cell."""
    role = believed.issued_for.role
    owner_in = population.role_of(believed.organisation)
    return owner_in is role if role in population.organisations else believed.organisation == DCC


def _audit(name: str, title: str, findings: Iterable[AuditFinding]) -> dict[str, Any]:
    devices: dict[Sort, set[EntityId]] = {}
    for finding in findings:
        devices.setdefault(finding.sort, set()).add(finding.device)
    counts = {sort.value: len(devices[sort]) for sort in Sort if sort in devices}
    return {"name": name, "title": title, "do": "audit"} | ({"expect": counts} if counts else {})


def _still(result: AuditResult, left: tuple[AuditFinding, ...]) -> list[AuditFinding]:
    silent = [each for each in result.findings if each.sort is Sort.UNREACHABLE]
    return [*silent, *left]


def _issues(repairs: Iterable[Repair], issued: set[tuple[str, int]]) -> Iterator[dict[str, Any]]:
    wanted = {(each.owner, each.generation) for each in repairs} - issued
    for owner, generation in sorted(wanted):
        if owner != DCC:
            yield {
                "name": f"issue-{owner}-{generation}",
                "title": f"{owner} is issued generation {generation}",
                "do": "issue",
                "party": owner,
                "generation": generation,
            }


def _step(number: int, repair: Repair) -> dict[str, Any]:
    found: dict[str, Any] = {"audit": BEFORE, "sort": repair.sort.value}
    if repair.holds is not None:
        found["holds"] = repair.holds
    is_dccs = repair.owner == DCC
    if not is_dccs:
        # Not `at`: whose devices these are by the population, the audited inventory need not know.
        found["believed"] = repair.owner
    place = repair.role.label if repair.cell is None else str(repair.cell)
    return {
        "name": f"mend-{number}",
        "title": f"{place} of {repair.owner}: {repair.sort.value}",
        "do": "update",
        **_sender(repair),
        **({} if is_dccs else {"holder": repair.owner}),
        "found": found,
        "mode": _mode(repair).label,
        "cells": [place],
        "install": repair.generation,
    }


def _mode(repair: Repair) -> ReplacementMode:
    return OWN_MODES.get(repair.role, ReplacementMode.SUPPLIER_BY_TRANS_COS)


def _sender(repair: Repair) -> dict[str, Any]:
    if repair.sender is None:
        return {"by": RemotePartyRole.TRANSITIONAL_COS.label}
    organisation, role, generation = repair.sender
    sender: dict[str, Any] = {"by": role.label, "credentials": generation}
    if role is not repair.role:
        sender["as"] = repair.role.label
    if organisation != DCC:
        sender["party"] = organisation
    return sender


def _remarks(
    left: tuple[AuditFinding, ...], handed: tuple[Handed, ...], result: AuditResult
) -> str:
    lines = [
        "What an audit found, audited again, mended and audited a last time.",
        f"Unreachable devices, which no step mends: {len(result.unreached):,}.",
        f"Cells that no step mends: {len(left):,}.",
        *(f"  {each.device} {each.cell}: {each.sort.value}: {each.found}" for each in left[:50]),
        *(
            ("Handed to another organisation:", *(f"  {each}" for each in handed), WHOSE)
            if handed
            else ()
        ),
    ]
    return "".join(f"# {line}\n" for line in lines)
