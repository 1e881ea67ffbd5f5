"""Whether the devices of a story have the cells that it names, and parties the certificates."""

from collections.abc import Iterable, Iterator
from typing import Final

from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule
from firmware_sim.bench.drills.concerned import (
    Cells,
    addressed_cells,
    authorised_cells,
    authorising,
    present_cells,
)
from firmware_sim.bench.drills.drill_parties import SPEAKERS
from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.selection import ALL, idle_selectors, selected_cells, selects
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.validities import roots_of
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.parties.party import MODES_OF
from firmware_sim.bench.smki.parameters import GENERATIONS, MAX_ROOTS, PARTY_CELLS
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId

_CERTIFIED: Final = {ROOT_CELL, *PARTY_CELLS}


def provision_mistakes(story: Story, policy: Policy) -> Iterator[Found]:
    """Cells that cannot be provisioned so."""
    for number, entry in enumerate(story.provision):
        cells = present_cells(story, policy, entry.devices)
        place = ("provision", number)
        selectors = list(enumerate(entry.cells))
        for path, text in _idle(selectors, cells):
            yield (*place, "cells", *path), text
        for at, selector in selectors:
            if selector != ALL and selects(selector, ROOT_CELL):
                text = "every device leaves the factory with the first root"
                yield (*place, "cells", at), f"{text}; leave the root cell out of provision"
        held = selected_cells(entry.cells, _all(cells))
        for path, text in _holder(story, entry.holder, held):
            yield (*place, *path), text
        for text in _no_generation(story, entry.holder, held, entry.generation):
            yield (*place, "generation"), text


def _no_device(step: Step, so_far: SoFar) -> Iterator[Found]:
    """A step that concerns no device shows nothing of any."""
    if not isinstance(step, SendingStep) or (not step.stolen and step.role not in SPEAKERS):
        return  # the second is another mistake
    present = present_cells(so_far.story, so_far.policy, step.devices)
    if step.devices and not present:
        story = ", ".join(kind.name for kind in present_cells(so_far.story, so_far.policy))
        yield ("devices",), f"none of these takes part; the devices of the story are {story}"
    elif present and not authorised_cells(so_far.story, step, so_far.policy):
        named = (authorising(step, kind) for kind in present)
        cells = dict.fromkeys(str(cell) for cell in named if cell is not None)
        text = f"no device concerned has a cell {' or '.join(cells)} to check its command with"
        if isinstance(step, UseStep) and not cells:
            text = f"no device concerned does {step.what!r} for {step.role.label}"
        key = "by" if step.acting is None else "as"
        yield (key,), f"{text} (concerned: {_names(present)})"


def _idle_cells(step: Step, so_far: SoFar) -> Iterator[Found]:
    """Cells that no device in the step has."""
    cells = _reached(step, so_far)
    if isinstance(step, UpdateStep):
        for path, text in _idle(enumerate(step.cells), cells):
            yield ("cells", *path), text
    elif isinstance(step, ReadBackStep | AuditStep):
        for path, text in _idle([(each, each) for each in step.holding], cells):
            yield ("holding", *path), text


def _idle_status(step: Step, so_far: SoFar) -> Iterator[Found]:
    """A status of a cell that the command does not replace is never answered."""
    if not isinstance(step, UpdateStep) or not isinstance(step.expect, dict):
        return
    replaced = _all(addressed_cells(so_far.story, step, so_far.policy))
    for selector in idle_selectors(step.expect, replaced) if replaced else ():
        yield ("expect", selector), f"the step replaces no cell {selector!r}"


def _out_of_mode(step: Step, so_far: SoFar) -> Iterator[Found]:
    """Such a cell is never replaced: the device would be blamed for doing right."""
    if not isinstance(step, UpdateStep) or step.is_to_fail:
        return
    if not step.stolen and step.mode not in MODES_OF[step.role]:
        return  # which is another mistake
    rule = REPLACEMENT_RULES[step.mode]
    cells = _all(addressed_cells(so_far.story, step, so_far.policy))
    for number, selector in enumerate(step.cells):
        beyond = [
            str(cell)
            for cell in selected_cells([selector], cells)
            if not rule.may_replace(cell) and step.status_of(cell) is StatusCode.SUCCESS
        ]
        if beyond:
            text = f"{step.mode.label} does not replace {', '.join(beyond)}"
            yield ("cells", number), f"{text}; name other cells, or expect a status or a refusal"


def _no_certificate(step: Step, so_far: SoFar) -> Iterator[Found]:
    """Another party's certificates that there are not."""
    story, cells = so_far.story, _all(_reached(step, so_far))
    if isinstance(step, UpdateStep):
        chosen = selected_cells(step.cells, cells)
        yield from _holder(story, step.holder, chosen)
        for text in _no_generation(story, step.holder, chosen, step.install):
            yield ("install",), text
        issuers = roots_of(story)
        if step.under is not None and step.under > issuers:
            yield ("under",), f"the DCC has {issuers} Issuing OCAs in a drill, not {step.under}"
    elif isinstance(step, ReadBackStep | AuditStep):
        for selector, held in step.holding.items():
            chosen = selected_cells([selector], cells)
            for path, text in _holder(story, held.holder, chosen):
                yield ("holding", selector, *path), text
            for text in _no_generation(story, held.holder, chosen, held.generation):
                yield ("holding", selector), text


def _reached(step: Step, so_far: SoFar) -> Cells:
    """The cells of the devices that a step reaches; if it reaches none, of all that take part."""
    if isinstance(step, AuditStep):
        return present_cells(so_far.story, so_far.policy, step.devices)
    if not isinstance(step, SendingStep):
        return {}
    present = present_cells(so_far.story, so_far.policy, step.devices)
    kinds = addressed_cells(so_far.story, step, so_far.policy)
    if isinstance(step, UpdateStep) and step.absent:
        return kinds
    return {kind: present[kind] for kind in kinds} or present


def _all(cells: Cells) -> frozenset[TrustAnchorCellId]:
    return frozenset[TrustAnchorCellId]().union(*cells.values())


def _idle(selectors: Iterable[tuple[int | str, str]], cells: Cells) -> Iterator[Found]:
    """Selectors that mean no cell of any device concerned: a statement that would always hold."""
    there = _all(cells)
    for place, selector in selectors if cells else ():
        if idle_selectors([selector], there):
            text = f"no device concerned has a cell {selector!r}"
            yield (place,), f"{text} (concerned: {_names(cells)})"


def _names(cells: Cells) -> str:
    return ", ".join(kind.name for kind in cells)


def _holder(
    story: Story, holder: Holder | None, cells: Iterable[TrustAnchorCellId]
) -> Iterator[Found]:
    """Cells for which that party has no certificate."""
    role = _role(story, holder)
    without = [
        cell for cell in cells if Credential.in_cell(cell, 1, role).issued_for not in _CERTIFIED
    ]
    if role is not None and without:
        name = holder if isinstance(holder, str) else role.label
        listed = ", ".join(map(str, without))
        yield ("holder",), f"{name} has no certificate with the key usage of {listed}"


def _no_generation(
    story: Story, holder: Holder | None, cells: Iterable[TrustAnchorCellId], generation: int
) -> Iterator[str]:
    """Cells for which the drill's PKI has no certificate of that generation."""
    role, last = _role(story, holder), GENERATIONS[-1]
    meant = dict.fromkeys(Credential.in_cell(cell, 1, role).issued_for for cell in cells)
    if ROOT_CELL in meant and generation > MAX_ROOTS:
        yield f"there are up to {MAX_ROOTS} roots in a drill, and none of generation {generation}"
    parties = story.effective_population.organisations
    dccs = [cell for cell in meant if cell.role not in parties and cell != ROOT_CELL]
    if generation > last and dccs:
        listed = ", ".join(map(str, dccs))
        yield f"the DCC has {last} generations of {listed} in a drill, not {generation}"


def _role(story: Story, holder: Holder | None) -> RemotePartyRole | None:
    return story.effective_population.role_of(holder) if isinstance(holder, str) else holder


def _there(step: Step, so_far: SoFar) -> Iterator[Found]:
    """Cells that are said to be absent, and that a device in the step has."""
    if isinstance(step, UpdateStep) and step.absent:
        for kind, cells in present_cells(so_far.story, so_far.policy, step.devices).items():
            held = selected_cells(step.cells, cells)
            if held:
                yield ("absent",), f"{kind.name} has {', '.join(map(str, held))}"


CELL_RULES: Final = (
    StepRule(
        "role-of-no-device",
        "a device in the step has the cell with which it would check the command",
        "GBCS 13.3",
        _no_device,
    ),
    StepRule(
        "cell-of-no-device",
        "a cell that is named is one of a device in the step",
        "GBCS 13.3",
        _idle_cells,
    ),
    StepRule(
        "status-of-no-cell",
        "a status is expected for cells that are replaced",
        "GBCS 13.3",
        _idle_status,
    ),
    StepRule(
        "cell-out-of-mode",
        "a cell that is to be replaced is one that the mode replaces",
        "GBCS 13.3",
        _out_of_mode,
    ),
    StepRule(
        "certificate-of-no-party",
        "a certificate is one that its party has, in that generation",
        "GBCS 13.3",
        _no_certificate,
    ),
    StepRule(
        "cell-that-is-there",
        "cells that are said to be absent are those of no device in the step",
        "GBCS 13.3",
        _there,
    ),
)
"""In the order in which they are told."""
